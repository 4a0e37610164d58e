"""`connector-host resource-types`: the resource types of a file."""

from __future__ import annotations

import functools

import click

from ....query.listing.listing_columns import TYPE_COLUMNS
from ....query.listing.listings import list_resource_types
from ...listing_tables import listing_document
from ...output_option import OutputFormat
from ...read_command import reads, viewed

__all__ = ["command"]


@click.command(name="resource-types")
@reads
def command(file: str | None, output: OutputFormat, sync_id: str | None) -> None:
    """List the resource types in a c1z file."""
    with viewed(file, sync_id) as reading:
        rows = functools.partial(list_resource_types, reading.view)
        output.show(listing_document(TYPE_COLUMNS, "resourceTypes", rows))
