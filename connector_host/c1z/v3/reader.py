"""The reader of format v3: a Pebble database in an envelope.

What is asked of a kind of object is answered by the tables of format v1, in a private temporary database into which
the live records of that kind are put when it is first asked about. So everything that reads the one reads the other,
and a question about resources never looks at a grant. Grants as a whole and counts do not take that way: they come as
a stream. Entitlements inside grants, and resources inside either, are ids only: that is all the format stores.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
from msgspec.structs import replace

from ...errors import FileError
from ...wire.v3 import sync_records
from .. import timestamps
from ..pebble import envelope
from ..pebble.database import PebbleDatabase, open_database, write_database
from ..sync_stats import Stats
from ..types import SyncRun, View
from ..v1 import schema
from ..v1.guarded_database import GuardedDatabase as Tables
from ..v1.reader import private_folder
from . import keys
from .checks import check_layout, integrity
from .record_reader import RecordReader
from .view import Filled, V3View

__all__ = ["V3Store", "open_v3", "stats_of", "sync_of"]


class V3Store:
    """An open v3 file. It holds at most one sync."""

    engine = "pebble"

    def __init__(self, path: Path, manifest: envelope.Manifest, records: RecordReader, tables: Tables) -> None:
        self.path = path
        self.manifest = manifest
        self.records = records
        self._sync = sync_of(records.database)
        self._filled = Filled(records, tables, self._sync.id if self._sync else "")

    def syncs(self) -> list[SyncRun]:
        """The sync of the file, if it has one."""
        return [self._sync] if self._sync else []

    def view(self, sync: SyncRun) -> View:
        """The rows of the sync."""
        return V3View(self._filled, sync)

    def integrity(self) -> Iterator[str]:
        """What is wrong with the records, their keys and their indexes; damaged blocks end it with a FileError."""
        return integrity(self.records)

    def copy_sync(self, sync: SyncRun, output: Path) -> None:  # noqa: ARG002 - there is only one
        """Write a new file with the live entries of this one, each as it is."""
        if output.exists():
            raise FileError(f"{output} exists already", hint="Remove it, or name another file with --out.")
        with private_folder(output.parent) as folder:
            write_database(folder, self.records.database.items())
            envelope.pack(folder, output, replace(self.manifest, fold_dead_bytes=0))


@contextmanager
def open_v3(path: Path) -> Iterator[V3Store]:
    """Unpack a v3 file into a private folder and open what was in it.

    Raises FileError; UnsupportedFormat for a layout that this version does not read, by its name.
    """
    with private_folder(None) as folder:
        (folder / "pebble").mkdir(mode=0o700)
        manifest = envelope.unpack(path, folder / "pebble")
        with open_database(folder / "pebble", str(path)) as database:
            if database.self_contained:  # an open file needs no name: the less can be left behind
                shutil.rmtree(folder / "pebble")
            legacy = check_layout(database, path)
            _make_tables(folder / "tables")
            with closing(Tables(folder / "tables", str(path))) as tables:
                yield V3Store(path, manifest, RecordReader(database, legacy=legacy), tables)


def sync_of(database: PebbleDatabase) -> SyncRun | None:
    """The sync of a v3 database, with the counts stored with it."""
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
    """The counts stored in a v3 database. As in Go, only those of a sync with resource types count as stored."""
    record = database.get(keys.STATS)
    found = None if record is None else sync_records.read_stats(record)
    if found is None or not found.resource_types:
        return None
    return Stats(
        resource_types=found.resource_types,
        resources=found.resources,
        entitlements=found.entitlements,
        grants=found.grants,
        resources_by_resource_type=found.resources_by_type,
        grants_by_resource_type=found.grants_by_type,
        entitlements_by_resource_type=found.entitlements_by_type,
        assets=found.assets,
    )


def _make_tables(path: Path) -> None:
    """An empty database with the tables of format v1."""
    with closing(apsw.Connection(str(path))) as db:
        db.pragma("page_size", 16384)
        db.pragma("journal_mode", "off")
        schema.create_tables(db)
