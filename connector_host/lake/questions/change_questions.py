"""Changes between two days: accounts that came, went or changed, and grants that came, went or became direct."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...errors import PreconditionError
from ...model import ResourceId
from ...query.changes.unread_listings import UnreadListings
from ..engines.engine_choice import LakeEngine, open_engine
from ..engines.lake_views import LakeScope
from ..lake_catalog import Lake
from ..result_table import LakeColumn, LakeTable
from ..sync_commits import SyncCommit
from .access_questions import held_word

__all__ = ["list_changes"]

COLUMNS = (
    LakeColumn("change", "Change"),
    LakeColumn("object", "Object"),
    LakeColumn("source", "Source"),
    LakeColumn("principal", "Principal"),
    LakeColumn("resource", "Resource"),
    LakeColumn("permission", "Permission"),
    LakeColumn("details", "Details"),
    LakeColumn("principalId", "Principal ID", secondary=True),
    LakeColumn("entitlementId", "Entitlement ID", secondary=True),
)
ADDED, REMOVED, CHANGED, UNKNOWN = "added", "removed", "changed", "unknown"
KEY = ("source", "entitlement", "principal_type", "principal")
MATCH = " and ".join(f"o.{name} = g.{name}" for name in KEY)
NAMES = """
    left join $scope.resources as p
    on p.source = g.source and p.resource_type = g.principal_type and p.resource = g.principal
    left join $scope.resources as r
    on r.source = g.source and r.resource_type = g.resource_type and r.resource = g.resource
    left join $scope.entitlements as e on e.source = g.source and e.entitlement = g.entitlement
"""
NAMED = """
    g.source, coalesce(p.name, g.principal) as principal_name, coalesce(r.name, g.resource) as resource_name,
    case when e.slug <> '' then e.slug else coalesce(e.name, g.entitlement) end as permission,
    g.principal_type, g.principal, g.resource_type, g.resource, g.entitlement, g.direct, g.inherited, g.through
"""
GRANTS = "select * from $scope.grants as g where not exists (select 1 from $other.grants as o where $match)"
MODES = """
    select g.*, o.direct as was_direct, o.inherited as was_inherited from after.grants as g
    join before.grants as o on $match where g.direct <> o.direct or g.inherited <> o.inherited
"""
ACCOUNTS = """
    select a.source, a.name, a.resource_type, a.resource, a.status, a.email from $scope.resources as a
    where a.is_account and not exists (select 1 from $other.resources as o
        where o.source = a.source and o.resource_type = a.resource_type and o.resource = a.resource)
"""
CHANGED_ACCOUNTS = """
    select a.source, a.name, a.resource_type, a.resource, o.status, a.status, o.email, a.email, o.name
    from after.resources as a join before.resources as o
    on o.source = a.source and o.resource_type = a.resource_type and o.resource = a.resource
    where a.is_account and (a.status <> o.status or a.email <> o.email or a.name <> o.name)
