"""`connector-host grants`: who holds what."""

from __future__ import annotations

import click

from ..c1z.store import GrantFilter
from ..output.answer import listing
from ..query.listings import grants
from ..query.objects import Objects
from ..query.who import find_principal
from .reading import reads, show, viewed
from .shapes import grant_filter, grant_table, matching, scope_options

__all__ = ["command"]


@click.command(name="grants")
@scope_options
@click.option("-p", "--principal", metavar="WHO", help="Only those of this principal: its id, e-mail address or name.")
@click.option("--text", metavar="TEXT", help="Only of entitlements whose name or id contains this.")
@reads
def command(
    *,
    resource_type: str | None,
    resource: str | None,
    entitlement: str | None,
    principal: str | None,
    text: str | None,
    file: str | None,
    form: str,
    sync_id: str | None,
) -> None:
    """List the grants in a c1z file: who holds what, also what they hold through groups."""
    where = grant_filter(resource_type, resource, entitlement)
    with viewed(file, sync_id) as reading:
        view, objects = reading.view, Objects(reading.view)
        if principal is not None:
            where = GrantFilter(
                resource_type=where.resource_type,
                resource=where.resource,
                entitlement=where.entitlement,
                principal=find_principal(view, principal).id,
            )
        wanted = matching(text)
        items = grants(view, objects, where, json=form in ("json", "jsonl"))
        found = items if text is None else (item for item in items if wanted(item.entitlement))
        table = grant_table(lambda: found)
        show(listing(table, "grants", lambda: (item.json for item in found)), form)
