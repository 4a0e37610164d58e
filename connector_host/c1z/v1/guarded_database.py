"""The SQLite database inside a v1 file, opened so that a hostile one can do no harm.

It is read from a private copy: nothing in it is trusted or run (no triggers, views, functions of its schema,
extensions), values and work are bounded, and whatever SQLite finds wrong becomes one FileError.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from ...errors import FileError
from .. import transactions
from .schema import DEFAULTS, TABLES

__all__ = ["GuardedDatabase"]

LONGEST_VALUE = 64 << 20  # bytes; the connectors' messages are bounded by 4 MiB on the wire
CACHE = 24 << 20  # bytes of pages kept: lookups go back and forth between objects
STEPS_AT_A_TIME = 100_000  # SQLite operations between two looks at the budget
STEPS_AT_LEAST = 10_000_000  # some tenths of a second
STEPS_PER_BYTE = 10  # a row takes at least ten bytes, and the heaviest statement here under a hundred steps for each
FILL_STEPS = 1 << 62  # what is put in was bounded where it came from
OFF, ON = 0, 1
CONFIG = (
    (apsw.SQLITE_DBCONFIG_DEFENSIVE, ON),
    (apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, OFF),
    (apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, OFF),
    (apsw.SQLITE_DBCONFIG_ENABLE_VIEW, OFF),
    (apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, OFF),
    (apsw.SQLITE_DBCONFIG_WRITABLE_SCHEMA, OFF),
)
LIMITS = (
    (apsw.SQLITE_LIMIT_LENGTH, LONGEST_VALUE),
    (apsw.SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
    (apsw.SQLITE_LIMIT_COLUMN, 200),
    (apsw.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
    (apsw.SQLITE_LIMIT_WORKER_THREADS, 0),
)
DAMAGED = "The file is damaged, or was not written by a c1z writer; make it anew, or take an earlier copy."
Row = tuple[Any, ...]


class GuardedDatabase:
    """One open database. `label` is how errors name the file; `path` is the unpacked private copy.

    The copy may be deleted as soon as this is made, unless it is `writable`: then indexes that it lacks are added when
    they are needed, and SQLite does not write to a file without a name.
    """

    def __init__(self, path: Path, label: str) -> None:
        self.label = label
        self.columns: dict[str, frozenset[str]] = {}
        self._indexed: set[tuple[str, tuple[str, ...]]] = set()
        self._steps = 0
        self._budget = STEPS_AT_LEAST + STEPS_PER_BYTE * path.stat().st_size
        with self.guard():
            self.writable = _lacks_indexes(path)
            self._connection = _connect(path, self.writable)
            self._connection.set_progress_handler(self._tick, STEPS_AT_A_TIME)
            self._read_layout()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close(force=True)

    @contextlib.contextmanager
    def guard(self) -> Iterator[None]:
        """Turn what SQLite says of a damaged or hostile database into a FileError."""
        try:
            yield
        except apsw.InterruptError as error:
            raise FileError(
                f"{self.label}: reading takes far more work than a sound file needs", hint=DAMAGED
            ) from error
        except apsw.TooBigError as error:
            raise FileError(f"{self.label}: a stored value is over {LONGEST_VALUE >> 20} MiB", hint=DAMAGED) from error
        except apsw.FullError as error:
            raise FileError(
                f"{self.label}: no space left for temporary data", hint="Set TMPDIR to a roomier folder."
            ) from error
        except (apsw.Error, UnicodeDecodeError) as error:
            raise FileError(f"{self.label}: the database inside cannot be read: {error}", hint=DAMAGED) from error

    def rows(self, sql: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """The rows of one statement, as they come."""
        with self.guard():
            self._steps = 0
            yield from self._connection.execute(sql, tuple(values))

    def first(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        """The first row of a statement. Not to be used for statements that only a full run makes true."""
        try:
            self._steps = 0
            return self._connection.execute(sql, tuple(values)).fetchone()
        except (apsw.Error, UnicodeDecodeError):
            with self.guard():
                raise
            raise  # pragma: no cover - the guard raises

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Add rows to a table of a copy that was made here, all or, when what gives them fails, none."""
        marks = ", ".join("?" * len(columns))
        with self.guard(), transactions.on_disk_errors("a temporary database"):
            self._connection.pragma("journal_mode", "memory")  # appended pages take no room in it
            self._steps = -FILL_STEPS
            with transactions.transaction(self._connection):
                self._connection.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", rows)
            size = int(self._connection.pragma("page_count")) * int(self._connection.pragma("page_size"))
            self._budget = STEPS_AT_LEAST + STEPS_PER_BYTE * size

    def has(self, table: str) -> bool:
        """Whether the file has a table: older and empty ones lack some."""
        return table in self.columns

    def expression(self, table: str, column: str) -> str:
        """SQL for a column as text, blob or integer, whatever is stored; its default where the file lacks it."""
        if column not in self.columns[table]:
            default = DEFAULTS[table].get(column)
            if default is None:
                raise FileError(f"{self.label}: table {table} has no column {column}", hint=DAMAGED)
            return default
        declared = next(item for item in TABLES[table].columns if item.name == column)
        if declared.type == "blob":
            return f"ifnull(cast({column} as blob), x'')" if declared.not_null else f"cast({column} as blob)"
        if declared.type == "integer":
            return f"cast({column} as integer)"
        return f"ifnull(cast({column} as text), '')"

    def raw(self, table: str, column: str) -> str:
        """SQL for a column as it is stored; its default where the file lacks it."""
        return column if column in self.columns[table] else self.expression(table, column)

    def select(self, table: str, *columns: str) -> str:
        """The list of columns of a select, each as `expression` has it."""
        return ", ".join(self.expression(table, column) for column in columns)

    def index(self, table: str, *columns: str) -> None:
        """See to it that rows can be looked up by these columns: an old or foreign file may lack the index."""
        if (table, columns) in self._indexed or not self.has(table):
            return
        with self.guard():
            if not _is_indexed(self._connection, table, columns):
                self._steps = 0
                name = f"reading_{table}_{'_'.join(columns)}"
                self._connection.execute(f"create index if not exists {name} on {table} ({', '.join(columns)})")
        self._indexed.add((table, columns))

    def _read_layout(self) -> None:
        for name, kind, without_rowid in self._connection.execute(
            "select name, type, wr from pragma_table_list where schema = 'main'"
        ):
            table = str(name).lower()
            if table not in TABLES:
                continue
            if kind != "table" or without_rowid:
                raise FileError(f"{self.label}: {table} is not an ordinary table", hint=DAMAGED)
            self.columns[table] = _plain_columns(self._connection, self.label, table)

    def _tick(self) -> bool:
        self._steps += STEPS_AT_A_TIME
        return self._steps > self._budget


