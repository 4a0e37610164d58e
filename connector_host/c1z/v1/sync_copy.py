"""One sync of a v1 file into a new v1 file: the rows as they are, their bytes untouched."""

from __future__ import annotations

from pathlib import Path

import apsw

from ...errors import FileError
from ..container import pack
from . import schema
from .guarded_database import GuardedDatabase

__all__ = ["copy_sync"]

BATCH = 5000  # rows written between two looks at memory


def copy_sync(source: GuardedDatabase, sync_id: str, work: Path, output: Path) -> None:
    """Build a database at `work` that holds one sync, and wrap it into a new file at `output`.

    Rows keep their order and every column; columns that the source lacks get their defaults. What older files keep
    inside the grants' data stays there, as does the mark that says so.
    """
    if output.exists():
        raise FileError(f"{output} exists already", hint="Remove it, or name another file with --out.")
    try:
        target = apsw.Connection(str(work))
        try:
            target.execute("pragma page_size = 4096; pragma journal_mode = off; pragma synchronous = off")
            schema.create_tables(target)
            with target:
                for table in schema.TABLES.values():
                    _copy(source, target, table, sync_id)
            for table in schema.TABLES.values():
                _build_indexes(target, table, sync_id)
        finally:
            target.close()
    except (apsw.FullError, apsw.IOError, apsw.CantOpenError) as error:
        raise FileError(
            f"{output} cannot be written: {error}", hint="Make room there, or choose another folder."
        ) from error
    except apsw.Error as error:
        raise FileError(f"{source.label} cannot be copied: {error}", hint="The file is damaged.") from error
    pack(work, output)


def _copy(source: GuardedDatabase, target: apsw.Connection, table: schema.TableSchema, sync_id: str) -> None:
    if not source.has(table.name):
        return
    names = table.column_names
    columns = ", ".join(source.raw(table.name, name) for name in names)
    rows = source.rows(f"select {columns} from {table.name} not indexed where sync_id = ? order by id", (sync_id,))
    slots = ", ".join("?" * len(names))
    target.executemany(f"insert into {table.name} ({', '.join(names)}) values ({slots})", rows)


def _build_indexes(target: apsw.Connection, table: schema.TableSchema, sync_id: str) -> None:
    try:
        if table.object:
            schema.build_indexes(target, table.name, sync_id)
        else:
            schema.create_indexes(target, table.name)
    except apsw.ConstraintError as error:
        raise FileError(
            f"{table.name} of the file holds a row twice that must be there once", hint="The file is damaged."
        ) from error
