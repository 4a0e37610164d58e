"""The reader of format v1: a SQLite database in zstd data."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import msgspec

from ...errors import FileError
from .. import container, timestamps
from ..sync_stats import Stats
from ..types import FULL, SyncRun, View
from .checks import integrity
from .guarded_database import GuardedDatabase, Row
from .sync_copy import copy_sync
from .view import V1View

__all__ = ["V1Store", "open_v1", "private_folder"]

RUNS = "v1_sync_runs"
COLUMNS = (
    *("sync_id", "sync_type", "started_at", "ended_at", "sync_token", "parent_sync_id", "linked_sync_id"),
    *("supports_diff", "grants_backfilled", "stats"),
)
TEMPORARY = "BATON_TMPDIR"
"""The folder in which files are unpacked to be read, in a private folder of their own; that of `TMPDIR` if not set."""

log = logging.getLogger(__name__)


class V1Store:
    """An open v1 file."""

    engine = "sqlite"

    def __init__(self, path: Path, database: GuardedDatabase) -> None:
        self.path = path
        self._database = database
        self._backfilled: dict[str, bool] = {}

    def syncs(self) -> list[SyncRun]:
        """Every sync, in the order they were begun."""
        if not self._database.has(RUNS):
            return []
        columns = self._database.select(RUNS, *COLUMNS)
        return [self._run(row) for row in self._database.rows(f"select {columns} from {RUNS} order by id")]

    def view(self, sync: SyncRun) -> View:
        """The rows of one sync."""
        if not self._backfilled:
            self.syncs()
        return V1View(self._database, sync, backfilled=self._backfilled.get(sync.id, False))

    def integrity(self) -> Iterator[str]:
        """What SQLite and the format's own rules find wrong with the storage."""
        return integrity(self._database)

    def copy_sync(self, sync: SyncRun, output: Path) -> None:
        """Write a new file that holds this sync alone."""
        with private_folder(output.parent) as folder:
            copy_sync(self._database, sync.id, folder / "db", output)

    def _run(self, row: Row) -> SyncRun:
        column = dict(zip(COLUMNS, row, strict=True))
        self._backfilled[column["sync_id"]] = bool(column["grants_backfilled"])
        return SyncRun(
            id=column["sync_id"],
            type=column["sync_type"] or FULL,
            started_at=_shown(column["started_at"]),
            ended_at=_shown(column["ended_at"]),
            ended=column["ended_at"],
            token=column["sync_token"],
            parent_id=column["parent_sync_id"],
            linked_id=column["linked_sync_id"],
            supports_diff=bool(column["supports_diff"]),
            stats=_cached(column["stats"]),
        )


@contextmanager
def open_v1(path: Path) -> Iterator[V1Store]:
    """Unpack a v1 file into a private folder and open what was in it."""
    with ExitStack() as stack:
        folder = stack.enter_context(ExitStack())
        unpacked = folder.enter_context(private_folder(None)) / "db"
        container.unpack(path, unpacked)
        database = stack.enter_context(closing(GuardedDatabase(unpacked, str(path))))
        if not database.writable:
            # an open file needs no name: from now on nothing can be left behind, however the process ends
            folder.close()
        yield V1Store(path, database)


@contextmanager
def private_folder(parent: Path | None) -> Iterator[Path]:
    """A folder of mode 0700, removed with what is in it. None: where temporary files go (`BATON_TMPDIR`, `TMPDIR`)."""
    place = parent or os.environ.get(TEMPORARY) or None
    try:
        folder = tempfile.TemporaryDirectory(prefix=".connector-host-", dir=place)
    except OSError as error:
        where = place or tempfile.gettempdir()
        raise FileError(
            f"no temporary folder can be made in {where} ({error.strerror})", hint="Set TMPDIR to a folder with room."
        ) from error
    with folder as name:
        yield Path(name)


def _shown(text: str) -> str:
    """A stored time as RFC 3339; what is no time is given as it is."""
    try:
        return timestamps.to_json(text) if text else ""
    except FileError:
        return text


def _cached(text: str) -> Stats | None:
    """The counts stored with a sync. As in Go, only those of a sync with resource types count as stored."""
    try:
        found = msgspec.json.decode(text, type=Stats) if text else None
    except msgspec.DecodeError:
        return None
    return found if found is not None and found.resource_types else None
