"""`connector-host resources`: the resources in a file."""

from __future__ import annotations

import click

from ..query.listings import resources
from ..query.objects import Objects
from .reading import reads, show, viewed
from .shapes import matching, resource_listing

__all__ = ["command"]


@click.command(name="resources")
@click.option("-t", "--resource-type", metavar="TYPE", default="", help="Only resources of this type, by its id.")
@click.option("--text", metavar="TEXT", help="Only those whose name or id contains this.")
@reads
def command(resource_type: str, text: str | None, file: str | None, form: str, sync_id: str | None) -> None:
    """List the resources in a c1z file: users, groups, roles, whatever the connector found."""
    with viewed(file, sync_id) as reading:
        objects = Objects(reading.view)
        wanted = matching(text)
        found = (item for item in resources(reading.view, objects, resource_type or None) if wanted(item.object))
        show(resource_listing(lambda: found), form)
