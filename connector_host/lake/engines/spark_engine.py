"""The engine Apache Spark: in this process's machine (`local[*]`), or a server by Spark Connect (`sc://HOST`).

Its views are those of DuckDB, translated. It needs the package pyspark and Java, which are no part of the extra
`lake`.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...errors import ConfigError, FileError
from ..access_decisions import DecisionFiles
from ..lake_schema import DECISIONS, TABLES, table_columns
from ..object_store import ObjectStore
from .duckdb_engine import NO_DECISIONS, damaged_lake, is_damage
from .lake_views import LakeScope, PersonMapping, QueryResult, decided_by_then, derived_views, values_table
from .sql_translation import check_select, to_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["SparkEngine", "open_spark"]

LOCAL = "local[*]"
CONNECT_PORT, PATIENCE = 15002, 20  # the usual port of Spark Connect; seconds until a server must answer
SPARK_SCHEMES = {"s3": "s3a", "az": "abfs"}
SQL_TYPES = {"text": "string", "texts": "array<string>", "flag": "boolean", "number": "bigint", "time": "timestamp"}
MOST_LINES = 3  # of an error of Spark, which is followed by its plan and the traces of Java


class SparkEngine:
    """A Spark session with the views of a lake."""

    def __init__(
        self,
        store: ObjectStore,
        scopes: Sequence[LakeScope],
        *,
        master: str = "",
        mappings: Sequence[PersonMapping] = (),
        marks: Iterable[tuple[str, str, str]] | None = None,
        decisions: DecisionFiles = NO_DECISIONS,
    ) -> None:
        self._store = store
        self._views: set[str] = set()
        self._spark = open_spark(master)
        for scope in scopes:
            self._create_scope(scope)
        self._create_view(DECISIONS, self._select_decisions(decisions))
        for name, select in derived_views(scopes[0].name, mappings, marks):
            self._create_view(name, to_spark(select))

    def query(self, sql: str) -> QueryResult:
        """Run a statement of the program, written for DuckDB. Raises FileError for files that cannot be read."""
        with self._errors():
            frame = self._spark.sql(to_spark(sql))
            return QueryResult(tuple(frame.columns), [tuple(map(_plain, row)) for row in frame.collect()])

    def query_of_person(self, sql: str) -> QueryResult:
        """Run the SQL of a person: one SELECT on the views. Raises ConfigError for anything else."""
        check_select(sql, self._views)
        return self.query(sql)

    def close(self) -> None:
        """Drop the views. The session of the process stays, because starting another takes seconds."""
        for name in self._views:
            self._spark.catalog.dropTempView(name.replace(".", "_"))

    def _create_scope(self, scope: LakeScope) -> None:
        files = values_table(("file", "source", "sync_id"), scope.shared_rows())
        self._create_view(f"{scope.name}.shared_rows", to_spark(files))
        for table in TABLES:
            self._create_view(f"{scope.name}.{table}", self._select(scope, table))

    def _select(self, scope: LakeScope, table: str) -> str:
        """Return the select of a table: Parquet files are read by views of their own, `..._own` and `..._shared`."""
        columns = ", ".join(_column(table, name) for name in table_columns(table))
        selects = []
        files = scope.files(table)
        for suffix, is_shared in (("own", False), ("shared", True)):
            paths = [self._location(file.key) for file in files.values() if file.shared == is_shared]
            if not paths:
                continue
            name = f"{scope.name}_{table}_{suffix}"
            with self._errors():
                frame = self._spark.read.schema(_schema(table)).parquet(*paths)
                if is_shared:
                    rows = self._spark.table(f"{scope.name}_shared_rows")
                    frame = frame.withColumn("file", frame["_metadata.file_name"])
                    frame = frame.join(rows, ["file", "source", "sync_id"], "left_semi")
                frame.createOrReplaceTempView(name)
            selects.append(f"select {columns} from {name}")
        if selects:
            return " union all ".join(selects)
        return _no_rows(table)

    def _select_decisions(self, decisions: DecisionFiles) -> str:
        if not decisions.keys:
            return _no_rows(DECISIONS)
        with self._errors():
            paths = [self._location(key) for key in decisions.keys]
            self._spark.read.schema(_schema(DECISIONS)).parquet(*paths).createOrReplaceTempView("decisions_own")
        return to_spark(f"select distinct * from decisions_own where {decided_by_then(decisions)}")

    def _location(self, key: str) -> str:
        location = self._store.location(key)
        if self._store.filesystem is None:
            return f"file://{location}"
        scheme, _, rest = location.partition("://")
        return f"{SPARK_SCHEMES.get(scheme, scheme)}://{rest}"

    def _create_view(self, name: str, select: str) -> None:
        self._views.add(name)
        with self._errors():
            self._spark.sql(f"create or replace temporary view {name.replace('.', '_')} as {select}")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except ConfigError:
            raise
        except Exception as error:
            text = "\n".join(str(error).strip().splitlines()[:MOST_LINES])
            if is_damage(str(error)) or "FAILED_READ_FILE" in str(error):
                raise damaged_lake(self._store.url, text) from error
            raise ConfigError(f"Spark cannot run the SQL: {text}", hint="Compare with --engine duckdb.") from error


def open_spark(master: str = "") -> SparkSession:
    """Return the Spark session of this process. Raises FileError without pyspark or Java."""
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - not part of an extra
    except ImportError:
        raise FileError(
            "The engine spark needs the package pyspark, which is not installed.",
            hint="Install it: pip install pyspark. It also needs Java 17 or later.",
        ) from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # tasks run on the Python of this process
    builder = SparkSession.builder.appName("connector-host lake")
    if master.startswith("sc://"):
        _check_server(master)
        builder = builder.remote(master)
    else:
        builder = builder.master(master or LOCAL).config("spark.ui.enabled", "false")
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        builder = builder.config("spark.sql.shuffle.partitions", "4").config("spark.log.level", "ERROR")
    try:
        session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
        session.conf.set("spark.sql.session.timeZone", "UTC")
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise FileError(
            f"Spark cannot be started: {reason}",
            hint="Install Java 17 or later (JAVA_HOME), or check the URL of the Spark Connect server.",
        ) from error
    return session


def _check_server(url: str) -> None:
    """Raise FileError for a server that does not listen: pyspark itself would try for many minutes."""
    try:
        parts = urlsplit(url)
        socket.create_connection((parts.hostname or "", parts.port or CONNECT_PORT), timeout=PATIENCE).close()
    except (OSError, ValueError) as error:
        raise FileError(
            f"The Spark Connect server {url} cannot be reached: {error}",
            hint="Start it with Spark's start-connect-server.sh, or check host and port.",
        ) from error


def _column(table: str, name: str) -> str:
    if (table, name) == ("grants", "grant_id"):
        return "coalesce(grant_id, concat(entitlement, ':', principal_type, ':', principal)) as grant_id"
    return name


def _no_rows(table: str) -> str:
    """Return a select of the columns of a table without rows."""
    empty = (f"cast(null as {SQL_TYPES[word]}) as {name}" for name, word in table_columns(table).items())
    return f"select {', '.join(empty)} where false"


def _schema(table: str) -> str:
    """Return the schema as text: files are not opened to infer it."""
    return ", ".join(f"{name} {SQL_TYPES[word]}" for name, word in table_columns(table).items())


def _plain(value: Any) -> Any:
    """Return a value as DuckDB returns it: Spark's times are without a zone, in that of this process."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value
