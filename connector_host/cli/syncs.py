"""`connector-host syncs`: the syncs in a file, finished or not."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ..c1z.store import SyncRun
from ..output.answer import Row, Table, json_bytes, listing
from ..query.runs import duration, sync_json
from .reading import file_option, opened, output_option, show
from .words import duration as in_words

__all__ = ["command"]


@click.command(name="syncs")
@file_option
@output_option
def command(file: str | None, form: str) -> None:
    """List the syncs in a c1z file, in the order they were begun."""
    with opened(file) as store:
        syncs = store.syncs()
    table = Table(("ID", "Type", "Started", "Ended", "Took", "Parent"), lambda: map(_row, syncs))
    show(listing(table, "syncs", lambda: _items(syncs)), form)


def _row(sync: SyncRun) -> Row:
    took = duration(sync)
    shown = "" if took is None else in_words(took)
    return sync.id, sync.type, _seconds(sync.started_at), _seconds(sync.ended_at) or "unfinished", shown, sync.parent_id


def _seconds(time: str) -> str:
    """A time to the second: the fraction is in the other formats."""
    whole, dot, _ = time.partition(".")
    return f"{whole}Z" if dot and time.endswith("Z") else time


def _items(syncs: list[SyncRun]) -> Iterator[bytes]:
    for sync in syncs:
        yield json_bytes(sync_json(sync))
