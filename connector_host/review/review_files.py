"""A review: one or more files, each with the sync of it that is looked at and the one it is compared with."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from importlib import metadata
from pathlib import Path

from msgspec import Struct

from ..c1z.opening import open_store
from ..c1z.types import Store, SyncRun, View
from ..errors import ConfigError, NotFoundInFile
from ..query.sync_origin import SyncOrigin, read_origin
from ..query.sync_selection import choose_sync, sync_before
from .file_facts import FileFingerprint, check_unchanged, fingerprint
from .review_model import (
    EntitlementReach,
    InheritanceLink,
    ReviewChange,
    ReviewOrder,
    ReviewRow,
    SystemFacts,
    SystemSummary,
)
from .reviewed_system import ReviewedSystem, ReviewSource

__all__ = ["Review", "ReviewRequest", "open_review"]

log = logging.getLogger(__name__)


class ReviewRequest(Struct, frozen=True):
    """What is to be reviewed: files; syncs by their ids, each of one of the files; and what to compare with.

    `since` is empty (the sync before in the same file) or has for each file another file or the id of a sync in it.
    Without `compare` there are no changes. `labels` name the systems; without them they are named here.
    """

    files: tuple[Path, ...]
    sync_ids: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    compare: bool = True
    labels: tuple[str, ...] = ()


class Review:
    """What the outputs are made of. Everything can be asked for more than once, and is read anew each time.

    `order` is how the rows were asked to be put together, `created` this moment with its zone, `version` the one of
    this host. A value's `system` is its place in `systems` and in `facts`.
    """

    def __init__(self, systems: Sequence[ReviewedSystem], order: ReviewOrder) -> None:
        self.order = order
        self.created = datetime.now().astimezone()
        self.version = metadata.version("connector-host")
        self.systems = systems

    @property
    def facts(self) -> tuple[SystemFacts, ...]:
        """Each system's."""
        return tuple(system.facts for system in self.systems)

    def rows(self, order: ReviewOrder | None = None) -> Iterator[ReviewRow]:
        """Every grant of every system once: system by system, then in the order asked for, or the review's own."""
        return itertools.chain.from_iterable(system.rows(order or self.order) for system in self.systems)

    def summaries(self) -> Iterator[SystemSummary]:
        """Each system's."""
        return (system.summary() for system in self.systems)

    def reaches(self) -> Iterator[EntitlementReach]:
        """Every entitlement that somebody holds, by system and resource."""
        return itertools.chain.from_iterable(system.reaches() for system in self.systems)

    def links(self) -> Iterator[InheritanceLink]:
        """What passes what on, by the grants that say so: paths are made of these."""
        return itertools.chain.from_iterable(system.links() for system in self.systems)

    def changes(self) -> Iterator[ReviewChange]:
        """What has changed since the compared syncs."""
        return itertools.chain.from_iterable(system.changes() for system in self.systems)


@contextmanager
def open_review(wanted: ReviewRequest, order: ReviewOrder = ReviewOrder.PRINCIPAL) -> Iterator[Review]:
    """Open and read the files. Raises FileError, NotFoundInFile, PreconditionError, ConfigError."""
    with ExitStack() as stack:
        opened = list(_opened(stack, wanted))
        labels = wanted.labels or _labels([(source, read_origin(source.sync)) for source in opened])
        systems = [
            ReviewedSystem(stack, number, label, source)
            for number, (label, source) in enumerate(zip(labels, opened, strict=True))
        ]
        yield Review(systems, order)


def _opened(stack: ExitStack, wanted: ReviewRequest) -> Iterator[ReviewSource]:
    """Each file with its sync and the one it is compared with."""
    if wanted.since and len(wanted.since) != len(wanted.files):
        raise ConfigError(
            f"{len(wanted.files)} files are reviewed and {len(wanted.since)} are named to compare with",
            hint="Give --since as often as -f, in the same order, or not at all.",
        )
    files = [(path, *_file(stack, path)) for path in wanted.files]
    unknown = set(wanted.sync_ids) - {sync.id for _, store, _ in files for sync in store.syncs()}
    for sync_id in sorted(unknown):
        raise NotFoundInFile(f"no file holds a sync {sync_id!r}", hint="`connector-host syncs` lists those of a file.")
    for number, (path, store, printed) in enumerate(files):
        sync = _sync(path, store, wanted.sync_ids)
        since = wanted.since[number] if wanted.since else ""
        older = _before(stack, path, store, sync, since) if wanted.compare else None
        yield ReviewSource(path, store, sync, printed, older)


def _file(stack: ExitStack, path: Path) -> tuple[Store, FileFingerprint]:
    printed = fingerprint(path)
    store = stack.enter_context(open_store(path))
    check_unchanged(path, printed)
    return store, printed


def _sync(path: Path, store: Store, sync_ids: Sequence[str]) -> SyncRun:
    named = [sync for sync in store.syncs() if sync.id in sync_ids]
    if len(named) > 1:
        raise ConfigError(f"{path} holds more than one of the syncs named", hint="A review has one sync of a file.")
    if named:
        return named[0]
    choice = choose_sync(store)
    if choice.note:
        log.warning("%s: %s", path, choice.note)
    return choice.sync


def _before(stack: ExitStack, path: Path, store: Store, sync: SyncRun, since: str) -> tuple[Path, View] | None:
    if not since:
        older = sync_before(store.syncs(), sync)
        return (path, store.view(older)) if older is not None else None
    if Path(since).exists():
        other = stack.enter_context(open_store(Path(since)))
        return Path(since), other.view(choose_sync(other).sync)
    found = choose_sync(store, since).sync
    if found.id == sync.id:
        raise ConfigError(f"{sync.id} cannot be compared with itself", hint="Name an earlier sync, or a file.")
    return path, store.view(found)


def _labels(sources: Sequence[tuple[ReviewSource, SyncOrigin]]) -> list[str]:
    """A name for each system: its connector and account, or the file's; with a number where two are the same."""
    names = [f"{said.connector} {said.account}".strip() or source.path.stem for source, said in sources]
    taken: list[str] = []
    for name in names:
        number = 1 + sum(one == name or one.startswith(f"{name} (") for one in taken)
        taken.append(name if number == 1 else f"{name} ({number})")
    return taken
