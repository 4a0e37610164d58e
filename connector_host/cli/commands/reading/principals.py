"""`connector-host principals`: the holders of grants; `principals compare`: the holders of one of two entitlements."""

from __future__ import annotations

import click

from ....decoding.time_decoding import MOST_DAYS
from ....index.object_search import NO_LIMIT, ResourceFilter, RowWindow
from ....query.inactivity import inactive_users, require_sign_ins
from ....query.listing.listing_columns import PRINCIPAL_COLUMNS, shown_columns
from ....query.listing.listings import list_principals, list_resources, open_listing
from ....query.lookup.filter_names import find_grant_filter, find_principal_type
from ...filter_options import ACCOUNTS, HOLDING, order_options, state_option, text_option
from ...listing_tables import GrantScope, scope_options, show_listing
from ...output_option import OutputFormat
from ...read_command import reads, viewed
from .principals_compare import compare

__all__ = ["command"]


@click.group(name="principals", invoke_without_command=True)
@scope_options
@text_option("name, id or e-mail address")
@click.option("--principal-type", metavar="TYPE", help="Only principals of this resource type, by its id.")
@state_option("principals")
@click.option(
    "--inactive",
    type=click.IntRange(1, MOST_DAYS),
    metavar="DAYS",
    help="Only users who have not signed in for so many days before the sync, or never.",
)
@click.option("--account", type=click.Choice(ACCOUNTS), help="Only accounts of this kind.")
@click.option(
    "--holding",
    type=click.Choice(HOLDING),
    default="some",
    show_default=True,
    help="Principals that hold some of these grants, none of them (everything else), or all.",
)
@order_options("name", "type", "id", "held", "mail")
@reads
@click.pass_context
def command(
    ctx: click.Context,
    *,
    resource_type: str | None,
    resource: str | None,
    entitlement: str | None,
    text: str,
    principal_type: str | None,
    state: str | None,
    account: str | None,
    inactive: int | None,
    holding: str,
    sort: str | None,
    desc: bool,
    file: str | None,
    output: OutputFormat,
    sync_id: str | None,
) -> None:
    """List the principals that hold grants in a c1z file: of an entitlement, on a resource, or any.

    With a filter or an order, rows come by name, and tables also show how many of these grants each principal holds.
    """
    if ctx.invoked_subcommand is not None:
        return
    scope = GrantScope(resource_type, resource, entitlement)
    scope.check()
    with viewed(file, sync_id, lists_access=True) as reading:
        view = reading.view
        grants = find_grant_filter(view, **scope.names())
        where = ResourceFilter(
            text=text,
            type=find_principal_type(view, principal_type) if principal_type else None,
            state=state,
            account=account,
            only="principals" if holding == "some" else "",
            unused=holding == "none",
            inactive=inactive_users(view, inactive) if inactive else None,
        )
        page = RowWindow(sort or "", desc, limit=NO_LIMIT)
        with_index = where != ResourceFilter(only="principals") or bool(sort or desc)
        with open_listing(view, with_index=with_index, grants=grants) as source:
            require_sign_ins(view, source.index, inactive)
            show_listing(
                output,
                shown_columns(PRINCIPAL_COLUMNS, counted=with_index),
                "resources",
                lambda: list_resources(source, where, page) if with_index else list_principals(source, grants),
                view=view,
                noun="principals",
            )


command.add_command(compare)
