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
from ...terminal.number_text import count
from ...terminal.number_text import duration as in_words

__all__ = ["command"]

log = logging.getLogger(__name__)


@click.command(name="syncs")
@file_option
@output_option
def command(file: str | None, output: OutputFormat) -> None:
    """List the syncs in a c1z file, in the order they were begun.

    A run into the file that has not ended is told of on standard error.
    """
    _tell_of_unfinished(file_of(file))
    with opened(file) as store:
        syncs = store.syncs()
    table = TablePart(("ID", "Type", "Started", "Ended", "Took", "Parent"), lambda: map(_row, syncs))
    output.show(listing(table, "syncs", lambda: _items(syncs)))


def _row(sync: SyncRun) -> Row:
    took = sync_seconds(sync)
    shown = "" if took is None else in_words(took)
    return sync.id, sync.type, _seconds(sync.started_at), _seconds(sync.ended_at) or "unfinished", shown, sync.parent_id


def _seconds(time: str) -> str:
    """A time to the second: the fraction is in the other formats."""
    whole, dot, _ = time.partition(".")
    return f"{whole}Z" if dot and time.endswith("Z") else time


def _items(syncs: list[SyncRun]) -> Iterator[bytes]:
    for sync in syncs:
        yield json_bytes(sync_json(sync))


def _tell_of_unfinished(output: Path) -> None:
    """What lies in the working folder beside the file: a run that is under way, or can be taken up again."""
    folder = WorkFolder(output.resolve())
    try:
        state = folder.state()
    except PreconditionError as error:
        log.warning("%s", error)
        return
    if state is None:
        return
    fields = {"connector": state.connector, "account": state.account, "sync_id": state.sync_id}
    of = f" ({state.account})" if state.account else ""
    begun = in_words(max(0.0, time.time() - state.created))
    log.info(
        "A sync of %s%s into this file, begun %s ago, has not ended: %s. The same command again goes on with it.",
        *(state.connector, of, begun, _so_far(folder.database)),
        extra=fields,
    )


def _so_far(database: Path) -> str:
    found = glance(database)
    if found is None:
        return "its rows cannot be read at this moment"
    if found.left is None:
        return "everything is read, only the file is to be written"
    rows = ", ".join(count(number, kind.replace("_", " ")) for kind, number in found.rows.items() if number)
    return f"it has stored {rows or 'nothing'} and has {count(found.left, 'listings')} waiting"
