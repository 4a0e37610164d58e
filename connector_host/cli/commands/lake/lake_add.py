"""`connector-host lake add`: add the syncs of c1z files to a lake."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click

from ....errors import ConfigError, ConnectorHostError
from ....lake.file_adding import AddedSync, add_file, open_lake_for_adding
from ....lake.result_table import LakeColumn, LakeTable
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


@click.command(name="add")
@click.argument("files", nargs=-1, required=True, metavar="FILES")
@lake_option
@click.option(
    "--source", metavar="NAME", help="The name of the application and account. [default: connector and account]"
)
@click.option(
    "--sync-id", "--sync", "sync_id", metavar="ID", help="Add this sync only. [default: every finished full one]"
)
@click.option("--replace", is_flag=True, help="Write syncs that the lake holds again.")
@output_option
def add(
    *,
    files: tuple[str, ...],
    lake: str | None,
    source: str | None,
    sync_id: str | None,
    replace: bool,
    output: OutputFormat,
) -> None:
    """Add the finished full syncs of the c1z files FILES to a lake, which is created if it does not exist.

    A sync that the lake holds is left alone, so that the same command can be repeated. A file that cannot be added is
    reported, the others are added all the same.
    """
    if source is not None and sync_id is None and len({Path(file).resolve() for file in files}) > 1:
        log.info("All files are added to the source %s.", source)
    opened = open_lake_for_adding(lake_place(lake))
    rows: list[tuple[Any, ...]] = []
    failures: list[ConnectorHostError] = []
    for file in files:
        try:
            added = add_file(opened, Path(file), source=source, sync_id=sync_id, replace_existing=replace)
        except ConnectorHostError as error:
            if len(files) == 1:
                raise
            failures.append(error)
            log.error("%s. %s", error.message.rstrip("."), error.hint)
        else:
            rows += [_row(file, sync) for sync in added]
    show_lake_table(output, LakeTable(key="added", columns=COLUMNS, rows=rows))
    if failures:
        raise ConfigError(
            f"{len(failures):,} of {len(files):,} files could not be added.",
            hint="The messages above say why.",
        )


def _row(file: str, added: AddedSync) -> tuple[Any, ...]:
    commit = added.commit
    counts = commit.counts.get("resources", 0), commit.counts.get("grants", 0)
    return file, commit.source, commit.sync_id, commit.end, added.outcome, *counts, commit.size
