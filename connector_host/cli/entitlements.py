"""`connector-host entitlements`: what can be held on the resources in a file."""

from __future__ import annotations

import click

from ..output.answer import listing
from ..query.listings import entitlements
from ..query.objects import Objects
from .reading import reads, show, viewed
from .shapes import entitlement_table, matching, needs_type

__all__ = ["command"]


@click.command(name="entitlements")
@click.option("-t", "--resource-type", metavar="TYPE", default="", help="Only on resources of this type, by its id.")
@click.option("-r", "--resource", metavar="ID", help="Only on this resource of that type.")
@click.option("--text", metavar="TEXT", help="Only those whose name or id contains this.")
@reads
def command(
    *, resource_type: str, resource: str | None, text: str | None, file: str | None, form: str, sync_id: str | None
) -> None:
    """List what can be held on the resources in a c1z file: memberships, roles, permissions."""
    needs_type(resource_type, resource)
    with viewed(file, sync_id) as reading:
        view, objects = reading.view, Objects(reading.view)
        wanted = matching(text)
        found = (item for item in entitlements(view, objects, resource_type or None, resource) if wanted(item.object))
        table = entitlement_table(lambda: found)
        show(listing(table, "entitlements", lambda: (item.json for item in found)), form)
