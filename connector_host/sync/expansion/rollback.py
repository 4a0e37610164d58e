"""The rollback of expansion in the grants of a sync."""

from __future__ import annotations

from msgspec import Struct

from ...c1z.v1.expansion_rows import ExpansionRows
from ...wire import stored_grants as wire

__all__ = ["RolledBack", "roll_back"]


class RolledBack(Struct):
    """The effect of a rollback: grants deleted, grants whose sources were cleared, and suspect ones.

    `suspect` are grants with sources but not their own, which lack the mark of a generated grant.
    """

    deleted: int = 0
    cleared: int = 0
    suspect: int = 0


def roll_back(rows: ExpansionRows, *, preserve_suspect: bool = False, write: bool = True) -> RolledBack:
    """Delete the grants that expansion made, clear the sources of those it only touched.

    A grant without sources is left alone; with its own entitlement among them it was given by the connector; without
    it was made by expansion. `preserve_suspect` keeps those that do not look made by it. The caller holds the
    transaction.
    """
    result = RolledBack()
    deleted: list[tuple[int]] = []
    cleared: list[tuple[bytes, int]] = []
    for row, entitlement_id, data in rows.messages():
        _, _, _, annotations, origin = wire.split(data)
        if not origin:
            continue
        if entitlement_id in wire.read_sources(origin):
            result.cleared += 1
            cleared.append((wire.with_sources(data, {}), row))
            continue
        if not any(wire.IMMUTABLE_NAME in annotation for annotation in annotations):
            result.suspect += 1
            if preserve_suspect:
                continue
        result.deleted += 1
        deleted.append((row,))
        if write and len(deleted) + len(cleared) >= BATCH:
            rows.change(deleted, cleared)
            deleted, cleared = [], []
    if write:
        rows.change(deleted, cleared)
    return result


BATCH = 10_000
