"""The syncs that an output of format v3 replaces: it holds one sync, and the earlier ones leave the file."""

from __future__ import annotations

from pathlib import Path

from ..opening import open_store
from ..sync_stats import Stats
from ..types import FULL, Store, SyncRun
from .output_file import check_alone
from .retained_syncs import RetainedSyncs, identity
from .retention import RemovedSync, RetentionRow

__all__ = ["replaced_syncs"]

REASON = "a file of format v3 holds one sync"


def replaced_syncs(output: Path, sync_id: str, *, partial: bool) -> RetainedSyncs:
    """Return the syncs of `output` other than `sync_id`, which will be the only one in the new file.

    Raises FileError when the output cannot be read; PreconditionError when a `partial` sync would be all that remains.
    """
    base = identity(output)
    if not base:
        return RetainedSyncs()
    with open_store(output) as store:
        syncs = [sync for sync in store.syncs() if sync.id != sync_id]
        if partial and syncs:
            check_alone(output)
        dropped = tuple(RemovedSync(_retention_row(sync), REASON) for sync in syncs)
        return RetainedSyncs(base=base, dropped=dropped, previous=_newest_stats(store, syncs))


def _newest_stats(store: Store, syncs: list[SyncRun]) -> Stats | None:
    """Return the counts of the newest finished full sync."""
    full = [sync for sync in syncs if sync.finished and sync.type == FULL]
    if not full:
        return None
    newest = max(full, key=lambda sync: (sync.ended, sync.id))
    return newest.stats or store.view(newest).count()


def _retention_row(sync: SyncRun) -> RetentionRow:
    return RetentionRow(sync.id, sync.type, sync.started or sync.started_at, sync.ended or None, sync.linked_id)
