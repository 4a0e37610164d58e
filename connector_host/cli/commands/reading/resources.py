"""`connector-host resources`: the resources in a file."""

from __future__ import annotations

import functools

import click

from ....query.listings import resources
from ....query.lookup.object_cache import SyncObjects
from ...filter_options import order_options, text_option
from ...listing_tables import resource_listing
from ...output_option import OutputFormat
from ...read_command import reads, viewed

__all__ = ["command"]


@click.command(name="resources")
@click.option("-t", "--resource-type", metavar="TYPE", default="", help="Only resources of this type, by its id.")
@text_option("name, id or e-mail address")
@click.option("--missing", is_flag=True, help="Those that grants name and the file lacks.")
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

    Filtered, they come by name; `--sort holders` is by how many grants there are on them, `held` by how many they hold.
    """
    with viewed(file, sync_id) as reading:
        view, objects = reading.view, SyncObjects(reading.view)
        if text or missing or sort or desc:
            from ....index.object_search import ResourceFilter  # noqa: PLC0415 - only where it is needed
            from ....query.filtered_listings import filtered_resources  # noqa: PLC0415

            where = ResourceFilter(text=text, type=resource_type or None, missing=missing)
            items = functools.partial(filtered_resources, view, objects, where, sort=sort or "", descending=desc)
        else:
            items = functools.partial(resources, view, objects, resource_type or None)
        output.show(resource_listing(items))
