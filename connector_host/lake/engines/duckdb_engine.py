"""The engine DuckDB, in this process: it reads the files of the lake's commits, and can reach nothing else."""

from __future__ import annotations

import copy
import functools
import glob
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...c1z.private_folder import private_folder
from ...errors import ConfigError, FileError
from ..access_decisions import DecisionFiles
from ..file_adding import sync_row
from ..lake_schema import DECISIONS, OBJECT_TABLES, arrow_schema, import_pyarrow, table_columns
from ..object_store import ObjectStore, require_extra
from ..sync_commits import DataFile
from .lake_views import (
    LakeScope,
    PersonMapping,
    QueryResult,
    decided_by_then,
    derived_views,
    literal,
    values_table,
)

__all__ = ["DuckDBEngine"]

SQL_TYPES = {
    "text": "varchar",
    "texts": "varchar[]",
    "flag": "boolean",
    "number": "bigint",
    "time": "timestamp with time zone",
}
CLOSED = (
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set allow_community_extensions = false",
    "set python_enable_replacements = false",
    "set enable_external_access = false",
    "set lock_configuration = true",
)
SHARED = """
    where (parse_filename(filename), source, sync_id) in (select (file, source, sync_id) from $scope.shared_rows)
"""
NO_DECISIONS = DecisionFiles()
MOST_ROWS, ROWS_OF_A_BYTE = 100_000, 5  # of a result: repeated rows in a small file may be multiplied by a join
SECONDS, BYTES_OF_A_SECOND = 60, 100_000  # for a question of the program
INTERRUPTIONS = 300  # of a query that shall end, in 30 s
CHUNK = 10_000  # rows that are fetched at a time
READ_ONLY = "`lake sql` runs one SELECT on the views of the lake."


