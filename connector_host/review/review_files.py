"""Reviews of one or more files, each with the sync to review and the sync to compare with."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from importlib import metadata
from pathlib import Path

from msgspec import Struct, structs

from ..c1z.opening import open_store
from ..c1z.types import Store, SyncRun, View
from ..errors import ConfigError, NotFoundInFile
from ..query.rules.access_rules import AccessRules
from ..query.rules.bound_rules import bind_rules_of_all
from ..query.sync_origin import SyncOrigin, read_origin
from ..query.sync_selection import choose_sync, sync_before
from .file_facts import FileFingerprint, check_unchanged, fingerprint
from .review_model import (
    EntitlementReach,
    InheritanceLink,
    ReviewChange,
    ReviewOrder,
    ReviewPackage,
    ReviewRow,
    ReviewUnit,
    SystemFacts,
    SystemSummary,
)
from .review_scope import ReviewScope, check_names
from .review_units import AccessRow, group_access
from .reviewed_system import ReviewedSystem, ReviewSource

__all__ = ["Review", "ReviewRequest", "open_review"]

log = logging.getLogger(__name__)


class ReviewRequest(Struct, frozen=True):
    """A review to write: files, ids of syncs in these files, what to compare with, and the scope.

    `since` is empty (the sync before in the same file) or names an older file, a sync id or a date for each file.
    Without `compare` there are no changes. `labels` names the systems; by default names are made here. `rules` mark
    privileged entitlements and violations of the separation of duties.
    """

    files: tuple[Path, ...]
    sync_ids: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    compare: bool = True
    labels: tuple[str, ...] = ()
    scope: ReviewScope = ReviewScope()
    rules: AccessRules | None = None


class Review:
    """A review, as the outputs need it. Every method can be called repeatedly and reads the data anew.

    `order` is the grouping of the rows, `unit` that of the decisions, `created` the present time with its zone,
    `version` the version of this host. The `system` of a value is its index in `systems` and in `facts`.
    """

    def __init__(self, systems: Sequence[ReviewedSystem], order: ReviewOrder, unit: ReviewUnit) -> None:
        self.order, self.unit = order, unit
        self.created = datetime.now().astimezone()
        self.version = metadata.version("connector-host")
        self.systems = systems
        self.package: ReviewPackage | None = None
        self._selected: int | None = None
        self._facts = tuple(structs.replace(system.facts, to_decide=system.count_to_decide(unit)) for system in systems)

    def select(self, package: ReviewPackage, number: int) -> Review:
        """Return the part of the review that was assigned to the package `number`."""
        part = Review(self.systems, self.order, self.unit)
        part.created, part.package, part._selected = self.created, package, number
        part._facts = tuple(
            structs.replace(
                facts,
                reviewed=system.count_grants(number),
                to_decide=system.count_to_decide(self.unit, number),
            )
            for facts, system in zip(self._facts, self.systems, strict=True)
        )
        return part

    @property
    def facts(self) -> tuple[SystemFacts, ...]:
        """One for each system."""
        return self._facts

    def rows(self, order: ReviewOrder | None = None) -> Iterator[ReviewRow]:
        """Yield every grant in the review once, system by system, in the passed order or that of the review."""
        selected = self._selected
        if selected is None:
            parts = (system.rows(order or self.order, self.unit) for system in self.systems)
        else:
            parts = (system.package(selected) for system in self.systems)
        return itertools.chain.from_iterable(parts)

    def access_rows(self) -> Iterator[AccessRow]:
        """Yield the grants in rows of a principal and a resource; only for a review of this unit."""
        return group_access(self.rows())

    def summaries(self) -> Iterator[SystemSummary]:
        """One for each system."""
        return (system.summary() for system in self.systems)

    def reaches(self) -> Iterator[EntitlementReach]:
        """Yield every entitlement with grants, by system and resource."""
        return itertools.chain.from_iterable(system.reaches() for system in self.systems)

    def links(self) -> Iterator[InheritanceLink]:
        """Yield the links by which access is inherited; paths consist of these."""
        return itertools.chain.from_iterable(system.links() for system in self.systems)

    def changes(self) -> Iterator[ReviewChange]:
        """Yield the changes since the compared syncs."""
        return itertools.chain.from_iterable(system.changes() for system in self.systems)


@contextmanager
def open_review(
    request: ReviewRequest, order: ReviewOrder = ReviewOrder.PRINCIPAL, unit: ReviewUnit = ReviewUnit.RESOURCE
) -> Iterator[Review]:
    """Open and read the files. Raises FileError, NotFoundInFile, PreconditionError or ConfigError."""
    with ExitStack() as stack:
        sources = list(_opened(stack, request))
        views = [source.store.view(source.sync) for source in sources]
        check_names(request.scope, views)
        rules = request.rules
        bound = bind_rules_of_all(views, rules) if rules is not None else [None] * len(views)
        labels = request.labels or _labels([(source, read_origin(source.sync)) for source in sources])
        systems = [
            ReviewedSystem(stack, number, label, structs.replace(source, bound=rules_of_file), request.scope)
            for number, (label, source, rules_of_file) in enumerate(zip(labels, sources, bound, strict=True))
        ]
        yield Review(systems, order, unit)


def _opened(stack: ExitStack, request: ReviewRequest) -> Iterator[ReviewSource]:
    """Yield each file with its sync and the one to compare with."""
    if request.since and len(request.since) != len(request.files):
        raise ConfigError(
            f"{len(request.files)} files are reviewed, but --since was specified {len(request.since)} times.",
            hint="Specify --since once for each -f, in the same order, or not at all.",
        )
    files = [(path, *_file(stack, path)) for path in request.files]
    unknown = set(request.sync_ids) - {sync.id for _, store, _ in files for sync in store.syncs()}
    for sync_id in sorted(unknown):
        raise NotFoundInFile(
            f"No file holds a sync {sync_id!r}.", hint="List the syncs of a file with `connector-host syncs -f FILE`."
        )
    for number, (path, store, printed) in enumerate(files):
        sync = _sync(path, store, request.sync_ids)
        since = request.since[number] if request.since else ""
        older = _before(stack, path, store, sync, since) if request.compare else None
        yield ReviewSource(path, store, sync, printed, older)


def _file(stack: ExitStack, path: Path) -> tuple[Store, FileFingerprint]:
    printed = fingerprint(path)
    store = stack.enter_context(open_store(path))
    check_unchanged(path, printed)
    return store, printed


def _sync(path: Path, store: Store, sync_ids: Sequence[str]) -> SyncRun:
    named = [sync for sync in store.syncs() if sync.id in sync_ids]
    if len(named) > 1:
        raise ConfigError(f"{path} holds more than one of the named syncs.", hint="Name one sync for each file.")
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
        other_store = stack.enter_context(open_store(Path(since)))
        return Path(since), other_store.view(choose_sync(other_store).sync)
    if (day := _day(since)) is not None and all(stored.id != since for stored in store.syncs()):
        ended = [
            stored for stored in store.syncs() if stored.id != sync.id and stored.ended and stored.ended[:10] <= day
        ]
        if not ended:
            raise NotFoundInFile(f"{path} holds no sync that ended on {day} or before.", hint="Name an older file.")
        return path, store.view(max(ended, key=lambda stored: stored.ended))
    older = choose_sync(store, since).sync
    if older.id == sync.id:
        raise ConfigError(
            f"Sync {sync.id} cannot be compared with itself.", hint="Name an earlier sync or an older file."
        )
    return path, store.view(older)


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _labels(sources: Sequence[tuple[ReviewSource, SyncOrigin]]) -> list[str]:
    """Return a name for each system: its connector and account, or the file name; numbered if names are equal."""
    names = [f"{origin.connector} {origin.account}".strip() or source.path.stem for source, origin in sources]
    labels: list[str] = []
    for name in names:
        number = 1 + sum(label == name or label.startswith(f"{name} (") for label in labels)
        labels.append(name if number == 1 else f"{name} ({number})")
    return labels
