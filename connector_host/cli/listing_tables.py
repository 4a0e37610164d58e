"""How items look in tables, and which grants are meant; shared by the listing commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click

from ..c1z.types import GrantFilter
from ..errors import ConfigError
from ..output.document import Document, Row, TablePart, listing
from ..query.listings import ListedEntitlement, ListedGrant, ListedResource

__all__ = [
    "RESOURCE_COLUMNS",
    "entitlement_table",
    "grant_filter",
    "grant_table",
    "needs_type",
    "resource_listing",
    "resource_rows",
    "resource_table",
    "scope_options",
]

RESOURCE_COLUMNS = ("Name", "Type", "Parent", "ID")
ENTITLEMENT_COLUMNS = ("Name", "Resource", "Type", "Slug", "ID")
GRANT_COLUMNS = ("Principal", "Entitlement", "Resource", "Type", "ID")


def scope_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--resource-type`, `--resource` and `--entitlement`, which pick grants."""
    for option in (
        click.option("-e", "--entitlement", metavar="ID", help="Only of this entitlement."),
        click.option("-r", "--resource", metavar="ID", help="Only on this resource; with --resource-type."),
        click.option("-t", "--resource-type", metavar="TYPE", help="Only on resources of this type, by its id."),
    ):
        command = option(command)
    return command


def grant_filter(resource_type: str | None, resource: str | None, entitlement: str | None) -> GrantFilter:
    """The grants picked by these options. What cannot be meant is a ConfigError, as in `baton`."""
    if resource is not None and entitlement is not None:
        raise ConfigError("--resource and --entitlement exclude each other", hint="An entitlement is on one resource.")
    needs_type(resource_type, resource)
    for flag, value in (("--resource-type", resource_type), ("--entitlement", entitlement)):
        if value is not None and not value:
            raise ConfigError(f"{flag} is empty", hint="Leave it out for all grants.")
    return GrantFilter(resource_type=resource_type, resource=resource, entitlement=entitlement)


def needs_type(resource_type: str | None, resource: str | None) -> None:
    """A resource's id means something only within its type."""
    if resource is not None and not (resource and resource_type):
        raise ConfigError("--resource-type and --resource are required together", hint="For example: -t group -r ID.")


def resource_listing(items: Callable[[], Iterable[ListedResource]]) -> Document:
    """Resources, or principals, as `{"resources": [...]}`."""
    return listing(resource_table(items), "resources", lambda: (item.json for item in items()))


def resource_table(items: Callable[[], Iterable[ListedResource]], title: str = "") -> TablePart:
    """Resources as a table."""
    return TablePart(RESOURCE_COLUMNS, lambda: resource_rows(items()), title)


def resource_rows(items: Iterable[ListedResource]) -> Iterator[Row]:
    """Name, type, parent and whole id (`type:id`) of each."""
    for item in items:
        parent = "" if item.parent is None else item.parent.name
        yield item.object.name, item.type.name, parent, item.object.id


def entitlement_table(items: Callable[[], Iterable[ListedEntitlement]]) -> TablePart:
    """Entitlements as a table."""

    def rows() -> Iterator[Row]:
        for item in items():
            yield item.object.name, item.resource.name, item.type.name, item.object.slug, item.object.id

    return TablePart(ENTITLEMENT_COLUMNS, rows)


def grant_table(items: Callable[[], Iterable[ListedGrant]]) -> TablePart:
    """Grants as a table."""

    def rows() -> Iterator[Row]:
        for item in items():
            names = (item.principal.name, item.entitlement.name, item.resource.name, item.type.name)
            yield (*names, item.row.id)

    return TablePart(GRANT_COLUMNS, rows)
