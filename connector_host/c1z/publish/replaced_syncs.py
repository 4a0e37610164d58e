"""An output of format v3 holds one sync: what it held before is looked at, and left behind."""

from __future__ import annotations

from pathlib import Path

import apsw

from ..opening import open_store
from ..sync_stats import Stats
from ..types import FULL, Store, SyncRun
from ..v1 import schema
from .output_file import check_alone
from .retained_syncs import RetainedSyncs, identity
from .retention import RemovedSync, RetentionRow

__all__ = ["BY_HOLDER", "build_indexes", "left_behind"]

REASON = "a file of format v3 holds one sync"
BY_HOLDER = "idx_grants_entitlement_id_principal_id_v1"
"""The index by which the grants of an entitlement are read in the order of their principals."""


def left_behind(output: Path, sync_id: str, *, partial: bool) -> RetainedSyncs:
    """What `output` holds besides sync `sync_id`, which is all that will be in the new file.

    Raises FileError when the output cannot be read; PreconditionError when a `partial` sync would be all that is left.
    """
    base = identity(output)
    if not base:
        return RetainedSyncs(alone=True)
    with open_store(output) as store:
        others = [sync for sync in store.syncs() if sync.id != sync_id]
        if partial and others:
            check_alone(output)
        dropped = tuple(RemovedSync(_row(sync), REASON) for sync in others)
        return RetainedSyncs(base=base, alone=True, dropped=dropped, previous=_newest(store, others))


def build_indexes(db: apsw.Connection, sync_id: str) -> int:
    """Build the indexes that writing format v3 needs; the number of repeated ids that were folded."""
    folded = sum(schema.build_unique_index(db, table, sync_id) for table in schema.TABLES)
    schema.create_index(db, "v1_grants", BY_HOLDER)
    return folded


def _newest(store: Store, syncs: list[SyncRun]) -> Stats | None:
    """The counts of the newest finished full sync."""
    full = [sync for sync in syncs if sync.finished and sync.type == FULL]
    if not full:
        return None
    newest = max(full, key=lambda sync: (sync.ended, sync.id))
    return newest.stats or store.view(newest).count()


def _row(sync: SyncRun) -> RetentionRow:
    return RetentionRow(sync.id, sync.type, sync.started_at, sync.ended or None, sync.linked_id)
