"""`connector-host principals`: who holds grants; `principals compare`: who holds only one of two entitlements."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import click

from ....c1z.types import GrantFilter, View
from ....query.listings import ListedResource, principals
from ....query.lookup.object_cache import SyncObjects
from ...filter_options import HOLDING, order_options, state_option, text_option
from ...listing_tables import grant_filter, resource_listing, scope_options
from ...output_option import OutputFormat
from ...read_command import reads, viewed
from .principals_compare import compare

__all__ = ["command"]

ACCOUNTS = ("guest", "service", "system")


@click.group(name="principals", invoke_without_command=True)
@scope_options
@text_option("name, id or e-mail address")
@click.option("--principal-type", metavar="TYPE", help="Only those of this resource type, by its id.")
@state_option("those")
@click.option("--account", type=click.Choice(ACCOUNTS), help="Only accounts of this kind.")
@click.option(
    "--holding", type=click.Choice(HOLDING), default="some", help="Who: those that hold some, none, or all there are."
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
    holding: str,
    sort: str | None,
    desc: bool,
    file: str | None,
    output: OutputFormat,
    sync_id: str | None,
) -> None:
    """List those who hold grants in a c1z file: of an entitlement, on a resource, or any.

    Filtered, they come by name. `--holding none` turns it round: everything that holds none of these grants.
    """
    if ctx.invoked_subcommand is not None:
        return
    where = grant_filter(resource_type, resource, entitlement)
    given = {"text": text, "type": principal_type, "state": state, "account": account}
    with viewed(file, sync_id) as reading:
        view, objects = reading.view, SyncObjects(reading.view)
        if any(given.values()) or holding != "some" or sort or desc:
            items = functools.partial(_filtered, view, objects, where, given, holding, sort or "", descending=desc)
        else:
            items = functools.partial(principals, view, objects, where)
        output.show(resource_listing(items))


def _filtered(
    view: View,
    objects: SyncObjects,
    grants: GrantFilter,
    given: dict[str, str | None],
    holding: str,
    sort: str,
    *,
    descending: bool,
) -> Iterator[ListedResource]:
    from ....index.object_search import ResourceFilter  # noqa: PLC0415 - only where it is needed
    from ....query.filtered_listings import filtered_resources  # noqa: PLC0415

    where = ResourceFilter(
        text=given["text"] or "",
        type=given["type"],
        state=given["state"],
        account=given["account"],
        only="principals" if holding == "some" else "",
        unused=holding == "none",
    )
    return filtered_resources(view, objects, where, sort=sort, descending=descending, grants=grants)


command.add_command(compare)
