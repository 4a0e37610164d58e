"""The SQLite database inside a v1 file, opened so that a hostile one can do no harm.

It is read from a private copy. Nothing in it is trusted or run: no triggers, views, computed columns, collations,
functions of its schema or extensions. The length of values and the work of a statement are bounded, and every fault
that SQLite finds becomes a FileError.
"""

from __future__ import annotations

import contextlib
import copy
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from ...errors import FileError
from .. import transactions
from ..sqlite_connections import (
    DAMAGED,
    LONGEST_VALUE,
    UNTRUSTED,
    UNTRUSTED_CHECK,
    UNTRUSTED_WRITABLE,
    attach_draft,
    database_size,
    open_database,
)
from .schema import DEFAULTS, TABLES

__all__ = ["GuardedDatabase", "Row", "lacks_indexes"]

STEPS_AT_A_TIME = 100_000  # SQLite operations between two checks of the budget
STEPS_AT_LEAST = 10_000_000  # some tenths of a second
STEPS_PER_BYTE = 10  # a row takes at least ten bytes, and the heaviest statement here under a hundred steps for each
FILL_STEPS = 1 << 62  # rows that are put in were bounded at their source
Row = tuple[Any, ...]


class GuardedDatabase:
    """One open database. `label` is the name of the file in errors; `path` is the unpacked private copy.

    The copy may be deleted as soon as this is made, unless it is `writable`: SQLite does not write to a file without a
    name. With `lookups`, a copy that lacks indexes is opened for writing, and the indexes are added when needed. `hint`
    is that of the errors about damage.
    """

    def __init__(self, path: Path, label: str, *, lookups: bool = True, hint: str = DAMAGED) -> None:
        self.label, self.hint = label, hint
        self.columns: dict[str, frozenset[str]] = {}
        self._indexed: set[tuple[str, tuple[str, ...]]] = set()
        self._steps = 0
        self._interrupted = False
        self._budget = STEPS_AT_LEAST + STEPS_PER_BYTE * path.stat().st_size
        with self.guard():
            self.writable = lookups and lacks_indexes(path)
            self._connection = open_database(path, UNTRUSTED_WRITABLE if self.writable else UNTRUSTED)
            try:
                self._connection.set_progress_handler(self._is_over_budget, STEPS_AT_A_TIME)
                self._read_layout()
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Close the database."""
        self._connection.close(force=True)

    def second(self, path: Path) -> GuardedDatabase:
        """Open the database once more, to be checked in another thread. Not for one that is `writable`."""
        twin = copy.copy(self)
        twin._indexed = set()
        with self.guard():
            twin._connection = open_database(path, UNTRUSTED_CHECK)
            twin._connection.set_progress_handler(twin._is_over_budget, STEPS_AT_A_TIME)
        return twin

    def interrupt(self) -> None:
        """End the statements that run, and those that begin later; for another thread."""
        self._interrupted = True
        self._connection.interrupt()

    def size(self) -> int:
        """Return the size of the database in bytes, without its free pages."""
        with self.guard():
            return database_size(self._connection) - database_size(self._connection, free=True)

    @contextlib.contextmanager
    def watched(self, step: str, watch: transactions.Watch | None) -> Iterator[None]:
        """Call `watch` with `step` while statements of the block run."""
        with transactions.watched(self._connection, step, watch):
            yield

    @contextlib.contextmanager
    def guard(self) -> Iterator[None]:
        """Turn SQLite's errors about a damaged or hostile database into FileError."""
        try:
            yield
        except apsw.NoMemError as error:
            raise MemoryError from error
        except apsw.InterruptError as error:
            raise FileError(
                f"{self.label}: reading takes far more work than a sound file needs", hint=self.hint
            ) from error
        except apsw.TooBigError as error:
            raise FileError(
                f"{self.label}: a stored value is over {LONGEST_VALUE >> 20} MiB", hint=self.hint
            ) from error
        except apsw.FullError as error:
            raise FileError(
                f"{self.label}: no space left for temporary data", hint="Set TMPDIR to a directory with more space."
            ) from error
        except (apsw.Error, UnicodeDecodeError) as error:
            raise FileError(f"{self.label}: the database inside cannot be read: {error}", hint=self.hint) from error

    def rows(self, sql: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """Yield the rows of one statement."""
        with self.guard():
            self._steps = 0
            yield from self._connection.execute(sql, tuple(values))

    def batches(self, sql: str, values: Sequence[object], size: int) -> Iterator[list[Row]]:
        """Yield the rows of one statement, `size` at a time: quicker than one by one."""
        with self.guard():
            self._steps = 0
            cursor = self._connection.execute(sql, tuple(values))
            while batch := list(itertools.islice(cursor, size)):
                yield batch

    def first(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        """Return the first row of a statement. Not for statements that must run to their end."""
        try:
            self._steps = 0
            return self._connection.execute(sql, tuple(values)).fetchone()
        except UnicodeEncodeError:  # bytes of a command line that are no text: no row holds them
            return None
        except (apsw.Error, UnicodeDecodeError):
            with self.guard():
                raise
            raise  # pragma: no cover - the guard raises

    def first_within(self, longest: int, sql: str, values: Sequence[object] = ()) -> Row | None:
        """Return the first row of a statement whose values, and rows, are at most `longest` bytes. Raises FileError."""
        limit = self._connection.limit(apsw.SQLITE_LIMIT_LENGTH, longest)
        try:
            return self.first(sql, values)
        finally:
            self._connection.limit(apsw.SQLITE_LIMIT_LENGTH, limit)

    def fill(self, insert: Callable[[apsw.Connection], None]) -> None:
        """Call `insert` to add rows to a table of a copy that was created here: all of them, or none when it fails."""
        with self.guard(), transactions.on_disk_errors("a temporary database"):
            self._steps = -FILL_STEPS
            with transactions.transaction(self._connection):
                insert(self._connection)
            self._budget = STEPS_AT_LEAST + STEPS_PER_BYTE * database_size(self._connection)

    def copy_syncs(
        self, target: Path, sync_ids: Sequence[str], *, watch: transactions.Watch | None = None, step: str = "copying"
    ) -> None:
        """Copy the rows of syncs into the empty tables of the database at `target`, in row order.

        Values are copied as they are stored; columns that this file lacks get their defaults. Nothing else of this
        file reaches `target`: its schema, further tables and rows of other syncs stay behind. Raises FileError, also
        for a table whose pages are damaged.
        """
        with self.watched(step, watch):
            for name in self.columns:
                self._check_pages(name)
        marks = ", ".join("?" * len(sync_ids))
        with self.guard(), transactions.on_disk_errors(f"a copy of {self.label}"):
            attach_draft(self._connection, target)
            try:
                with (
                    transactions.watched(self._connection, step, watch),
                    transactions.transaction(self._connection, "begin"),
                ):
                    for name in self.columns:
                        self._steps = 0
                        columns = TABLES[name].column_names
                        values = ", ".join(self.raw(name, column) for column in columns)
                        self._connection.execute(
                            f"insert into target.{name} ({', '.join(columns)}) select {values} from main.{name}"
                            f" not indexed where sync_id in ({marks}) order by id",
                            tuple(sync_ids),
                        )
            finally:
                self._connection.execute("detach target")

    def _check_pages(self, table: str) -> None:
        """Refuse a table with rows out of order, pages that are used twice, and the like."""
        row = self.first(f"pragma quick_check({table})")
        if row is not None and row[0] != "ok":
            problem = str(row[0]).splitlines()[-1]
            raise FileError(f"{self.label}: the database inside is damaged: {problem}", hint=self.hint)

    def has(self, table: str) -> bool:
        """Return True when the file has a table: older and empty files lack some."""
        return table in self.columns

    def expression(self, table: str, column: str) -> str:
        """Return SQL for a column as text, blob or integer whatever is stored; its default if the file lacks it."""
        if column == "id":
            return column
        if column not in self.columns[table]:
            default = DEFAULTS[table].get(column)
            if default is None:
                raise FileError(f"{self.label}: table {table} has no column {column}", hint=self.hint)
            return default
        declared = next(item for item in TABLES[table].columns if item.name == column)
        if declared.type == "blob":
            return f"ifnull(cast({column} as blob), x'')" if declared.not_null else f"cast({column} as blob)"
        if declared.type == "integer":
            return f"cast({column} as integer)"
        return f"ifnull(cast({column} as text), '')"

    def raw(self, table: str, column: str) -> str:
        """Return SQL for a column as it is stored; its default if the file lacks it."""
        return column if column in self.columns[table] else self.expression(table, column)

    def select(self, table: str, *columns: str) -> str:
        """Return the column list of a select, each column as `expression` returns it."""
        return ", ".join(self.expression(table, column) for column in columns)

    def index(self, table: str, *columns: str) -> None:
        """Ensure that rows can be looked up by these columns: an old or foreign file may lack the index."""
        if (table, columns) in self._indexed or not self.has(table):
            return
        with self.guard():
            if not _is_indexed(self._connection, table, columns):
                self._steps = 0
                name = f"reading_{table}_{'_'.join(columns)}"
                self._connection.execute(f"create index if not exists {name} on {table} ({', '.join(columns)})")
        self._indexed.add((table, columns))

    def has_unique_index(self, table: str, columns: Sequence[str]) -> bool:
        """Return True when a unique index of the table covers exactly these columns."""
        names = list(self.rows('select name from pragma_index_list(?) where "unique" and not partial', (table,)))
        return any(
            {column for (column,) in self.rows("select name from pragma_index_info(?)", name)} == set(columns)
            for name in names
        )

    def unknown_tables(self) -> list[str]:
        """Return the names of the tables that are not part of the format, in lower case."""
        sql = "select lower(name) from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\'"
        return [str(name) for (name,) in self.rows(sql) if name not in TABLES]

    def unknown_columns(self, table: str) -> list[str]:
        """Return the columns of a table that are not part of the format."""
        return sorted(self.columns.get(table, frozenset()) - {"id", *TABLES[table].column_names})

    def _read_layout(self) -> None:
        for name, kind, without_rowid in self._connection.execute(
            "select name, type, wr from pragma_table_list where schema = 'main'"
        ):
            table = str(name).lower()
            if table not in TABLES:
                continue
            if kind != "table" or without_rowid:
                raise FileError(f"{self.label}: {table} is not an ordinary table", hint=self.hint)
            self.columns[table] = self._plain_columns(table)

    def _plain_columns(self, table: str) -> frozenset[str]:
        """Return the columns of a table in lower case. `id` must be the row number; computed columns are refused."""
        names = set()
        row_number = False
        for name, type_name, key, hidden in self._connection.execute(
            "select name, type, pk, hidden from pragma_table_xinfo(?)", (table,)
        ):
            if hidden:
                raise FileError(f"{self.label}: table {table} has a computed column, {name}", hint=self.hint)
            collation = self._connection.column_metadata("main", table, str(name))[1]
            if str(collation or "").upper() != "BINARY":
                raise FileError(f"{self.label}: column {name} of {table} has the collation {collation}", hint=self.hint)
            names.add(str(name).lower())
            if str(name).lower() == "id":
                row_number = key == 1 and str(type_name).lower() == "integer"
        if not row_number:
            raise FileError(f"{self.label}: table {table} has no row number `id`", hint=self.hint)
        return frozenset(names)

    def _is_over_budget(self) -> bool:
        self._steps += STEPS_AT_A_TIME
        return self._interrupted or self._steps > self._budget


def lacks_indexes(path: Path) -> bool:
    """Return True when an index is missing that lookups need: only then is the copy opened for writing."""
    with contextlib.closing(open_database(path, UNTRUSTED)) as connection:
        tables = {
            str(name) for (name,) in connection.execute("select lower(name) from sqlite_schema where type = 'table'")
        }
        lookups = [
            (table.name, index.columns)
            for table in TABLES.values()
            if table.object and table.name in tables
            for index in table.indexes
            if not index.where
        ]
        return not all(_is_indexed(connection, table, columns) for table, columns in lookups)


def _is_indexed(connection: apsw.Connection, table: str, columns: Sequence[str]) -> bool:
    """Return True when a full (not partial) index of the table begins with the columns."""
    for name, partial in connection.execute("select name, partial from pragma_index_list(?)", (table,)):
        if partial:
            continue
        indexed = [
            str(column or "").lower()
            for (column,) in connection.execute("select name from pragma_index_info(?)", (name,))
        ]
        if indexed[: len(columns)] == list(columns):
            return True
    return False
