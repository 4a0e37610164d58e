"""The syncs after a review, in which its revocations are verified."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ..c1z.opening import open_store
from ..c1z.types import FULL, Store, SyncRun, View
from ..errors import ConfigError, PreconditionError
from ..query.sync_origin import SyncOrigin, read_origin
from ..query.sync_selection import finished_syncs
from .decisions import ReviewDecisions
from .file_facts import parse_sync_time

__all__ = ["open_later_syncs"]


def open_later_syncs(stack: ExitStack, decisions: ReviewDecisions, files: Sequence[Path]) -> list[list[View]]:
    """Return the finished full syncs after the review for each of its systems, the oldest first.

    A file belongs to the system whose connector and account it has; all its later syncs are used.
    Raises ConfigError for a system without a file, PreconditionError for a file of another account and for files
    without a later sync.
    """
    reviewed = [_reviewed_sync(stack, decisions, number) for number in range(len(decisions.systems))]
    origins = [read_origin(sync) for sync in reviewed]
    syncs: list[dict[str, tuple[Store, SyncRun]]] = [{} for _ in reviewed]
    named: set[int] = set()
    for path in files:
        store = stack.enter_context(open_store(path))
        number = _system_of(path, store, origins, named)
        named.add(number)
        for sync in finished_syncs(store.syncs()):
            if sync.type == FULL and _is_newer(sync, reviewed[number]):
                syncs[number].setdefault(sync.id, (store, sync))
    for number, later in enumerate(syncs):
        _require_later(decisions, number, later, number in named, reviewed[number])
    return [
        [store.view(sync) for store, sync in sorted(later.values(), key=lambda pair: (pair[1].ended, pair[1].id))]
        for later in syncs
    ]


def _reviewed_sync(stack: ExitStack, decisions: ReviewDecisions, number: int) -> SyncRun:
    store = stack.enter_context(open_store(decisions.files[number]))
    return next(stored for stored in store.syncs() if stored.id == decisions.systems[number].sync)


def _system_of(path: Path, store: Store, origins: Sequence[SyncOrigin], named: set[int]) -> int:
    """Return the number of the system that a file is of; of several candidates, one without a file is preferred."""
    syncs = store.syncs()
    if not syncs:
        raise PreconditionError(f"{path} holds no sync.", hint="Name the file of a later sync with -f.")
    origin = read_origin((finished_syncs(syncs) or syncs)[-1])
    candidates = [
        number
        for number, reviewed in enumerate(origins)
        if (reviewed.connector, reviewed.account) == (origin.connector, origin.account)
    ]
    if not candidates:
        reviewed_names = " and ".join(dict.fromkeys(map(_name, origins)))
        raise PreconditionError(
            f"{path} is of {_name(origin)}, but the review is of {reviewed_names}.",
            hint="Name a later sync of the reviewed account with -f.",
        )
    return next((number for number in candidates if number not in named), candidates[0])


def _name(origin: SyncOrigin) -> str:
    return f"{origin.connector} {origin.account}".strip() or "an unknown source"


def _require_later(
    decisions: ReviewDecisions, number: int, later: dict[str, tuple[Store, SyncRun]], is_named: bool, reviewed: SyncRun
) -> None:
    system = decisions.systems[number].system
    if not is_named:
        raise ConfigError(
            f"No file of a later sync was specified for {system}.",
            hint=f"Specify -f for each of the {len(decisions.systems)} systems.",
        )
    if not later:
        raise PreconditionError(
            f"No finished full sync of {system} is newer than the reviewed sync {reviewed.id}.",
            hint="Run a new sync, and name its file with -f.",
        )


def _is_newer(sync: SyncRun, reviewed: SyncRun) -> bool:
    ended, reviewed_ended = parse_sync_time(sync.ended_at), parse_sync_time(reviewed.ended_at)
    if ended is None or reviewed_ended is None or sync.id == reviewed.id:
        return False
    if (ended.tzinfo is None) != (reviewed_ended.tzinfo is None):
        return ended.replace(tzinfo=None) > reviewed_ended.replace(tzinfo=None)
    return ended > reviewed_ended
