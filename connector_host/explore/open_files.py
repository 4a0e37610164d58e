"""The open files: one or two of them, their syncs, and the index of each sync that was shown.

Once the file thread runs, everything here is done in it.
"""

from __future__ import annotations

import functools
import logging
import re
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from ..c1z.opening import open_store
from ..c1z.sync_stats import Stats
from ..c1z.types import Store, SyncRun, View
from ..errors import ConnectorHostError, NotFoundInFile
from ..index.sync_index import SyncIndex
from ..query.index_loading import load_index
from ..query.lookup.object_cache import SyncObjects
from ..query.privileged import word_mark
from ..query.rules.access_rules import AccessRules
from ..query.rules.bound_rules import BoundRules, bind_rules_of_all, compare_rules
from ..query.rules.separation import SeparationViolation, find_violations
from ..query.rules.violation_rows import most_severe_first
from ..query.sync_context import sync_gaps
from ..query.sync_json import sync_counts
from ..query.sync_selection import choose_sync, sync_before
from .change_loading import load_changes

__all__ = ["OpenFile", "OpenFiles", "OpenSync"]

MOST_INDEXES = 3
PLAIN = re.compile(r"[A-Za-z0-9_-]{1,100}")
log = logging.getLogger(__name__)
Signature = tuple[int, int, int]


class OpenFile:
    """An open file, with the local time it was opened at."""

    def __init__(self, path: Path, store: Store, signature: Signature | None, opened: str) -> None:
        self.path, self.store, self.opened = path, store, opened
        self._signature = signature

    @property
    def changed(self) -> bool:
        """True if the path leads to another file, or none, by now."""
        return _signature(self.path) != self._signature


class OpenSync:
    """A sync of an open file: `key` is its name in addresses; `index`, its index, is filled on demand."""

    def __init__(self, key: str, file: OpenFile, sync: SyncRun, rules: AccessRules | None = None) -> None:
        self.key, self.file, self.sync, self.rules = key, file, sync, rules
        self.view: View = file.store.view(sync)
        self.objects = SyncObjects(self.view, self._mark)
        self.index: SyncIndex | None = None
        self.doing = ""
        self.error: ConnectorHostError | None = None
        self._work: Iterator[object] = iter(())
        self._stats: Stats | None = None
        self._began = 0.0

    @property
    def stats(self) -> Stats:
        """The numbers of objects in the sync."""
        if self._stats is None:
            self._stats = sync_counts(self.view)
        return self._stats

    @functools.cached_property
    def gaps(self) -> tuple[str, ...]:
        """A sentence for each known gap of the sync."""
        return tuple(sync_gaps(self.view))

    @functools.cached_property
    def bound(self) -> BoundRules | None:
        """The rules compared with this sync, None if there are no rules."""
        return compare_rules(self.view, self.rules) if self.rules is not None else None

    @functools.cached_property
    def violations(self) -> list[SeparationViolation]:
        """The violations of the separation of duties, the most severe first."""
        if self.bound is None:
            return []
        return most_severe_first(list(find_violations(self.view, self.bound, datetime.now(UTC).date())))

    @property
    def ready(self) -> bool:
        """True when the index is filled."""
        return self.index is not None and self.index.ready

    @property
    def age(self) -> float:
        """Seconds since filling the index began."""
        return time.monotonic() - self._began

    def start(self, before: OpenSync | None) -> Iterator[object]:
        """Begin to fill the index, then the changes since the sync `before`; return the work as an iterator."""
        self.index = SyncIndex(str(self.file.path))
        self.error, self._began = None, time.monotonic()
        self._work = self._fill(self.index, before)
        return self._work

    def step(self, seconds: float, done: Callable[[], bool]) -> bool:
        """Continue the work for some seconds and return `done()`. An error of the work is raised here."""
        end = time.monotonic() + seconds
        while not done():
            if self.error is not None:
                raise self.error
            if time.monotonic() >= end or next(self._work, None) is None:
                break
        if self.error is not None:
            raise self.error
        return done()

    def close(self) -> None:
        """Close and discard the index."""
        if self.index is not None:
            if isinstance(self._work, Generator):
                self._work.close()
            self.index.close()
            self.index, self._work = None, iter(())

    def _mark(self, entitlement_id: str, slug: str, name: str) -> str:
        mark = self.bound.mark if self.bound is not None else word_mark
        return mark(entitlement_id, slug, name)

    def _fill(self, index: SyncIndex, before: OpenSync | None) -> Iterator[str]:
        try:
            for doing in load_index(index, self.view, mark=self._mark):
                self.doing = doing
                yield doing
            if before is not None:
                for doing in load_changes(index, before.view, self.view):
                    self.doing = doing
                    yield doing
        except ConnectorHostError as error:
            self.error = error
        except Exception as error:
            log.exception("the index cannot be built")
            self.error = ConnectorHostError(
                f"The pages cannot be shown: {error}", hint="This is a defect of connector-host; please report it."
            )


