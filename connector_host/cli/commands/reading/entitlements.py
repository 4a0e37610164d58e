"""`connector-host entitlements`: the entitlements on the resources in a file."""

from __future__ import annotations

import click

from ....index.object_search import NO_LIMIT, EntitlementFilter, RowWindow
from ....query.listing.listing_columns import ENTITLEMENT_COLUMNS, shown_columns
from ....query.listing.listings import list_entitlements, open_listing
from ....query.lookup.filter_names import find_grant_filter
from ...filter_options import order_options, text_option
from ...listing_tables import check_resource_option, show_listing
from ...output_option import OutputFormat
from ...read_command import reads, viewed
from ...rules_option import mark_of, rules_option

__all__ = ["command"]


@click.command(name="entitlements")
@click.option("-t", "--resource-type", metavar="TYPE", default="", help="Only on resources of this type, by its id.")
@click.option("-r", "--resource", metavar="ID", help="Only on this resource: TYPE:ID, or its id or name.")
@text_option("its or its resource's name, slug or id")
@click.option("--privileged", is_flag=True, help="Only entitlements that a rule, or their name, marks as privileged.")
@click.option("--unheld", is_flag=True, help="Only entitlements without grants.")
@click.option("--missing", is_flag=True, help="Only entitlements that grants name and the file lacks.")
@order_options("resource", "name", "slug", "holders")
@rules_option
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
    rules: str | None,
    file: str | None,
    output: OutputFormat,
    sync_id: str | None,
) -> None:
    """List the entitlements in a c1z file: memberships, roles, permissions.

    With a filter or an order, rows come by the name of their resource, and tables also show how many grants each has;
    `--sort holders` sorts by that number.
    """
    check_resource_option(resource)
    with viewed(file, sync_id, lists_access=True) as reading:
        view = reading.view
        named = find_grant_filter(view, resource_type=resource_type or None, resource=resource)
        with_index = bool(text or privileged or unheld or missing or sort or desc)
        where = EntitlementFilter(
            text=text,
            type=named.resource_type,
            privileged=privileged,
            unheld=unheld,
            missing=missing if with_index else None,
        )
        page = RowWindow(sort or "", desc, limit=NO_LIMIT)
        with open_listing(view, with_index=with_index, mark=mark_of(view, rules)) as source:
            show_listing(
                output,
                shown_columns(ENTITLEMENT_COLUMNS, counted=with_index),
                "entitlements",
                lambda: list_entitlements(source, where, page, named.resource),
                view=view,
                noun="entitlements",
            )
