"""`connector-host principals`: who holds grants; `principals compare`: who holds only one of two entitlements."""

from __future__ import annotations

import click

from ..query.listings import principals
from ..query.objects import Objects
from .compare import compare
from .reading import reads, show, viewed
from .shapes import grant_filter, matching, resource_listing, scope_options

__all__ = ["command"]


@click.group(name="principals", invoke_without_command=True)
@scope_options
@click.option("--text", metavar="TEXT", help="Only those whose name or id contains this.")
@reads
@click.pass_context
def command(
    ctx: click.Context,
    *,
    resource_type: str | None,
    resource: str | None,
    entitlement: str | None,
    text: str | None,
    file: str | None,
    form: str,
    sync_id: str | None,
) -> None:
    """List those who hold grants in a c1z file: of an entitlement, on a resource, or any."""
    if ctx.invoked_subcommand is not None:
        return
    where = grant_filter(resource_type, resource, entitlement)
    with viewed(file, sync_id) as reading:
        view, objects = reading.view, Objects(reading.view)
        wanted = matching(text)
        found = (item for item in principals(view, objects, where) if wanted(item.object))
        show(resource_listing(lambda: found), form)


command.add_command(compare)