class DuckDBEngine:
    """A database in memory with the views of a lake. After `__init__` it reads the lake's files and nothing else."""

    name = "duckdb"

    def __init__(
        self,
        store: ObjectStore,
        scopes: Sequence[LakeScope],
        *,
        mappings: Sequence[PersonMapping] = (),
        marks: Iterable[tuple[str, str, str]] | None = None,
        decisions: DecisionFiles = NO_DECISIONS,
    ) -> None:
        import_pyarrow()
        try:
            import duckdb  # noqa: PLC0415 - an extra
        except ImportError:
            raise require_extra("duckdb") from None
        self._duckdb = duckdb
        self._store = store
        self._resources = ExitStack()
        self._thread = self._resources.enter_context(ThreadPoolExecutor(1, "duckdb"))
        self._database = self._resources.enter_context(closing(duckdb.connect(":memory:")))
        spill = self._resources.enter_context(private_folder(None))
        self._run(f"set temp_directory = {literal(str(spill))}")
        self._run("set TimeZone = 'UTC'")
        if store.filesystem is not None:
            self._database.register_filesystem(_remembering(store.filesystem))
        files = {file.key: file for scope in scopes for commit in scope.commits for file in commit.files}
        self._locations = {store.location(key) for key in (*files, *decisions.keys)}
        self._size = sum(_stored_size(store, file) for file in files.values())
        allowed = self._locations | set(map(glob.escape, self._locations))  # DuckDB judges the pattern, then the file
        paths = ", ".join(map(literal, sorted(allowed)))
        for scope in scopes:
            self._create_scope(scope)
        self._run(f"create view decisions as {self._select_decisions(decisions)}")
        for name, select in derived_views(scopes[0].name, mappings, marks):
            self._run(f"create view {name} as {select}")
        self._run(f"set allowed_paths = [{paths}]")
        for setting in CLOSED:
            self._run(setting)

    def query(self, sql: str) -> QueryResult:
        """Run a statement of the program. Raises FileError for a file of the lake that is missing or damaged.

        So does a lake with rows that are repeated so often that the answer would take minutes.
        """
        return self._result(sql, SECONDS + self._size / BYTES_OF_A_SECOND)

    def query_of_person(self, sql: str) -> QueryResult:
        """Run the SQL of a person: one SELECT. Raises ConfigError for anything else and for SQL with a fault."""
        try:
            statements = self._database.extract_statements(sql)
        except self._duckdb.Error as error:
            raise _sql_error(error) from error
        if len(statements) != 1:
            raise ConfigError(f"{len(statements)} statements cannot be run.", hint=READ_ONLY)
        if statements[0].type != self._duckdb.StatementType.SELECT:
            raise ConfigError(f"A statement of type {statements[0].type.name} is refused.", hint=READ_ONLY)
        return self._result(sql, None)

    def _result(self, sql: str, seconds: float | None) -> QueryResult:
        """Run a statement in a thread, so that a signal ends the wait for it, and return its rows."""
        future = self._thread.submit(self._fetch, sql)
        try:
            return future.result(seconds)
        except TimeoutError as error:
            raise damaged_lake(self._store.url, "a question takes far too long for the size of the lake") from error
        finally:
            for _ in range(INTERRUPTIONS):
                if future.done():
                    break
                self._database.interrupt()  # has no effect between two steps of the query
                wait([future], 0.1)

    def _fetch(self, sql: str) -> QueryResult:
        """Return the rows of a statement. Raises FileError if they are far more than the size of the lake explains."""
        most = MOST_ROWS + self._size * ROWS_OF_A_BYTE
        rows: list[tuple[Any, ...]] = []
        with self._errors():
            cursor = self._database.execute(sql)
            columns = tuple(str(column[0]) for column in cursor.description or ())
            while chunk := cursor.fetchmany(CHUNK):
                rows += (tuple(map(_plain, row)) for row in chunk)
                if len(rows) > most:
                    raise FileError(
                        f"Lake {self._store.url}: the result has more than {most:,} rows, more than its size explains.",
                        hint="Add a limit or a condition to the SQL. `lake verify` shows whether rows are repeated.",
                    )
        return QueryResult(columns, rows)

    def close(self) -> None:
        """Close the database, and remove what it wrote because memory was short."""
        self._resources.close()

    # ------------------------------------------------------------------------------------------ views

    def _create_scope(self, scope: LakeScope) -> None:
        self._run(f"create schema {scope.name}")
        self._create_syncs(scope)
        self._create_shared_rows(scope)
        for table in OBJECT_TABLES:
            self._run(f"create view {scope.name}.{table} as {self._select(scope, table)}")

    def _create_shared_rows(self, scope: LakeScope) -> None:
        """Create the table of the syncs whose rows count in each shared file."""
        rows = values_table(("file", "source", "sync_id"), scope.shared_rows())
        self._run(f"create table {scope.name}.shared_rows as {rows}")

    def _create_syncs(self, scope: LakeScope) -> None:
        import pyarrow as pa  # noqa: PLC0415 - an extra

        schema = arrow_schema("syncs")
        rows = [(commit.source, commit.sync_id, *sync_row(commit)) for commit in scope.commits]
        columns = zip(*rows, strict=True) if rows else [()] * len(schema)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        self._database.register("committed_syncs", pa.table(arrays, schema))
        self._run(f"create table {scope.name}.syncs as select * from committed_syncs")
        self._database.unregister("committed_syncs")

    def _select(self, scope: LakeScope, table: str) -> str:
        columns = table_columns(table)
        selects = []
        groups: dict[tuple[bool, bool], list[str]] = {}
        for file in scope.files(table).values():
            groups.setdefault((file.shared, file.columns != len(columns)), []).append(file.key)
        for (is_shared, is_older), keys in groups.items():
            rows = self._stored_rows(keys, by_name=is_older)
            if is_shared:
                rows += SHARED.replace("$scope", scope.name)
            if is_older:  # a file of another version may lack columns
                rows = f"{_no_rows(columns)} union all by name {rows}"
            selects.append(f"select {', '.join(_column(table, name) for name in columns)} from ({rows})")
        return " union all ".join(selects) or _no_rows(columns)

    def _select_decisions(self, decisions: DecisionFiles) -> str:
        columns = table_columns(DECISIONS)
        if not decisions.keys:
            return _no_rows(columns)
        rows = self._stored_rows(decisions.keys, by_name=True)
        return f"select distinct {', '.join(columns)} from ({rows}) where {decided_by_then(decisions)}"

    def _stored_rows(self, keys: Iterable[str], *, by_name: bool) -> str:
        """Return the select of all rows of Parquet files; `by_name`: their columns may differ."""
        paths = ", ".join(literal(glob.escape(self._store.location(key))) for key in keys)
        option = ", union_by_name = true" if by_name else ""
        # a folder `a=b` of the user adds no column
        return f"select * from read_parquet([{paths}], hive_partitioning = false{option})"

    def _run(self, sql: str) -> None:
        with self._errors():
            self._database.execute(sql)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except self._duckdb.PermissionException as error:
            reason = str(error).strip().splitlines()[0]
            refused = re.search(r'"(.*?)(/\*\*/\*\.parquet)?"', reason)
            if refused is not None and refused[1] in self._locations:  # DuckDB looks for a folder in its place
                raise damaged_lake(self._store.url, f"{refused[1]} is missing or cannot be reached") from error
            raise ConfigError(f"The SQL reads outside the lake: {reason}", hint=READ_ONLY) from error
        except self._duckdb.OutOfMemoryException as error:
            raise FileError(
                f"Lake {self._store.url}: the answer needs more memory than there is.",
                hint="Ask about fewer rows, or where there is more memory. `lake verify` finds repeated rows.",
            ) from error
        except self._duckdb.Error as error:
            if isinstance(error, self._duckdb.IOException) or is_damage(str(error)):
                raise damaged_lake(self._store.url, str(error)) from error
            raise _sql_error(error) from error


