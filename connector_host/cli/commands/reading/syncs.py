"""`connector-host syncs`: the syncs in a file, finished or not."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import click

from ....c1z.types import SyncRun
from ....errors import PreconditionError
from ....output.document import Row, TablePart, json_bytes, listing
from ....query.sync_json import sync_json, sync_seconds
from ....sync.working.folder import WorkFolder
from ....sync.working.status import glance
from ...output_option import OutputFormat, output_option
from ...read_command import file_of, file_option, opened
from ...terminal.number_text import count, duration

__all__ = ["command"]

log = logging.getLogger(__name__)


@click.command(name="syncs")
@file_option
@output_option
def command(file: str | None, output: OutputFormat) -> None:
    """List the syncs in a c1z file, in the order in which they started.

    A run into the file that has not ended is reported on standard error.
    """
    _report_unfinished(file_of(file))
    with opened(file) as store:
        syncs = store.syncs()
    columns = ("ID", "Type", "Started", "Ended", "Took", "Parent")
    table = TablePart(columns, lambda: map(_row, syncs), droppable=("Parent", "Took"))
    output.show(listing(table, "syncs", lambda: _items(syncs)))


def _row(sync: SyncRun) -> Row:
    seconds = sync_seconds(sync)
    took = "" if seconds is None else duration(seconds)
    ended = _to_the_second(sync.ended_at) or "unfinished"
    return sync.id, sync.type, _to_the_second(sync.started_at), ended, took, sync.parent_id


def _to_the_second(text: str) -> str:
    """Return a time without its fraction, which the other formats have."""
    time_of_day, dot, _fraction = text.partition(".")
    return f"{time_of_day}Z" if dot and text.endswith("Z") else text


def _items(syncs: list[SyncRun]) -> Iterator[bytes]:
    for sync in syncs:
        yield json_bytes(sync_json(sync))


def _report_unfinished(output: Path) -> None:
    """Log the run whose working folder lies beside the file: it is running, or can be resumed."""
    folder = WorkFolder(output.resolve())
    try:
        state = folder.state()
    except PreconditionError as error:
        log.warning("%s", error)
        return
    if state is None:
        return
    fields = {"connector": state.connector, "account": state.account, "sync_id": state.sync_id}
    account = f" ({state.account})" if state.account else ""
    age = duration(max(0.0, time.time() - state.created))
    log.info(
        "A sync of %s%s into this file, started %s ago, has not ended: %s. Run the same command again to resume it.",
        *(state.connector, account, age, _progress(folder.database)),
        extra=fields,
    )


def _progress(database: Path) -> str:
    status = glance(database)
    if status is None:
        return "its rows cannot be read at this moment"
    if status.remaining is None:
        return "everything is read, only the file is to be written"
    rows = ", ".join(count(number, table.replace("_", " ")) for table, number in status.rows.items() if number)
    return f"it has stored {rows or 'nothing'} and has {count(status.remaining, 'listings')} waiting"
