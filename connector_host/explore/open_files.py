"""What is open: one or two files, their syncs, and the catalogue of each sync that somebody looked at.

Once a desk is there, everything here is done in its thread.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

from ..c1z.opening import open_store
from ..c1z.sync_stats import Stats
from ..c1z.types import Store, SyncRun, View
from ..errors import ConnectorHostError, NotFoundInFile
from ..index.sync_index import SyncIndex
from ..query.index_loading import load_index
from ..query.lookup.object_cache import SyncObjects
from ..query.sync_json import sync_counts
from ..query.sync_selection import choose_sync, sync_before
from .change_loading import load_changes

__all__ = ["OpenFile", "OpenFiles", "OpenSync"]

MOST_CATALOGUES = 3
PLAIN = re.compile(r"[A-Za-z0-9_-]{1,100}")
log = logging.getLogger(__name__)
Signature = tuple[int, int, int]


class OpenFile:
    """An open file. `changed` says whether another has come in its place since."""

    def __init__(self, path: Path, store: Store, signature: Signature | None, opened: str) -> None:
        self.path, self.store, self.opened = path, store, opened
        self._signature = signature

    @property
    def changed(self) -> bool:
        """Whether the path leads to something else now."""
        return _signature(self.path) != self._signature


class OpenSync:
    """A sync: `key` is its name in addresses. `catalogue` is filled when somebody asks for it."""

    def __init__(self, key: str, file: OpenFile, sync: SyncRun) -> None:
        self.key, self.file, self.sync = key, file, sync
        self.view: View = file.store.view(sync)
        self.objects = SyncObjects(self.view)
        self.catalogue: SyncIndex | None = None
        self.doing = ""
        self.error: ConnectorHostError | None = None
        self._chore: Iterator[object] = iter(())
        self._stats: Stats | None = None
        self._began = 0.0

    @property
    def stats(self) -> Stats:
        """The counts of the sync."""
        if self._stats is None:
            self._stats = sync_counts(self.view)
        return self._stats

    @property
    def ready(self) -> bool:
        """Whether the catalogue is filled."""
        return self.catalogue is not None and self.catalogue.ready

    @property
    def age(self) -> float:
        """Seconds since the catalogue was begun."""
        return time.monotonic() - self._began

    def start(self, before: OpenSync | None) -> Iterator[object]:
        """Begin to fill the catalogue, and after it the changes since the sync `before`; gives the work."""
        self.catalogue = SyncIndex(str(self.file.path))
        self.error, self._began = None, time.monotonic()
        self._chore = self._fill(self.catalogue, before)
        return self._chore

    def step(self, seconds: float, done: Callable[[], bool]) -> bool:
        """Go on with it for some time; whether it is `done`. Raises what went wrong in it."""
        end = time.monotonic() + seconds
        while not done():
            if self.error is not None:
                raise self.error
            if time.monotonic() >= end or next(self._chore, None) is None:
                break
        if self.error is not None:
            raise self.error
        return done()

    def close(self) -> None:
        """Let go of the catalogue."""
        if self.catalogue is not None:
            if isinstance(self._chore, Generator):
                self._chore.close()
            self.catalogue.close()
            self.catalogue, self._chore = None, iter(())

    def _fill(self, catalogue: SyncIndex, before: OpenSync | None) -> Iterator[str]:
        try:
            for doing in load_index(catalogue, self.view):
                self.doing = doing
                yield doing
            if before is not None:
                for doing in load_changes(catalogue, before.view, self.view):
                    self.doing = doing
                    yield doing
        except ConnectorHostError as error:
            self.error = error
        except Exception as error:
            log.exception("the catalogue cannot be made")
            self.error = ConnectorHostError(f"the pages cannot be made: {error}", hint="This is a defect; report it.")


class OpenFiles:
    """The open files. `spare` takes work for idle moments; without it, work is done when it is asked for."""

    def __init__(self, stack: ExitStack, paths: list[Path], sync_id: str | None) -> None:
        self.spare: Callable[[Iterator[object]], None] = lambda _chore: None
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
                if key in self.syncs or not PLAIN.fullmatch(key):  # an id is text of the file's, and may be anything
                    key = f"{number}.{len(self.syncs) + 1}"
                self.syncs[key] = OpenSync(key, file, sync)
        self.chosen = [self._opened(file, sync) for file, sync in zip(self.files, chosen, strict=True)]

    @property
    def first(self) -> OpenSync:
        """Where the pages begin: the newest of the chosen syncs; with `--sync-id`, that one."""
        return max(self.chosen, key=lambda one: (one.sync.id == self._named, one.sync.ended))

    def find(self, key: str) -> OpenSync:
        """A sync by its key. NotFoundInFile if there is none."""
        if key not in self.syncs:
            raise NotFoundInFile(f"no open file has a sync {key!r}", hint="Begin at the overview.")
        return self.syncs[key]

    def before(self, one: OpenSync) -> OpenSync | None:
        """What a sync is compared with: the other file's if it is older, else the full sync before it in its file."""
        others = [other for other in self.chosen if other.file is not one.file]
        if others and one in self.chosen:
            other = others[0]
            return other if (other.sync.ended, -self.files.index(other.file)) <= (one.sync.ended, 0) else None
        older = sync_before(one.file.store.syncs(), one.sync)
        return self._opened(one.file, older) if older is not None else None

    def prepare(self, one: OpenSync) -> None:
        """See that the catalogue of a sync is being filled; the least recently used of too many goes."""
        if one.key in self._used:
            self._used.remove(one.key)
        self._used.append(one.key)
        if one.catalogue is None:
            while len(self._used) > MOST_CATALOGUES:
                self.syncs[self._used.pop(0)].close()
            self.spare(one.start(self.before(one)))

    def _choose(self, sync_id: str | None) -> list[SyncRun]:
        """The sync of each file: the one named, where it has it, else the one that every command takes."""
        chosen = []
        for file in self.files:
            named = [sync for sync in file.store.syncs() if sync.id == sync_id]
            if named:
                chosen.append(named[0])
                continue
            choice = choose_sync(file.store)
            if choice.note:
                self.notes.append(choice.note)
            chosen.append(choice.sync)
        if sync_id is not None and all(sync.id != sync_id for sync in chosen):
            choose_sync(self.files[0].store, sync_id)  # says what there is
        return chosen

    def _opened(self, file: OpenFile, sync: SyncRun) -> OpenSync:
        return next(one for one in self.syncs.values() if one.file is file and one.sync.id == sync.id)

    def _close(self) -> None:
        for one in self.syncs.values():
            one.close()


def _signature(path: Path) -> Signature | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
