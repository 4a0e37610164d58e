"""`connector-host entitlements`: what can be held on the resources in a file."""

from __future__ import annotations

import functools

import click

from ....output.document import listing
from ....query.listings import entitlements
from ....query.lookup.object_cache import SyncObjects
from ...filter_options import order_options, text_option
from ...listing_tables import entitlement_table, needs_type
from ...output_option import OutputFormat
from ...read_command import reads, viewed

__all__ = ["command"]


@click.command(name="entitlements")
@click.option("-t", "--resource-type", metavar="TYPE", default="", help="Only on resources of this type, by its id.")
@click.option("-r", "--resource", metavar="ID", help="Only on this resource of that type.")
@text_option("its or its resource's name, slug, id")
@click.option("--privileged", is_flag=True, help="Only those whose name or slug says that they are privileged.")
@click.option("--unheld", is_flag=True, help="Only those that nobody holds.")
@click.option("--missing", is_flag=True, help="Those that grants name and the file lacks.")
@order_options("resource", "name", "slug", "holders")
@reads
def command(
    *,
    resource_type: str,
    resource: str | None,
    text: str,
    privileged: bool,
    unheld: bool,
    missing: bool,
    sort: str | None,
    desc: bool,
    file: str | None,
    output: OutputFormat,
    sync_id: str | None,
) -> None:
    """List what can be held on the resources in a c1z file: memberships, roles, permissions.

    Filtered, they come by their resource's name; `--sort holders` is by how many grants there are of them.
    """
    needs_type(resource_type, resource)
    with viewed(file, sync_id) as reading:
        view, objects = reading.view, SyncObjects(reading.view)
        if text or privileged or unheld or missing or sort or desc:
            from ....index.object_search import EntitlementFilter  # noqa: PLC0415 - only where it is needed
            from ....query.filtered_listings import filtered_entitlements  # noqa: PLC0415

            where = EntitlementFilter(
                text=text, type=resource_type or None, privileged=privileged, unheld=unheld, missing=missing
            )
            items = functools.partial(
                filtered_entitlements, view, objects, where, resource=resource, sort=sort or "", descending=desc
            )
        else:
            items = functools.partial(entitlements, view, objects, resource_type or None, resource)
        table = entitlement_table(items)
        output.show(listing(table, "entitlements", lambda: (item.json for item in items())))
