"""`connector-host convert`: write a sync of a c1z file in the other format."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from ....c1z.opening import open_store
from ....query.sync_selection import choose_sync
from ...read_command import sync_option
from ...terminal.number_text import size

__all__ = ["command"]

log = logging.getLogger(__name__)


@click.command(name="convert")
@click.argument("file", metavar="FILE")
@click.argument("out", metavar="OUT")
@click.option(
    "--to", type=click.Choice(("v1", "v3")), required=True, help="Write OUT in this format: v1 (SQLite), v3 (Pebble)."
)
@sync_option
def command(*, file: str, out: str, to: str, sync_id: str | None) -> None:
    """Write one sync of the c1z file FILE to OUT, a new file of the other format.

    Data that the format cannot hold is reported on standard error. FILE does not change.
    """
    from ....c1z.publish.conversion import convert  # noqa: PLC0415 - SQLite and protobuf
    from ....wire.v3.format_losses import lost_notes  # noqa: PLC0415

    path = Path(file)
    with open_store(path) as store:
        choice = choose_sync(store, sync_id)
    if choice.note:
        log.warning("%s", choice.note)
    result = convert(path, Path(out), to, choice.sync.id)
    for note in lost_notes(result.lost, every=True):
        log.warning("%s", note)
    for omitted in result.omitted_syncs:
        log.warning("A file of format v3 holds one sync: %s was left out.", omitted)
    if to == "v3":
        log.warning("The objects are sorted by their keys; the order in which they were read is lost.")
    click.echo(f"sync {choice.sync.id} of {file} converted to format {to}; wrote {out} ({size(result.size)})")
