"""The engine of a question, and what it is asked about: the scopes, the mapping file, the rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from ...errors import ConfigError
from ..access_decisions import DecisionFiles, decision_keys
from ..lake_catalog import Lake
from ..object_store import ObjectStore
from ..result_table import source_notes
from ..sync_commits import SyncCommit
from .duckdb_engine import NO_DECISIONS, DuckDBEngine
from .lake_views import LakeScope, PersonMapping, QueryResult

__all__ = ["LakeEngine", "LakeReading", "open_engine", "open_reading", "spark_master"]

ENGINES = ("duckdb", "spark")


class LakeEngine(Protocol):
    """An engine with the views of a lake. `query` takes the dialect of DuckDB."""

    def query(self, sql: str) -> QueryResult:
        """Run a statement of the program. Raises FileError for files that are missing or damaged."""

    def query_of_person(self, sql: str) -> QueryResult:
        """Run the SQL of a person, which can only read the views. Raises ConfigError."""

    def close(self) -> None:
        """Release what the engine holds."""


class LakeReading(Struct, frozen=True):
    """An engine, the syncs that `current` holds, every sync, and the notes on ages and gaps."""

    engine: LakeEngine
    commits: tuple[SyncCommit, ...]
    history: tuple[SyncCommit, ...]
    notes: tuple[str, ...]
    mappings: tuple[PersonMapping, ...] = ()


@contextmanager
def open_engine(
    name: str,
    store: ObjectStore,
    scopes: Sequence[LakeScope],
    mappings: Sequence[PersonMapping] = (),
    decisions: DecisionFiles = NO_DECISIONS,
) -> Iterator[LakeEngine]:
    """Open an engine: `duckdb`, `spark`, or the URL of a Spark Connect server (`sc://HOST`)."""
    engine: LakeEngine
    if name == "duckdb":
        engine = DuckDBEngine(store, scopes, mappings=mappings, decisions=decisions)
    else:
        master = spark_master(name)
        from .spark_engine import SparkEngine  # noqa: PLC0415 - needs pyspark

        engine = SparkEngine(store, scopes, master=master, mappings=mappings, decisions=decisions)
    try:
        yield engine
    finally:
        engine.close()


def spark_master(name: str) -> str:
    """Return the master of Spark that an engine's name means, empty for the local default. Raises ConfigError."""
    if name == "spark":
        return ""
    if name.startswith(("sc://", "local[", "spark://", "yarn", "k8s://")):
        return name
    raise ConfigError(
        f"There is no engine {name!r}.",
        hint=f"The engines are {', '.join(ENGINES)}, and Spark by its URL (sc://HOST, local[4]).",
    )


@contextmanager
def open_reading(
    lake: Lake,
    *,
    engine: str = "duckdb",
    moment: datetime | None = None,
    mappings: Sequence[PersonMapping] = (),
) -> Iterator[LakeReading]:
    """Open a lake with `current` (of a moment, if specified) and `history`."""
    commits = tuple(lake.current(moment))
    history = tuple(commit for commit in lake.commits if moment is None or commit.end <= moment)
    scopes = (LakeScope("current", commits), LakeScope("history", history))
    decisions = DecisionFiles(tuple(decision_keys(lake)), moment)
    with open_engine(engine, lake.store, scopes, mappings, decisions) as opened:
        yield LakeReading(opened, commits, history, source_notes(list(commits)), tuple(mappings))
