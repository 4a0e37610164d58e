"""Filling of a lake by Spark: one file a task, so that many machines add at once.

Every machine needs connector-host with the extra `lake`, and sees the files and the lake under the same names.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from ...errors import ConnectorHostError
from ..file_adding import add_file, open_lake_for_adding
from ..sync_commits import SyncCommit
from .spark_engine import open_spark

__all__ = ["FileResult", "add_with_spark"]


class FileResult(Struct, frozen=True, kw_only=True):
    """The result of one file: its syncs with `added`, `present` or `replaced` each, or the error and its hint."""

    file: str
    syncs: tuple[tuple[SyncCommit, str], ...] = ()
    error: str = ""
    hint: str = ""


def add_with_spark(
    place: str, files: Sequence[str], *, master: str, source: str | None, replace_existing: bool
) -> list[FileResult]:
    """Add files to a lake, one a task; a file that fails does not stop the others."""
    if "://" not in place:  # the processes of Spark have working directories of their own
        place = str(Path(place).expanduser().resolve())
    open_lake_for_adding(place)
    spark = open_spark(master)
    paths = list(files)

    def add_one(number: int) -> str:
        return _add(place, paths[number], source, replace_existing=replace_existing).decode()

    from pyspark.sql.functions import udf  # noqa: PLC0415 - not part of an extra

    frame = spark.range(0, len(paths), 1, numPartitions=len(paths))
    rows = frame.select(udf(add_one, "string", useArrow=False)("id")).collect()
    return [msgspec.json.decode(row[0], type=FileResult) for row in rows]


def _add(place: str, file: str, source: str | None, *, replace_existing: bool) -> bytes:
    try:
        lake = open_lake_for_adding(place)
        added = add_file(lake, Path(file), source=source, replace_existing=replace_existing)
        result = FileResult(file=file, syncs=tuple((sync.commit, sync.outcome) for sync in added))
    except ConnectorHostError as error:
        result = FileResult(file=file, error=error.message, hint=error.hint)
    return msgspec.json.encode(result)
