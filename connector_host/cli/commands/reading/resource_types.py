"""`connector-host resource-types`: the kinds of resources in a file."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ....c1z.types import View
from ....output.document import Row, TablePart, listing
from ....query.listings import resource_types
from ....wire import decode
from ...output_option import OutputFormat
from ...read_command import reads, viewed

__all__ = ["command"]


@click.command(name="resource-types")
@reads
def command(file: str | None, output: OutputFormat, sync_id: str | None) -> None:
    """List the kinds of resources in a c1z file."""
    with viewed(file, sync_id) as reading:
        view = reading.view
        table = TablePart(("Name", "Traits", "ID"), lambda: _rows(view))
        output.show(listing(table, "resourceTypes", lambda: (item.json for item in resource_types(view))))


def _rows(view: View) -> Iterator[Row]:
    for item in resource_types(view):
        traits = decode.resource_type(item.object.data or b"").traits
        yield item.object.name, ", ".join(trait.name.lower() for trait in traits), item.object.id
