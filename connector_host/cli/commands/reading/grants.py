"""`connector-host grants`: the grants in a file."""

from __future__ import annotations

from functools import partial

import click

from ....index.grant_search import IndexedGrantFilter
from ....index.object_search import NO_LIMIT, RowWindow
from ....query.listing.listing_columns import ACCESS_COLUMNS, grant_columns
from ....query.listing.listings import grants_as_json, list_access_rows, list_grants, open_listing
from ....query.lookup.filter_names import find_grant_filter
from ...filter_options import order_options, state_option, text_option
from ...listing_tables import GrantScope, scope_options, show_listing
from ...output_option import OutputFormat
from ...read_command import reads, viewed
from ...rules_option import mark_of, rules_option

__all__ = ["command"]


@click.command(name="grants")
@scope_options
@click.option("-p", "--principal", metavar="WHO", help="Only grants of this principal: its id, e-mail address or name.")
@text_option("the name, id, slug or address of the principal, entitlement or resource")
@click.option("--privileged", is_flag=True, help="Only grants that a rule, or their name, marks as privileged.")
@state_option("grants of principals")
@click.option("--by-resource", is_flag=True, help="One row for each principal and resource, with all it holds there.")
@order_options("who", "what")
@rules_option
@reads
def command(
    *,
    resource_type: str | None,
    resource: str | None,
    entitlement: str | None,
    principal: str | None,
    text: str,
    privileged: bool,
    state: str | None,
    by_resource: bool,
    sort: str | None,
    desc: bool,
    rules: str | None,
    file: str | None,
    output: OutputFormat,
    sync_id: str | None,
) -> None:
    """List the grants in a c1z file, direct ones and those inherited through groups.

    --text does not search what -p, -e or -r name already. With a filter or an order, rows come by the name of the
    principal; with -p, or with `--sort what`, by the names of the resource and the entitlement. With --by-resource
    there is one row for each principal and resource: what it holds there, directly or through groups.
    """
    scope = GrantScope(resource_type, resource, entitlement, principal)
    scope.check()
    with viewed(file, sync_id, lists_access=True) as reading:
        view = reading.view
        where = find_grant_filter(view, **scope.names())
        conditions = IndexedGrantFilter(text=text, privileged=privileged, state=state)
        page = RowWindow(sort or "", desc, limit=NO_LIMIT)
        with_index = bool(by_resource or text or privileged or state or sort or desc)
        with open_listing(view, with_index=with_index, grants=where, mark=mark_of(view, rules)) as source:
            if by_resource:
                rows = partial(list_access_rows, source, where, conditions, page)
                show_listing(output, ACCESS_COLUMNS, "access", rows, view=view, noun="grants")
                return
            show_listing(
                output,
                grant_columns(),
                "grants",
                lambda: list_grants(source, where, conditions, page),
                view=view,
                noun="grants",
                pieces=None if with_index else lambda: grants_as_json(source, where),
            )
