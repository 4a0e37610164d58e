"""The reader of format v3: a Pebble database in an envelope.

Questions about a kind of object are answered by tables of format v1 in a private temporary database, which is filled
with the live records of that kind at the first question. So all code reads both formats, and a question about resources
never reads a grant. Listings of all grants, and counts, are streamed instead. Entitlements inside grants, and resources
inside either, are ids only: the format stores nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec.structs import replace

from ...errors import FileError
from ...operating_system import REMOVES_OPEN_FILES
from ...wire.v3 import sync_records
from .. import timestamps
from ..durable_files import deliver_new_file
from ..pebble import envelope
from ..pebble.indexed_payload import FramedPayload
from ..pebble.malformed import reading
from ..pebble.pebble_database import PebbleDatabase, open_pebble, write_database
from ..private_folder import private_folder
from ..sync_stats import Stats
from ..transactions import Watch, step_progress
from ..types import SyncRun, View
from ..v1.guarded_database import GuardedDatabase
from ..v1.sync_copy import create_tables_at
from . import keys
from .checks import check_layout, integrity
from .record_reader import RecordReader
from .view import FilledTables, V3View

__all__ = ["V3Store", "open_v3", "stats_of", "sync_of"]


class V3Store:
    """An open v3 file. It holds at most one sync."""

    engine = "pebble"

    def __init__(
        self,
        path: Path,
        manifest: envelope.Manifest,
        records: RecordReader,
        tables: GuardedDatabase,
        payload: FramedPayload | None = None,
    ) -> None:
        self.path = path
        self._payload = payload
        self.manifest = manifest
        self.records = records
        self._sync = sync_of(records.database)
        self._filled = FilledTables(records, tables, self._sync.id if self._sync else "")

    def syncs(self) -> list[SyncRun]:
        """Return the sync of the file, if it has one."""
        return [self._sync] if self._sync else []

    def view(self, sync: SyncRun) -> View:
        """Return the rows of the sync."""
        return V3View(self._filled, sync)

    def integrity(self) -> Iterator[str]:
        """Yield the faults of the records, their keys and their indexes. Raises FileError at a damaged block."""
        yield from integrity(self.records)
        if self._payload is not None:  # no record is in the other files
            with reading(str(self.path)):
                self._payload.check()

    def start_integrity(self) -> bool:
        """Return False: the checks need Python, which other threads would wait for."""
        return False

    def copy_sync(self, sync: SyncRun, output: Path) -> None:  # noqa: ARG002 - there is only one
        """Write a new file with the live entries of this one, unchanged."""
        if output.exists():
            raise FileError(f"{output} exists already", hint="Remove it, or name another file with --out.")
        with private_folder(output.parent) as folder:
            write_database(folder, self.records.database.items())
            packed = folder / "packed" / "file"
            packed.parent.mkdir(mode=0o700)
            envelope.pack(folder, packed, replace(self.manifest, fold_dead_bytes=0))
            deliver_new_file(packed, output, output)


@contextmanager
def open_v3(path: Path, watch: Watch | None = None) -> Iterator[V3Store]:
    """Open the database of a v3 file in a private folder; tables are unpacked when they are first read.

    `watch` is called meanwhile. Raises FileError; UnsupportedFormat for a layout that this version does not read, by
    its name.
    """
    with private_folder(None) as folder:
        files = folder / "pebble"
        files.mkdir(mode=0o700)
        progress = step_progress(watch, "unpacking")
        with (
            envelope.unpacked_on_demand(path, files, progress) as (manifest, payload),
            open_pebble(files, str(path), payload) as database,
        ):
            if REMOVES_OPEN_FILES and database.self_contained:  # an open file needs no name
                for file in files.iterdir():
                    file.unlink()
            legacy = check_layout(database, path)
            create_tables_at(folder / "tables", f"a temporary copy of {path}")
            with closing(GuardedDatabase(folder / "tables", str(path))) as tables:
                yield V3Store(path, manifest, RecordReader(database, legacy=legacy), tables, payload)


def sync_of(database: PebbleDatabase) -> SyncRun | None:
    """Return the sync of a v3 database, with the counts stored with it."""
    record = database.get(keys.SYNC_RUN)
    if record is None:
        return None
    run = sync_records.read_run(record)
    started, ended = (
        "" if moment is None else timestamps.from_nanoseconds(moment) for moment in (run.started_at, run.ended_at)
    )
    return SyncRun(
        id=run.sync_id,
        type=run.type,
        started_at=timestamps.to_json(started) if started else "",
        ended_at=timestamps.to_json(ended) if ended else "",
        ended=ended,
        token=run.token,
        parent_id=run.parent_sync_id,
        linked_id=run.linked_sync_id,
        supports_diff=run.supports_diff,
        stats=stats_of(database),
    )


def stats_of(database: PebbleDatabase) -> Stats | None:
    """Return the counts stored in a v3 database. As in the Go SDK, those without resource types do not count."""
    record = database.get(keys.STATS)
    stored = None if record is None else sync_records.read_stats(record)
    if stored is None or not stored.resource_types:
        return None
    return Stats(
        resource_types=stored.resource_types,
        resources=stored.resources,
        entitlements=stored.entitlements,
        grants=stored.grants,
        resources_by_resource_type=stored.resources_by_type,
        grants_by_resource_type=stored.grants_by_type,
        entitlements_by_resource_type=stored.entitlements_by_type,
        assets=stored.assets,
    )
