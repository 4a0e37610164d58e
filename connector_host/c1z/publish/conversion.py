"""A sync of a file of one format as a file of the other, and what does not fit in there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
from msgspec import Struct

from ...errors import ConfigError, FileError
from .. import container, transactions
from ..v1 import schema
from ..v1.reader import private_folder
from ..v1.upgrade import upgrade
from ..v3.file_writer import pack_sync
from ..v3.tables import unpack_tables
from . import output_file
from .replaced_syncs import build_indexes

__all__ = ["ConversionResult", "convert"]

TEXT, NULL = "'text'", ", 'null'"
KINDS = {"blob": "'blob'", "integer": "'integer'"}
DAMAGED = "The file is damaged, or was not written by a c1z writer; `connector-host validate` says more."
FORMATS = {"v1": container.FileFormat.V1, "v3": container.FileFormat.V3}


class ConversionResult(Struct, frozen=True, kw_only=True):
    """What was written. `lost` counts what the new format has no place for, `left` are the ids of other syncs."""

    size: int
    lost: dict[str, int]
    left: tuple[str, ...] = ()


def convert(path: Path, out: Path, to: str, sync_id: str) -> ConversionResult:
    """Write sync `sync_id` of the file at `path` into a new file at `out`, of the format `to` (v1 or v3).

    `path` is left as it is. Raises FileError (also when `out` exists), UnsupportedFormat; ConfigError for a file that
    has that format already.
    """
    found = container.sniff(path)
    if found.kind is FORMATS[to]:
        raise ConfigError(
            f"{path} is of format {to} already", hint="`connector-host export c1z` copies one sync of it."
        )
    if found.kind not in FORMATS.values():
        raise container.refusal(path, found)
    target = output_file.check_output(out)
    if target.exists():
        raise FileError(f"{out} exists already", hint="Remove it, or name another file.")
    with private_folder(target.parent) as folder, _readable(path):
        database, packed = folder / "db", folder / "packed"
        if to == "v1":
            lost = unpack_tables(path, database)
            result = ConversionResult(size=container.pack(database, packed), lost=lost)
        else:
            container.unpack(path, database)
            left = _prepare(database, sync_id)
            made = pack_sync(database, packed, sync_id)
            result = ConversionResult(size=made.size, lost=made.lost, left=left)
        _deliver(packed, target, out)
    return result


def _prepare(database: Path, sync_id: str) -> tuple[str, ...]:
    """Bring an unpacked file to the present schema, with the indexes that are needed; the other syncs in it."""
    with closing(apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READWRITE)) as db:
        db.pragma("trusted_schema", False)
        db.pragma("journal_mode", "delete")
        db.pragma("synchronous", "off")  # a private copy
        db.pragma("cache_size", -65536)  # KiB
        upgrade(db)
        _check_values(db)
        build_indexes(db, sync_id)
        others = db.execute("select sync_id from v1_sync_runs where sync_id <> ? order by id", (sync_id,))
        return tuple(str(other) for (other,) in others)


def _check_values(db: apsw.Connection) -> None:
    """Refuse what is not stored as its column is declared: SQLite takes anything anywhere."""
    for table in schema.TABLES.values():
        odd = " or ".join(
            f"typeof({column.name}) not in ({KINDS.get(column.type, TEXT)}{'' if column.not_null else NULL})"
            for column in table.columns
        )
        if db.execute(f"select exists (select 1 from {table.name} where {odd})").get:
            raise FileError(f"{table.name} of the file holds a value of another type than its column", hint=DAMAGED)


def _deliver(packed: Path, target: Path, out: Path) -> None:
    try:
        target.hardlink_to(packed)  # which another program's file would make fail, where a rename replaces it
    except FileExistsError:
        raise FileError(f"{out} exists already", hint="Remove it, or name another file.") from None
    except OSError:
        packed.rename(target)  # a file system without links


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        with transactions.on_disk_errors(f"what {path} is converted to"):
            yield
    except apsw.Error as error:
        raise FileError(f"{path} cannot be converted ({error})", hint=DAMAGED) from error
