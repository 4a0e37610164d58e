"""The writer of v3 files: one sync of a database with the tables of format v1."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw
from msgspec import Struct

from ...errors import FileError
from ...wire.v3 import sync_records
from ...wire.v3.format_losses import FormatLoss
from .. import transactions
from ..durable_files import emptied
from ..pebble import envelope
from ..pebble.database_writer import write_groups
from ..private_folder import known_path
from ..sqlite_connections import DAMAGED, READ_ONLY, open_database
from ..transactions import Watch
from .sync_entries import SyncEntries

__all__ = ["PackedSync", "pack_sync"]

ENGINE, FORMAT_MARKER, ID_FORMAT = "pebble3", 24, 2
"""The engine, the major version of Pebble's format and structural keys, as the Go SDK writes them (docs/c1z-v3.md)."""


class PackedSync(Struct, frozen=True, kw_only=True):
    """A file that was written. `lost` counts the values that format v3 has no place for; `size` is in bytes."""

    size: int
    lost: dict[FormatLoss, int]


def pack_sync(
    database: Path, target: Path, sync_id: str, *, local: bool = False, watch: Watch | None = None
) -> PackedSync:
    """Write sync `sync_id` of the closed SQLite database at `database` into a new v3 file at `target`.

    The database has the indexes of `sync_entries.build_indexes`, and no grant in it has an expansion among its
    annotations. `local` is the argument of `SyncEntries`. The file is synchronised to the disk. `target` must not
    exist, and is removed on any failure. Raises FileError.
    """
    with emptied(target.with_name(f"{target.name}.pebble")) as folder:
        with closing(open_database(database, READ_ONLY)) as db:
            entries = SyncEntries(db, sync_id, local=local)
            with transactions.on_disk_errors(known_path(target)), transactions.watched(db, "writing", watch):
                try:
                    with closing(entries.groups()) as groups:  # ends its transaction before the connection is closed
                        write_groups(folder, groups, transactions.step_progress(watch, "writing"))
                except (apsw.CorruptError, apsw.NotADBError) as error:
                    raise FileError(
                        f"{known_path(target)} cannot be written: a stored value is damaged ({error})", hint=DAMAGED
                    ) from error
        size = envelope.pack(folder, target, _manifest(entries), (lambda _: watch("compressing")) if watch else None)
    return PackedSync(size=size, lost=dict(+entries.lost))


def _manifest(entries: SyncEntries) -> envelope.Manifest:
    run = entries.run
    summary = envelope.SyncSummary(
        sync_id=run.sync_id,
        type=sync_records.type_number(run.type),
        started_at=run.started_at,
        ended_at=run.ended_at,
        parent_sync_id=run.parent_sync_id,
        stats=sync_records.write_stats(entries.stats),
    )
    return envelope.Manifest(
        engine=ENGINE,
        engine_schema_version=FORMAT_MARKER,
        payload_encoding=envelope.INDEXED,
        descriptors=sync_records.descriptors(),
        sync_runs=(summary,),
        id_index_format=ID_FORMAT,
    )
