"""The copy of one sync of a v1 file into a new v1 file: the rows unchanged, in their order."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw

from ...errors import FileError
from .. import transactions
from ..container import pack
from ..durable_files import deliver_new_file
from ..sqlite_connections import DAMAGED, DRAFT, NEW_DRAFT, open_database
from . import schema
from .guarded_database import GuardedDatabase

__all__ = ["check_values", "copy_sync", "create_tables_at"]

TEXT, NULL = "'text'", ", 'null'"
STORAGE_CLASSES = {"blob": "'blob'", "integer": "'integer'"}


def copy_sync(source: GuardedDatabase, sync_id: str, work: Path, output: Path) -> None:
    """Build a database at `work`, on the file system of `output`, that holds one sync, and pack it into that new file.

    Columns that the source lacks get their defaults. Expansions that older files keep inside the grants' data stay
    there, as does the mark that shows it. Raises FileError.
    """
    if output.exists():
        raise FileError(f"{output} exists already", hint="Remove it, or name another file with --out.")
    with source.guard(), transactions.on_disk_errors(str(output)):
        create_tables_at(work, str(output))
        source.copy_syncs(work, [sync_id])
        with closing(open_database(work, DRAFT)) as target:
            for table in schema.TABLES.values():
                _build_indexes(target, table, sync_id, source.label)
    packed = work.with_name("packed")
    pack(work, packed)
    deliver_new_file(packed, output, output)


def create_tables_at(path: Path, label: str) -> None:
    """Create a draft database with the tables of the format, without their indexes.

    `label` names the file in errors. Raises FileError.
    """
    with transactions.on_disk_errors(label), closing(open_database(path, NEW_DRAFT)) as db:
        schema.create_tables(db)


def check_values(db: apsw.Connection, label: str) -> None:
    """Refuse values of another storage class than their column is declared with: SQLite takes anything anywhere."""
    for table in schema.TABLES.values():
        mismatch = " or ".join(
            f"typeof({column.name}) not in ({STORAGE_CLASSES.get(column.type, TEXT)}{'' if column.not_null else NULL})"
            for column in table.columns
        )
        if db.execute(f"select exists (select 1 from {table.name} where {mismatch})").get:
            raise FileError(f"{label}: {table.name} holds a value of another type than its column", hint=DAMAGED)


def _build_indexes(target: apsw.Connection, table: schema.TableSchema, sync_id: str, label: str) -> None:
    try:
        if table.object:
            schema.build_indexes(target, table.name, sync_id)
        else:
            schema.create_indexes(target, table.name)
    except apsw.ConstraintError as error:
        raise FileError(f"{label}: {table.name} holds a row twice", hint=DAMAGED) from error
