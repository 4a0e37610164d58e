"""`connector-host grants`: who holds what."""

from __future__ import annotations

import functools

import click
from msgspec.structs import replace

from ....output.document import listing
from ....query.listings import grants
from ....query.lookup.object_cache import SyncObjects
from ....query.lookup.principal_names import find_principal
from ...filter_options import order_options, state_option, text_option
from ...listing_tables import grant_filter, grant_table, scope_options
from ...output_option import OutputFormat
from ...read_command import reads, viewed

__all__ = ["command"]


@click.command(name="grants")
@scope_options
@click.option("-p", "--principal", metavar="WHO", help="Only those of this principal: its id, e-mail address or name.")
@text_option("the principal's, entitlement's or resource's name, id, slug or address")
@click.option("--privileged", is_flag=True, help="Only of privileged entitlements, by their names.")
@state_option("those of principals")
@order_options("who", "what")
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
    sort: str | None,
    desc: bool,
    file: str | None,
    output: OutputFormat,
    sync_id: str | None,
) -> None:
    """List the grants in a c1z file: who holds what, also what they hold through groups.

    --text is not sought in what -p, -e or -r name already. Filtered, they come by the principal's name; with -p, or
    with `--sort what`, by the resource's and the entitlement's.
    """
    where = grant_filter(resource_type, resource, entitlement)
    with viewed(file, sync_id) as reading:
        view, objects = reading.view, SyncObjects(reading.view)
        if principal is not None:
            where = replace(where, principal=find_principal(view, principal).id)
        if text or privileged or state or sort or desc:
            from ....query.filtered_listings import filtered_grants  # noqa: PLC0415 - only where it is needed

            items = functools.partial(
                filtered_grants,
                *(view, objects, where),
                text=text,
                privileged=privileged,
                state=state,
                sort=sort or "",
                descending=desc,
            )
        else:
            items = functools.partial(grants, view, objects, where)
        table = grant_table(lambda: items(json=False))
        output.show(listing(table, "grants", lambda: (item.json for item in items(json=True))))
