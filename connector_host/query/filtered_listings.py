"""Listings by what a plain walk over the file cannot tell: a text, an account's state, who holds nothing, an order.

They are answered from a catalogue made for the question, so that they say what the pages of `explore` say.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from ..c1z.types import EVERY_GRANT, GrantFilter, GrantRow, View
from ..index.database import Catalogue
from ..index.grant_search import HeldFilter, held_rows
from ..index.object_search import (
    EVERY,
    EntitlementFilter,
    Part,
    ThingFilter,
    each_entitlement,
    each_thing,
    entitlement,
    thing,
)
from .index_loading import catalogued
from .listings import EntitlementItem, GrantItem, ResourceItem, grant_items, resource_item
from .lookup.object_cache import Objects

__all__ = ["filtered_entitlements", "filtered_grants", "filtered_resources"]


def filtered_resources(
    view: View,
    objects: Objects,
    where: ThingFilter,
    *,
    sort: str = "",
    descending: bool = False,
    grants: GrantFilter = EVERY_GRANT,
) -> Iterator[ResourceItem]:
    """Resources and principals, also those that only grants name; `grants` are those that are counted as held."""
    with catalogued(view, grants) as catalogue:
        for one in each_thing(catalogue, where, Part(sort, descending, limit=EVERY)):
            found = objects.resources[one.type, one.id]
            yield resource_item(objects, found, one.type)


def filtered_entitlements(
    view: View,
    objects: Objects,
    where: EntitlementFilter,
    *,
    resource: str | None = None,
    sort: str = "",
    descending: bool = False,
) -> Iterator[EntitlementItem]:
    """Entitlements, also those that only grants name; on one resource of the filter's type, if given."""
    with catalogued(view) as catalogue:
        if resource is not None:
            on = thing(catalogue, where.type or "", resource)
            where = replace(where, on=on.num if on is not None else NOBODY)
        for one in each_entitlement(catalogue, where, Part(sort, descending, limit=EVERY)):
            yield EntitlementItem(
                objects.entitlements[one.id], objects.resources[one.type, one.resource], objects.types[one.type]
            )


def filtered_grants(
    view: View,
    objects: Objects,
    grants: GrantFilter,
    *,
    text: str = "",
    privileged: bool = False,
    state: str | None = None,
    sort: str = "",
    descending: bool = False,
    json: bool = True,
) -> Iterator[GrantItem]:
    """Grants; `text` is sought in what `grants` leaves open of principal, entitlement and resource."""
    with catalogued(view, grants) as catalogue:
        where = HeldFilter(
            **_numbers(catalogue, grants), type=grants.resource_type, text=text, privileged=privileged, state=state
        )
        yield from grant_items(
            _rows(view, held_rows(catalogue, where, Part(sort, descending, limit=EVERY))), objects, json=json
        )


NOBODY = -1  # a number that nothing has


def _numbers(catalogue: Catalogue, grants: GrantFilter) -> dict[str, int | None]:
    """The numbers of what grants are picked by."""
    found: dict[str, int | None] = {}
    if grants.principal is not None:
        who = thing(catalogue, grants.principal.resource_type, grants.principal.resource)
        found["who"] = who.num if who is not None else NOBODY
    if grants.entitlement is not None:
        what = entitlement(catalogue, grants.entitlement)
        found["what"] = what.num if what is not None else NOBODY
    if grants.resource is not None:
        on = thing(catalogue, grants.resource_type or "", grants.resource)
        found["on"] = on.num if on is not None else NOBODY
    return found


def _rows(view: View, numbers: Iterator[int]) -> Iterator[GrantRow]:
    for number in numbers:
        row = view.grant_at(number)
        if row is not None:
            yield row
