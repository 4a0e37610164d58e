"""The reader of format v1: a SQLite database in zstd data."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from ...decoding.json_decoding import decode_json
from ...errors import FileError
from ...operating_system import REMOVES_OPEN_FILES
from .. import container, timestamps
from ..private_folder import private_folder
from ..sync_stats import Stats
from ..transactions import Watch, step_progress
from ..types import FULL, SyncRun, View
from .background_check import BackgroundCheck
from .checks import integrity
from .guarded_database import GuardedDatabase, Row, lacks_indexes
from .recorded_times import actual_time, recorded_times
from .sync_copy import copy_sync
from .view import V1View

__all__ = ["V1Store", "open_unpacked", "open_v1"]

RUNS = "v1_sync_runs"
RUN_COLUMNS = (
    *("sync_id", "sync_type", "started_at", "ended_at", "sync_token", "parent_sync_id", "linked_sync_id"),
    *("supports_diff", "grants_backfilled", "stats"),
)

log = logging.getLogger(__name__)


class V1Store:
    """An open v1 file."""

    engine = "sqlite"

    def __init__(self, path: Path, database: GuardedDatabase, second: GuardedDatabase | None = None) -> None:
        """Read `database`; `second` is the same one for checks in the background, if it can be opened twice."""
        self.path = path
        self._database, self._second = database, second
        self._check: BackgroundCheck | None = None
        self._backfilled: dict[str, bool] = {}

    def syncs(self) -> list[SyncRun]:
        """Return every sync, in the order in which they began."""
        if not self._database.has(RUNS):
            return []
        columns = self._database.select(RUNS, *RUN_COLUMNS)
        return [self._run(row) for row in self._database.rows(f"select {columns} from {RUNS} order by id")]

    def view(self, sync: SyncRun) -> View:
        """Return the rows of one sync."""
        if not self._backfilled:
            self.syncs()
        return V1View(self._database, sync, backfilled=self._backfilled.get(sync.id, False))

    def integrity(self) -> Iterator[str]:
        """Yield the faults of the storage, by SQLite's checks and by the rules of the format."""
        check, self._check = self._check, None
        if check is None:
            yield from integrity(self._database)
            return
        try:
            yield from check.faults()
        finally:
            check.close()

    def start_integrity(self) -> bool:
        """Start the checks of `integrity` in a thread if the database was opened twice."""
        if self._second is not None and self._check is None:
            self._check = BackgroundCheck(self._second)
            self._second = None  # it ends with the check
        return self._check is not None

    def close(self) -> None:
        """End the checks that run in the background."""
        if self._check is not None:
            self._check.close()

    def copy_sync(self, sync: SyncRun, output: Path) -> None:
        """Write a new file that holds this sync alone."""
        with private_folder(output.parent) as folder:
            copy_sync(self._database, sync.id, folder / "db", output)

    def _run(self, row: Row) -> SyncRun:
        column = dict(zip(RUN_COLUMNS, row, strict=True))
        self._backfilled[column["sync_id"]] = bool(column["grants_backfilled"])
        recorded = recorded_times(column["sync_token"])
        return SyncRun(
            id=column["sync_id"],
            type=column["sync_type"] or FULL,
            started_at=actual_time(_rfc3339(column["started_at"]), recorded.started),
            started=column["started_at"],
            ended_at=actual_time(_rfc3339(column["ended_at"]), recorded.ended),
            ended=column["ended_at"],
            token=column["sync_token"],
            parent_id=column["parent_sync_id"],
            linked_id=column["linked_sync_id"],
            supports_diff=bool(column["supports_diff"]),
            stats=_stored_stats(column["stats"]),
        )


@contextmanager
def open_v1(path: Path, watch: Watch | None = None) -> Iterator[V1Store]:
    """Unpack a v1 file into a private folder and open its database; `watch` is called meanwhile. Raises FileError."""
    with ExitStack() as stack:
        folder = stack.enter_context(ExitStack())
        unpacked = folder.enter_context(private_folder(None)) / "db"
        container.unpack(path, unpacked, None, step_progress(watch, "unpacking"))
        database = stack.enter_context(closing(GuardedDatabase(unpacked, str(path))))
        second = None if database.writable else stack.enter_context(closing(database.second(unpacked)))
        if REMOVES_OPEN_FILES and not database.writable:
            # an open file needs no name: from now on nothing can be left behind, however the process ends
            folder.close()
        yield stack.enter_context(closing(V1Store(path, database, second)))


@contextmanager
def open_unpacked(unpacked: Path, path: Path, watch: Watch | None = None) -> Iterator[V1Store]:
    """Open the unpacked database of the v1 file at `path`, which somebody else reads at the same time.

    Where lookups need another index, the file is unpacked once more, to add it. Raises FileError.
    """
    with closing(GuardedDatabase(unpacked, str(path), lookups=False)) as database:
        with database.guard():
            needs_index = lacks_indexes(unpacked)
        if not needs_index:
            yield V1Store(path, database)
            return
    with open_v1(path, watch) as store:
        yield store


def _rfc3339(text: str) -> str:
    """Return a stored time as RFC 3339; a text that is no time is returned as it is."""
    try:
        return timestamps.to_json(text) if text else ""
    except FileError:
        return text


def _stored_stats(text: str) -> Stats | None:
    """Return the counts stored with a sync. As in the Go SDK, those without resource types do not count."""
    try:
        stats = decode_json(text, Stats) if text else None
    except ValueError:
        return None
    return stats if stats is not None and stats.resource_types else None
