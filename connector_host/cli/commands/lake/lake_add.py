"""`connector-host lake add`: add the syncs of c1z files to a lake."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click

from ....errors import ConfigError, ConnectorHostError
from ....lake.file_adding import add_file, open_lake_for_adding
from ....lake.result_table import LakeColumn, LakeTable
from ....lake.sync_commits import SyncCommit
from ...lake_option import lake_option, lake_place, show_lake_table
from ...output_option import OutputFormat, output_option

__all__ = ["add"]

COLUMNS = (
    LakeColumn("file", "File"),
    LakeColumn("source", "Source"),
    LakeColumn("sync", "Sync"),
    LakeColumn("ended", "Ended", secondary=True),
    LakeColumn("result", "Result"),
    LakeColumn("resources", "Resources", number=True, secondary=True),
    LakeColumn("grants", "Grants", number=True),
    LakeColumn("bytes", "Bytes", number=True),
)

log = logging.getLogger(__name__)


class _AddingReport:
    """The rows of the files that were added, and the messages of those that were not."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.failures = 0

    def add(self, file: str, commit: SyncCommit, outcome: str) -> None:
        """Note a sync."""
        counts = commit.counts.get("resources", 0), commit.counts.get("grants", 0)
        self.rows.append((file, commit.source, commit.sync_id, commit.end, outcome, *counts, commit.size))

    def fail(self, message: str, hint: str) -> None:
        """Log the error of a file."""
        self.failures += 1
        log.error("%s. %s", message.rstrip("."), hint)


@click.command(name="add")
@click.argument("files", nargs=-1, required=True, metavar="FILES")
@lake_option
@click.option(
    "--source", metavar="NAME", help="The name of the application and account. [default: connector and account]"
)
@click.option("--sync-id", "--sync", "sync_id", metavar="ID", help="Add this sync only. [default: all full ones]")
@click.option("--replace", is_flag=True, help="Write syncs that the lake holds again.")
@click.option(
    "--engine", metavar="ENGINE", help="Add with Spark, one file a task: spark, or its URL (sc://HOST, local[4])."
)
@output_option
def add(
    *,
    files: tuple[str, ...],
    lake: str | None,
    source: str | None,
    sync_id: str | None,
    replace: bool,
    engine: str | None,
    output: OutputFormat,
) -> None:
    """Add the finished full syncs of the c1z files FILES to a lake, which is created if it does not exist.

    A sync that the lake holds is left alone, so that the same command can be repeated. A file that cannot be added is
    reported, the others are added all the same.
    """
    report = _AddingReport()
    if engine is not None:
        if sync_id is not None:
            raise ConfigError("--sync-id and --engine exclude each other.", hint="Leave one of them out.")
        _add_with_spark(report, lake_place(lake), files, engine, source, replace=replace)
    else:
        _add_here(report, lake_place(lake), files, source, sync_id, replace=replace)
    show_lake_table(output, LakeTable(key="added", columns=COLUMNS, rows=report.rows))
    if report.failures:
        raise ConfigError(
            f"{report.failures:,} of {len(files):,} files could not be added.", hint="The messages above say why."
        )


def _add_here(
    report: _AddingReport, place: str, files: tuple[str, ...], source: str | None, sync_id: str | None, *, replace: bool
) -> None:
    opened = open_lake_for_adding(place)
    for file in files:
        try:
            added = add_file(opened, Path(file), source=source, sync_id=sync_id, replace_existing=replace)
        except ConnectorHostError as error:
            if len(files) == 1:
                raise
            report.fail(error.message, error.hint)
            continue
        for sync in added:
            report.add(file, sync.commit, sync.outcome)


def _add_with_spark(
    report: _AddingReport, place: str, files: tuple[str, ...], engine: str, source: str | None, *, replace: bool
) -> None:
    from ....lake.engines.engine_choice import spark_master  # noqa: PLC0415 - only for this engine
    from ....lake.engines.spark_adding import add_with_spark  # noqa: PLC0415

    paths = [file if "://" in file else str(Path(file).resolve()) for file in files]
    results = add_with_spark(place, paths, master=spark_master(engine), source=source, replace_existing=replace)
    for result in results:
        if result.error:
            report.fail(result.error, result.hint)
        for commit, outcome in result.syncs:
            report.add(result.file, commit, outcome)