def _stored_size(store: ObjectStore, file: DataFile) -> int:
    """Return the bytes of a file; those of a folder are looked up, because a commit may be wrong."""
    if store.filesystem is not None:
        return file.size
    try:
        return Path(store.location(file.key)).stat().st_size
    except OSError:  # a question about it names the file
        return 0


def _remembering(filesystem: Any) -> Any:
    """Return a copy of a filesystem that asks once about each object: DuckDB asks often, and none changes."""
    remembering = copy.copy(filesystem)
    for name in ("info", "exists", "isfile", "isdir", "glob"):
        setattr(remembering, name, functools.cache(getattr(filesystem, name)))
    return remembering


def _column(table: str, name: str) -> str:
    if (table, name) == ("grants", "grant_id"):
        return "coalesce(grant_id, entitlement || ':' || principal_type || ':' || principal) as grant_id"
    return name


def _no_rows(columns: Mapping[str, str]) -> str:
    """Return a select of these columns without rows."""
    values = ", ".join(f"cast(null as {SQL_TYPES[word]}) as {name}" for name, word in columns.items())
    return f"select {values} where false"


def _plain(value: Any) -> Any:
    """Return a value with the time zone of Python's own class: DuckDB's is another object for each time."""
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else value


def is_damage(text: str) -> bool:
    """Return True if the text of an engine's error is about a file that cannot be read."""
    return bool(re.search(r"\.parquet|No files found|No such file|ZSTD|Invalid Parquet|TProtocol", text))


def damaged_lake(url: str, reason: str) -> FileError:
    """Return the error for a file of a lake that an engine cannot read."""
    first_line = reason.strip().splitlines()[0] if reason.strip() else "a file cannot be read"
    return FileError(
        f"Lake {url}: {first_line}",
        hint="Run `connector-host lake verify`: it names each file that is missing or damaged, and the remedy.",
    )


def _sql_error(error: Exception) -> ConfigError:
    text = str(error).strip()
    return ConfigError(f"The SQL cannot be run: {text}", hint="`connector-host lake sql --tables` lists the columns.")
