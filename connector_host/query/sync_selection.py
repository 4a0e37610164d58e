"""Selection of the sync of a file that a command reads."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from ..c1z.types import FULL, Store, SyncRun
from ..errors import NotFoundInFile, PreconditionError

__all__ = ["SyncChoice", "choose_sync", "finished_syncs", "newest_full", "sync_before", "sync_by_id"]


class SyncChoice(Struct, frozen=True):
    """The selected sync, and a note for people if it is not the one that they expect."""

    sync: SyncRun
    note: str = ""


def choose_sync(store: Store, sync_id: str | None = None) -> SyncChoice:
    """Return the sync of an id; else the newest finished one of any type; else the newest unfinished one.

    Rows of several syncs are never mixed. Raises NotFoundInFile, and PreconditionError for a file without syncs.
    """
    syncs = store.syncs()
    if sync_id is not None:
        return SyncChoice(sync_by_id(store, syncs, sync_id))
    if not syncs:
        raise PreconditionError(
            f"{store.path} holds no sync.", hint="Sync into it first, or specify another file with -f."
        )
    ended = finished_syncs(syncs)
    if not ended:
        newest = max(syncs, key=lambda sync: (sync.started_at, sync.id))
        return SyncChoice(
            newest, f"No sync of this file is finished: this is {newest.id}, started {newest.started_at}."
        )
    newest = ended[-1]
    if newest.type == FULL:
        return SyncChoice(newest)
    full = newest_full(syncs)
    other = f" The newest full one is {full.id} (--sync-id)." if full else " The file holds no full one."
    return SyncChoice(newest, f"The newest finished sync is {newest.id}, of type {newest.type}, not full.{other}")


def sync_by_id(store: Store, syncs: Iterable[SyncRun], sync_id: str) -> SyncRun:
    """Return the sync of an id. Raises NotFoundInFile."""
    by_id = {sync.id: sync for sync in syncs}
    if sync_id not in by_id:
        raise NotFoundInFile(f"{store.path} holds no sync {sync_id!r}", hint=f"It holds: {', '.join(by_id) or 'none'}.")
    return by_id[sync_id]


def finished_syncs(syncs: Iterable[SyncRun]) -> list[SyncRun]:
    """Return the finished syncs, the newest last: by their end, then by id, both as text."""
    return sorted((sync for sync in syncs if sync.finished), key=lambda sync: (sync.ended, sync.id))


def sync_before(syncs: Iterable[SyncRun], later: SyncRun) -> SyncRun | None:
    """Return the newest finished sync of the same type that ended before another, to compare it with."""
    older = [sync for sync in finished_syncs(syncs) if sync.ended < later.ended and sync.type == later.type]
    return older[-1] if older else None


def newest_full(syncs: Iterable[SyncRun]) -> SyncRun | None:
    """Return the newest finished full sync."""
    full = [sync for sync in finished_syncs(syncs) if sync.type == FULL]
    return full[-1] if full else None