class OpenFiles:
    """The open files and syncs. `add_background_work` receives work for idle moments; by default none is done then."""

    def __init__(
        self, stack: ExitStack, paths: list[Path], sync_id: str | None, rules: AccessRules | None = None
    ) -> None:
        self.add_background_work: Callable[[Iterator[object]], None] = lambda _work: None
        self.files: list[OpenFile] = []
        self.notes: list[str] = []
        self.syncs: dict[str, OpenSync] = {}
        self._used: list[str] = []
        for path in paths:
            signature = _signature(path)
            store = stack.enter_context(open_store(path))
            self.files.append(OpenFile(path, store, signature, time.strftime("%H:%M:%S")))
        stack.callback(self._close)
        self._named = sync_id
        chosen = self._choose(sync_id)
        ids = [sync.id for file in self.files for sync in file.store.syncs()]
        for number, file in enumerate(self.files, 1):
            for sync in file.store.syncs():
                alone = ids.count(sync.id) == 1 and PLAIN.fullmatch(sync.id)
                key = sync.id if alone else f"{number}-{sync.id}"
                if key in self.syncs or not PLAIN.fullmatch(
                    key
                ):  # an id is text from the file and may hold any character
                    key = f"{number}.{len(self.syncs) + 1}"
                self.syncs[key] = OpenSync(key, file, sync, rules)
        self.chosen = [self._opened(file, sync) for file, sync in zip(self.files, chosen, strict=True)]
        if rules is not None:  # an entitlement that no file holds is an error now, not on a page
            bind_rules_of_all([opened.view for opened in self.chosen], rules)

    @property
    def first(self) -> OpenSync:
        """The sync of the first page: the one that `--sync-id` names, else the newest of the chosen ones."""
        return max(self.chosen, key=lambda opened: (opened.sync.id == self._named, opened.sync.ended))

    def find(self, key: str) -> OpenSync:
        """Return a sync by its key. Raises NotFoundInFile for an unknown key."""
        if key not in self.syncs:
            raise NotFoundInFile(f"no open file has a sync {key!r}", hint="Start at the overview.")
        return self.syncs[key]

    def before(self, opened: OpenSync) -> OpenSync | None:
        """Return the sync to compare with: the other file's if that is older, else the one before in the same file."""
        from_other_files = [candidate for candidate in self.chosen if candidate.file is not opened.file]
        if from_other_files and opened in self.chosen:
            candidate = from_other_files[0]
            return (
                candidate
                if (candidate.sync.ended, -self.files.index(candidate.file)) <= (opened.sync.ended, 0)
                else None
            )
        older = sync_before(opened.file.store.syncs(), opened.sync)
        return self._opened(opened.file, older) if older is not None else None

    def prepare(self, opened: OpenSync) -> None:
        """Begin to fill the index of a sync; the least recently used index is discarded above `MOST_INDEXES`."""
        if opened.key in self._used:
            self._used.remove(opened.key)
        self._used.append(opened.key)
        if opened.index is None:
            while len(self._used) > MOST_INDEXES:
                self.syncs[self._used.pop(0)].close()
            self.add_background_work(opened.start(self.before(opened)))

    def _choose(self, sync_id: str | None) -> list[SyncRun]:
        """Return the sync of each file: the named one if the file holds it, else the default of every command."""
        chosen = []
        for file in self.files:
            matching = [sync for sync in file.store.syncs() if sync.id == sync_id]
            if matching:
                chosen.append(matching[0])
                continue
            choice = choose_sync(file.store)
            if choice.note:
                self.notes.append(choice.note)
            chosen.append(choice.sync)
        if sync_id is not None and all(sync.id != sync_id for sync in chosen):
            choose_sync(self.files[0].store, sync_id)  # raises the error that lists the syncs
        return chosen

    def _opened(self, file: OpenFile, sync: SyncRun) -> OpenSync:
        return next(opened for opened in self.syncs.values() if opened.file is file and opened.sync.id == sync.id)

    def _close(self) -> None:
        for opened in self.syncs.values():
            opened.close()


def _signature(path: Path) -> Signature | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
