"""The packed grants of a draft whose records are made without rows.

A run names the principals of grants on one entitlement that are alike otherwise (`wire.grants.packed_grants`). Their
records are concatenations of few bytes with these names. That needs grants whose ids no other grant has; all others
become rows of format v1 first, where repeated ids are folded.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import apsw
import msgspec
from msgspec import Struct

from ..v1 import schema
from ..v1.packed_rows import PACKED, unpack

__all__ = ["GrantRun", "Ids", "RunEntitlement", "count_runs", "has_runs", "read_runs", "separate_runs"]

RUNS = "grant_runs"
LONGEST = 500_000
"""Grants on one entitlement that are sorted in memory; more become rows."""
ESCAPED_ONE = "\\u0001"
ENTITLEMENT = "resource_type, resource, entitlement"
ROW_ENTITLEMENT = "resource_type_id, resource_id, entitlement_id"
USUAL_START = "entitlement || ':' || principal_type || ':'"
ROW_START = "entitlement_id || ':' || principal_resource_type_id || ':'"
IS_RUN = f"principal is null and ({ENTITLEMENT}) not in (select {ENTITLEMENT} from temp.row_entitlements)"
decode_names = msgspec.json.Decoder(list[str]).decode
Ids = tuple[str, str, str]
"""Resource type, resource, entitlement."""


class GrantRun(Struct, frozen=True, gc=False):
    """Grants to principals of one type. `message_end` is what follows the id in their messages."""

    principal_type: str
    id_start: str
    discovered_at: str
    names: list[str]
    message_end: bytes


class RunEntitlement(Struct, frozen=True):
    """An entitlement with its runs, by principal type."""

    ids: Ids
    parts: bytes
    """The parts of its key, joined."""
    runs: list[GrantRun]


def separate_runs(db: apsw.Connection, sync_id: str) -> None:
    """Keep the packed grants of a draft whose records can be made of the runs; make rows of all others.

    No grant that stays has the id, or the entitlement and the principal, of another one. The caller holds the
    transaction.
    """
    if not schema.columns(db, PACKED):
        return
    db.execute(f"create temp table row_entitlements ({ENTITLEMENT}, primary key ({ENTITLEMENT})) without rowid")
    add = f"insert or ignore into temp.row_entitlements select {ENTITLEMENT} from"
    db.execute(
        f"{add} {PACKED} where principal is null and (expansion is not null or needs_expansion or resource_type = ''"
        " or resource = '' or entitlement = '' or principal_type = '' or instr(principal_type, char(1))"
        " or instr(principal_type, char(0)))"
    )
    db.execute(
        f"{add} (select {ENTITLEMENT}, number from {PACKED} union all"
        f" select {ROW_ENTITLEMENT}, count(*) from {schema.GRANTS} group by 1, 2, 3)"
        f" group by {ENTITLEMENT} having sum(number) > {LONGEST}"
    )
    for find_irregular in (_ambiguous, _repeated):
        if db.execute(f"select exists (select 1 from {PACKED} where {IS_RUN})").get:
            db.executemany("insert or ignore into temp.row_entitlements values (?, ?, ?)", find_irregular(db))
    unpack(db, sync_id, f"not ({IS_RUN})")
    db.execute("drop table temp.row_entitlements")
    db.execute(f"alter table {PACKED} rename to {RUNS}")


def _ambiguous(db: apsw.Connection) -> list[Ids]:
    """Return the entitlements of grants whose ids those of others may have: their ids begin with the same text.

    Usual ids begin with the entitlement and the type of the principal. An id that is not usual counts as a whole.
    """
    texts = db.execute(
        f"select {USUAL_START}, 0, {ENTITLEMENT}, principal_type from {PACKED}"
        f" where principal is null or id_start = {USUAL_START} || principal"
        f" union select id_start, 1, {ENTITLEMENT}, principal_type from {PACKED}"
        f" where principal is not null and id_start <> {USUAL_START} || principal"
        f" union select {ROW_START}, 0, {ROW_ENTITLEMENT}, principal_resource_type_id from {schema.GRANTS}"
        f" where external_id = {ROW_START} || principal_resource_id"
        f" union select external_id, 1, {ROW_ENTITLEMENT}, principal_resource_type_id from {schema.GRANTS}"
        f" where external_id <> {ROW_START} || principal_resource_id order by 1, 2"
    )
    ambiguous: list[Ids] = []
    start, ids = "", ("", "", "")
    for text, is_whole, resource_type, resource, entitlement, _ in texts:
        if start and text.startswith(start):
            ambiguous += (ids, (resource_type, resource, entitlement))
        elif not is_whole:
            start, ids = text, (resource_type, resource, entitlement)
    return list(dict.fromkeys(ambiguous))


def _repeated(db: apsw.Connection) -> list[Ids]:
    """Return the entitlements of which a principal has several grants, or one whose name is special in a key."""
    rows = db.execute(
        f"select {ENTITLEMENT}, principal_type, principal, names from {PACKED}"
        f" where ({ENTITLEMENT}) in (select {ENTITLEMENT} from {PACKED} where {IS_RUN})"
        f" union all select {ROW_ENTITLEMENT}, principal_resource_type_id, principal_resource_id, '' from"
        f" {schema.GRANTS} where ({ROW_ENTITLEMENT}) in (select {ENTITLEMENT} from {PACKED} where {IS_RUN})"
        " order by 1, 2, 3, 4"
    )
    repeated: list[Ids] = []
    for (*ids, _), members in groupby(rows, key=itemgetter(slice(0, 4))):
        names: list[str] = []
        special = False
        for *_, principal, text in members:
            names += [principal] if principal is not None else decode_names(text)
            special = special or ESCAPED_ONE in text
        if special or len(set(names)) < len(names) or "" in names:
            repeated.append((ids[0], ids[1], ids[2]))
    return repeated


def read_runs(db: apsw.Connection) -> Iterator[RunEntitlement]:
    """Yield the entitlements of a database that has runs, ascending by key.

    The database has the function `v3_parts`, which is `keys.entitlement_parts`.
    """
    if not has_runs(db):
        return
    rows = db.execute(
        f"select {ENTITLEMENT}, v3_parts({ENTITLEMENT}), principal_type, id_start, discovered_at, names, rest"
        f" from {RUNS} order by 4, principal_type, id"
    )
    for (*ids, parts), members in groupby(rows, key=itemgetter(slice(0, 4))):
        runs = [
            GrantRun(principal_type, id_start, discovered_at, decode_names(names), message_end)
            for *_, principal_type, id_start, discovered_at, names, message_end in members
        ]
        yield RunEntitlement((ids[0], ids[1], ids[2]), parts, runs)


def has_runs(db: apsw.Connection) -> bool:
    """Return True if a database holds runs."""
    return bool(schema.columns(db, RUNS))


def count_runs(db: apsw.Connection) -> dict[str, int]:
    """Count the grants in runs by the resource type of their entitlement."""
    if not has_runs(db):
        return {}
    rows = db.execute(f"select resource_type, sum(number) from {RUNS} group by 1")
    return {str(name): int(number) for name, number in rows}
