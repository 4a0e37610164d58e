"""Timelines: when access came and went, seen from the syncs of a lake, and who decided it, as far as that is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...errors import NotFoundInFile
from ..engines.engine_choice import LakeReading
from ..engines.lake_views import literal
from ..result_table import LakeColumn, LakeTable
from ..sync_commits import SyncCommit
from .access_questions import held_word
from .account_lookup import accounts_condition, find_accounts
from .decision_lookup import DecisionLookup, HeldSpan, SpanDecisions

__all__ = ["list_timeline"]

COLUMNS = (
    LakeColumn("from", "First seen"),
    LakeColumn("notBefore", "Not yet on", secondary=True),
    LakeColumn("until", "Last seen"),
    LakeColumn("goneOn", "Gone on"),
    LakeColumn("source", "Source"),
    LakeColumn("principal", "Principal"),
    LakeColumn("resource", "Resource"),
    LakeColumn("permission", "Permission"),
    LakeColumn("held", "Held"),
    LakeColumn("grantedBy", "Granted by"),
    LakeColumn("grantedOn", "Granted on", secondary=True),
    LakeColumn("removedBy", "Removed by"),
    LakeColumn("removedOn", "Removed on", secondary=True),
    LakeColumn("keptBy", "Kept by"),
    LakeColumn("keptOn", "Kept on", secondary=True),
    LakeColumn("notes", "Notes", secondary=True),
    LakeColumn("entitlementId", "Entitlement ID", secondary=True),
)
GRANTS = """
    select g.source, g.principal_type, g.principal, g.entitlement, g.sync_id, g.direct, g.inherited
    from history.grants as g where
"""
RESOURCES = """
    select distinct source, resource_type, resource from history.resources where not is_account and
"""
Grant = tuple[str, str, str, str]
"""Source, type and id of the principal, entitlement."""


def list_timeline(reading: LakeReading, text: str) -> LakeTable:
    """Return the spans of time in which a person held access, or in which access to a resource was held.

    A span begins with the first sync that has the grant (the one before had it not) and ends with the last.
    """
    try:
        accounts = find_accounts(reading.engine, text, past=True)
    except NotFoundInFile:
        condition = _resource_condition(reading, text)
        if condition is None:
            raise
    else:
        condition = accounts_condition(accounts, ("g.source", "g.principal_type", "g.principal"))
    rows = reading.engine.query(GRANTS + condition).rows
    syncs: dict[str, list[SyncCommit]] = {}
    for commit in reading.history:
        syncs.setdefault(commit.source, []).append(commit)
    return LakeTable(key="timeline", columns=COLUMNS, rows=_spans(reading, rows, syncs), notes=reading.notes)


def _resource_condition(reading: LakeReading, text: str) -> str | None:
    typed = literal(text.lower())
    whole = f"resource_type || ':' || resource = {literal(text)}"
    sql = f"{RESOURCES} (lower(name) = {typed} or lower(resource) = {typed} or {whole})"
    rows = reading.engine.query(sql).rows
    if not rows:
        return None
    keys = [
        f"(g.source = {literal(row[0])} and g.resource_type = {literal(row[1])} and g.resource = {literal(row[2])})"
        for row in rows
    ]
    return f"({' or '.join(keys)})"


def _spans(
    reading: LakeReading, rows: list[tuple[Any, ...]], syncs: dict[str, list[SyncCommit]]
) -> list[tuple[Any, ...]]:
    present: dict[Grant, dict[str, tuple[bool, bool]]] = {}
    for source, principal_type, key, entitlement, sync_id, direct, inherited in rows:
        present.setdefault((source, principal_type, key, entitlement), {})[sync_id] = (direct, inherited)
    principals, entitlements = _names(reading, present)
    decisions = DecisionLookup(reading.engine, (grant[2] for grant in present))
    spans: list[tuple[Any, ...]] = []
    for grant, held in present.items():
        source, principal_type, key, entitlement = grant
        principal = principals.get((source, principal_type, key), f"{principal_type}:{key}")
        resource, permission = entitlements.get((source, entitlement), ("", entitlement))
        for span in _runs(syncs[source], held):
            times = span.first, span.before, span.last, span.ended
            word = held_word(direct=span.direct, inherited=span.inherited)
            decided = _decided(decisions.of_span(grant, span))
            spans.append((*times, source, principal, resource, permission, word, *decided, entitlement))
    return sorted(spans, key=lambda span: (span[0], *span[4:9], span[-1]))


def _decided(decisions: SpanDecisions) -> tuple[Any, ...]:
    """Return who granted, removed and kept the access, when each of them decided it, and their notes."""
    cells: list[Any] = []
    notes: dict[str, None] = {}
    for decision in (decisions.granted, decisions.removed, decisions.confirmed):
        cells += ("", None) if decision is None else (decision.decided_by, decision.decided_at)
        if decision is not None and decision.note:
            notes[decision.note] = None
    return *cells, list(notes)


def _runs(syncs: Sequence[SyncCommit], held: dict[str, tuple[bool, bool]]) -> list[HeldSpan]:
    """Return each run of syncs that have a grant, held in one way."""
    runs = []
    start: int | None = None
    for number, commit in enumerate([*syncs, None]):
        mode = held.get(commit.sync_id) if commit is not None else None
        if start is not None and mode != held[syncs[start].sync_id]:
            runs.append(_run(syncs, held, start, number))
            start = None
        if mode is not None and start is None:
            start = number
    return runs


def _run(syncs: Sequence[SyncCommit], held: dict[str, tuple[bool, bool]], start: int, end: int) -> HeldSpan:
    """Return the run of the syncs from `start` to the one before `end`."""
    direct, inherited = held[syncs[start].sync_id]
    before = syncs[start - 1] if start and syncs[start - 1].sync_id not in held else None
    last, following = syncs[end - 1], syncs[end] if end < len(syncs) else None
    next_mode = held.get(following.sync_id) if following is not None else None
    return HeldSpan(
        first=syncs[start].end,
        before=before.end if before is not None else None,
        opened=_start(before) if before is not None else None,
        last=last.end,
        closing=_start(last),
        ended=following.end if following is not None and next_mode is None else None,
        ceased=following.end if following is not None and not (next_mode and next_mode[0]) else None,
        direct=direct,
        inherited=inherited,
    )


def _start(commit: SyncCommit) -> datetime:
    return commit.started_at or commit.end


def _names(
    reading: LakeReading, present: dict[Grant, Any]
) -> tuple[dict[tuple[str, str, str], str], dict[tuple[str, str], tuple[str, str]]]:
    """Return names of principals, and of resource and permission of entitlements, also of those that are gone."""
    if not present:
        return {}, {}
    principal_ids = ", ".join(literal(text) for text in sorted({grant[2] for grant in present}))
    entitlement_ids = ", ".join(literal(text) for text in sorted({grant[3] for grant in present}))
    people = reading.engine.query(
        "select source, resource_type, resource, max(name) from history.resources"
        f" where resource in ({principal_ids}) group by source, resource_type, resource"
    )
    held = reading.engine.query(
        "select e.source, e.entitlement, max(coalesce(r.name, e.resource)), max(coalesce(nullif(e.slug, ''), e.name))"
        " from history.entitlements as e left join history.resources as r on r.source = e.source"
        " and r.sync_id = e.sync_id and r.resource_type = e.resource_type and r.resource = e.resource"
        f" where e.entitlement in ({entitlement_ids}) group by e.source, e.entitlement"
    )
    principals = {(row[0], row[1], row[2]): row[3] for row in people.rows if row[3]}
    return principals, {(row[0], row[1]): (row[2], row[3]) for row in held.rows}