"""


def list_changes(
    lake: Lake, start: datetime, end: datetime, *, engine: str = "duckdb", source: str | None = None
) -> LakeTable:
    """Return the differences between the newest syncs at two moments, source by source.

    A source without a sync at the start has nothing to compare with and is named in the notes.
    """
    before = {commit.source: commit for commit in lake.current(start) if source in (None, commit.source)}
    after = {commit.source: commit for commit in lake.current(end) if source in (None, commit.source)}
    if not after:
        raise PreconditionError(
            f"The lake holds no sync that ended before {end:%Y-%m-%d %H:%M} UTC.",
            hint="`connector-host lake stats` shows the first and the newest sync of each source.",
        )
    pairs = {
        name: (before[name], after[name])
        for name in after
        if name in before and before[name].sync_id != after[name].sync_id
    }
    scopes = [LakeScope("after", tuple(new for _, new in pairs.values()))]
    scopes.append(LakeScope("before", tuple(old for old, _ in pairs.values())))
    rows: list[tuple[Any, ...]] = []
    if pairs:
        with open_engine(engine, lake.store, scopes) as opened:
            rows = [*_account_changes(opened), *_grant_changes(opened, pairs)]
    return LakeTable(key="changes", columns=COLUMNS, rows=rows, notes=tuple(_notes(before, after, start)))


def _notes(before: dict[str, SyncCommit], after: dict[str, SyncCommit], start: datetime) -> list[str]:
    notes = []
    for name, new in after.items():
        old = before.get(name)
        if old is None:
            notes.append(f"{name}: no sync ended before {start:%Y-%m-%d %H:%M} UTC, so it is not compared.")
        elif old.sync_id == new.sync_id:
            notes.append(f"{name}: the sync of {new.end:%Y-%m-%d %H:%M} UTC is the newest on both days.")
        else:
            notes.append(f"{name}: {old.end:%Y-%m-%d %H:%M} UTC compared with {new.end:%Y-%m-%d %H:%M} UTC.")
            notes += [f"{name}, later sync: {gap}" for gap in new.gaps]
            notes += [f"{name}, earlier sync: {gap}" for gap in old.gaps]
    return notes


def _account_changes(engine: LakeEngine) -> list[tuple[Any, ...]]:
    rows = []
    for change, scope, other in ((ADDED, "after", "before"), (REMOVED, "before", "after")):
        sql = ACCOUNTS.replace("$scope", scope).replace("$other", other)
        for place, name, kind, key, status, email in engine.query(f"{sql} order by 1, 3, 4").rows:
            details = ", ".join(text for text in (email, status) if text)
            rows.append((change, "account", place, name or key, "", "", details, f"{kind}:{key}", ""))
    for row in engine.query(f"{CHANGED_ACCOUNTS} order by 1, 3, 4").rows:
        place, name, kind, key = row[:4]
        pairs = (("status", row[4], row[5]), ("e-mail", row[6], row[7]), ("name", row[8], name))
        details = "; ".join(f"{word}: {old or 'none'} -> {new or 'none'}" for word, old, new in pairs if old != new)
        rows.append((CHANGED, "account", place, name or key, "", "", details, f"{kind}:{key}", ""))
    return rows


def _grant_changes(engine: LakeEngine, pairs: dict[str, tuple[SyncCommit, SyncCommit]]) -> list[tuple[Any, ...]]:
    unread = {name: UnreadListings(texts=new.unread) for name, (_, new) in pairs.items()}
    rows = []
    for change, scope, other in ((ADDED, "after", "before"), (REMOVED, "before", "after")):
        grants = GRANTS.replace("$scope", scope).replace("$other", other).replace("$match", MATCH)
        sql = f"select {NAMED} from ({grants}) as g {NAMES.replace('$scope', scope)} order by 1, 2, 3, 4, 9, 6"
        for row in engine.query(sql).rows:
            place, sources = ResourceId(row[6], row[7]), row[11] or ()
            is_unread = change == REMOVED and unread[row[0]].covers_grant(place, row[4], sources)
            word = held_word(direct=row[9], inherited=row[10])
            details = f"{word}; this was not read, so it may still exist" if is_unread else word
            rows.append(_grant_row(UNKNOWN if is_unread else change, row, details))
    modes = MODES.replace("$match", MATCH)
    names = NAMES.replace("$scope", "after")
    sql = f"select {NAMED}, g.was_direct, g.was_inherited from ({modes}) as g {names} order by 1, 2, 3, 4, 9, 6"
    return [*rows, *(_grant_row(CHANGED, row, _mode_text(row)) for row in engine.query(sql).rows)]


def _mode_text(row: tuple[Any, ...]) -> str:
    return f"{held_word(direct=row[12], inherited=row[13])} -> {held_word(direct=row[9], inherited=row[10])}"


def _grant_row(change: str, row: tuple[Any, ...], details: str) -> tuple[Any, ...]:
    return (change, "grant", row[0], row[1], row[2], row[3], details, f"{row[4]}:{row[5]}", row[8])