def _connect(path: Path, writable: bool) -> apsw.Connection:
    """A connection that reads only; or, for a copy that lacks indexes, one that may add them to the copy."""
    mode = "mode=rw" if writable else "mode=ro&immutable=1"
    flags = apsw.SQLITE_OPEN_READWRITE if writable else apsw.SQLITE_OPEN_READONLY
    name = f"{path.absolute().as_uri()}?{mode}"
    connection = apsw.Connection(name, flags=flags | apsw.SQLITE_OPEN_URI)
    for option, value in CONFIG:
        connection.config(option, value)
    for limit, most in LIMITS:
        connection.limit(limit, most)
    connection.execute("pragma cell_size_check = on; pragma mmap_size = 0; pragma temp_store = file")
    connection.execute(f"pragma cache_size = -{CACHE >> 10}")
    if writable:
        # nobody else sees the copy, and it is thrown away: no journal beside it, not even in write-ahead mode
        connection.execute("pragma locking_mode = exclusive; pragma journal_mode = off; pragma synchronous = off")
    return connection


def _lacks_indexes(path: Path) -> bool:
    """Whether any index is missing that lookups need: only then is the copy opened for writing."""
    connection = _connect(path, writable=False)
    try:
        tables = {
            str(name) for (name,) in connection.execute("select lower(name) from sqlite_schema where type = 'table'")
        }
        wanted = [
            (table.name, index.columns)
            for table in TABLES.values()
            if table.object and table.name in tables
            for index in table.indexes
            if not index.where
        ]
        return not all(_is_indexed(connection, table, columns) for table, columns in wanted)
    finally:
        connection.close()


def _is_indexed(connection: apsw.Connection, table: str, columns: Sequence[str]) -> bool:
    """Whether a whole (not partial) index of the table begins with the columns."""
    for name, partial in connection.execute("select name, partial from pragma_index_list(?)", (table,)):
        if partial:
            continue
        found = [
            str(column or "").lower()
            for (column,) in connection.execute("select name from pragma_index_info(?)", (name,))
        ]
        if found[: len(columns)] == list(columns):
            return True
    return False


def _plain_columns(connection: apsw.Connection, label: str, table: str) -> frozenset[str]:
    """The stored columns of a table, in lower case. `id` must be the row number; computed columns are refused."""
    names = set()
    row_number = False
    for name, type_name, key, hidden in connection.execute(
        "select name, type, pk, hidden from pragma_table_xinfo(?)", (table,)
    ):
        if hidden:
            raise FileError(f"{label}: table {table} has a computed column, {name}", hint=DAMAGED)
        names.add(str(name).lower())
        if str(name).lower() == "id":
            row_number = key == 1 and str(type_name).lower() == "integer"
    if not row_number:
        raise FileError(f"{label}: table {table} has no row number `id`", hint=DAMAGED)
    return frozenset(names)
