"""`connector-host resources`: the resources in a file."""

from __future__ import annotations

import click

from ....index.object_search import NO_LIMIT, ResourceFilter, RowWindow
from ....query.listing.listing_columns import RESOURCE_COLUMNS, shown_columns
from ....query.listing.listings import list_resources, open_listing
from ....query.lookup.filter_names import find_resource_type
from ...filter_options import order_options, text_option
from ...listing_tables import show_listing
from ...output_option import OutputFormat
from ...read_command import reads, viewed

__all__ = ["command"]


@click.command(name="resources")
@click.option("-t", "--resource-type", metavar="TYPE", default="", help="Only resources of this type, by its id.")
@text_option("name, id or e-mail address")
@click.option("--missing", is_flag=True, help="Only resources that grants name and the file lacks.")
@order_options("name", "type", "id", "holders", "held", "mail")
@reads
def command(
    *,
    resource_type: str,
    text: str,
    missing: bool,
    sort: str | None,
    desc: bool,
    file: str | None,
    output: OutputFormat,
    sync_id: str | None,
) -> None:
    """List the resources in a c1z file: users, groups, roles, whatever the connector found.

    With a filter or an order, rows come by name, and tables also show how many grants there are on each resource and
    how many it holds; `--sort holders` and `--sort held` sort by these numbers.
    """
    with viewed(file, sync_id) as reading:
        view = reading.view
        type_id = find_resource_type(view, resource_type) if resource_type else None
        with_index = bool(text or missing or sort or desc)
        where = ResourceFilter(text=text, type=type_id, missing=missing if with_index else None)
        page = RowWindow(sort or "", desc, limit=NO_LIMIT)
        with open_listing(view, with_index=with_index) as source:
            show_listing(
                output,
                shown_columns(RESOURCE_COLUMNS, counted=with_index),
                "resources",
                lambda: list_resources(source, where, page),
                view=view,
                noun="resources",
            )
