"""Listings by what a plain walk over the file cannot tell: a text, an account's state, who holds nothing, an order.

They are answered from a catalogue made for the question, so that they say what the pages of `explore` say.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from ..c1z.types import EVERY_GRANT, GrantFilter, GrantRow, View
from ..index.grant_search import IndexedGrantFilter, iterate_grant_rows
from ..index.object_search import (
    NO_LIMIT,
    EntitlementFilter,
    PageRequest,
    ResourceFilter,
    entitlement_by_id,
    iterate_entitlements,
    iterate_resources,
    resource_by_id,
)
from ..index.sync_index import SyncIndex
from .index_loading import indexed
from .listings import ListedEntitlement, ListedGrant, ListedResource, grant_items, resource_item
from .lookup.object_cache import SyncObjects

__all__ = ["filtered_entitlements", "filtered_grants", "filtered_resources"]


def filtered_resources(
    view: View,
    objects: SyncObjects,
    where: ResourceFilter,
    *,
    sort: str = "",
    descending: bool = False,
    grants: GrantFilter = EVERY_GRANT,
) -> Iterator[ListedResource]:
    """Resources and principals, also those that only grants name; `grants` are those that are counted as held."""
    with indexed(view, grants) as catalogue:
        for one in iterate_resources(catalogue, where, PageRequest(sort, descending, limit=NO_LIMIT)):
            found = objects.resources[one.type, one.id]
            yield resource_item(objects, found, one.type)


def filtered_entitlements(
    view: View,
    objects: SyncObjects,
    where: EntitlementFilter,
    *,
    resource: str | None = None,
    sort: str = "",
    descending: bool = False,
) -> Iterator[ListedEntitlement]:
    """Entitlements, also those that only grants name; on one resource of the filter's type, if given."""
    with indexed(view) as catalogue:
        if resource is not None:
            on = resource_by_id(catalogue, where.type or "", resource)
            where = replace(where, resource=on.number if on is not None else NOBODY)
        for one in iterate_entitlements(catalogue, where, PageRequest(sort, descending, limit=NO_LIMIT)):
            yield ListedEntitlement(
                objects.entitlements[one.id], objects.resources[one.type, one.resource], objects.types[one.type]
            )


def filtered_grants(
    view: View,
    objects: SyncObjects,
    grants: GrantFilter,
    *,
    text: str = "",
    privileged: bool = False,
    state: str | None = None,
    sort: str = "",
    descending: bool = False,
    json: bool = True,
) -> Iterator[ListedGrant]:
    """Grants; `text` is sought in what `grants` leaves open of principal, entitlement and resource."""
    with indexed(view, grants) as catalogue:
        where = IndexedGrantFilter(
            **_numbers(catalogue, grants), type=grants.resource_type, text=text, privileged=privileged, state=state
        )
        yield from grant_items(
            _rows(view, iterate_grant_rows(catalogue, where, PageRequest(sort, descending, limit=NO_LIMIT))),
            objects,
            json=json,
        )


NOBODY = -1  # a number that nothing has


def _numbers(catalogue: SyncIndex, grants: GrantFilter) -> dict[str, int | None]:
    """The numbers of what grants are picked by."""
    found: dict[str, int | None] = {}
    if grants.principal is not None:
        who = resource_by_id(catalogue, grants.principal.resource_type, grants.principal.resource)
        found["principal"] = who.number if who is not None else NOBODY
    if grants.entitlement is not None:
        what = entitlement_by_id(catalogue, grants.entitlement)
        found["entitlement"] = what.number if what is not None else NOBODY
    if grants.resource is not None:
        on = resource_by_id(catalogue, grants.resource_type or "", grants.resource)
        found["resource"] = on.number if on is not None else NOBODY
    return found


def _rows(view: View, numbers: Iterator[int]) -> Iterator[GrantRow]:
    for number in numbers:
        row = view.grant_at(number)
        if row is not None:
            yield row
