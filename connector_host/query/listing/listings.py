"""Listings of one sync: resource types, resources, principals, entitlements, grants.

The rows come from the file in its order, or from a searchable index where a filter or an order needs one. Commands,
the pages of `explore` and exports all list through these functions, so that they show the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from ...c1z.types import EVERY_GRANT, EntitlementRow, GrantFilter, GrantRow, View
from ...errors import FileError
from ...index.grant_search import IndexedGrantFilter, iterate_grant_rows, iterate_pairs
from ...index.object_search import (
    NO_LIMIT,
    EntitlementFilter,
    ResourceFilter,
    RowWindow,
    entitlement_by_id,
    iterate_entitlements,
    iterate_resources,
    resource_by_id,
)
from ...index.sync_index import SyncIndex
from ...model import ResourceId
from ...wire import field_access
from ...wire.json import rendering
from ...wire.wire_format import WireError
from ..index_loading import indexed
from ..lookup.object_cache import SyncObject, SyncObjects, damaged_object, read_object
from ..privileged import PrivilegeMark, word_mark
from .grant_json import GrantJson
from .listed_rows import GrantedObjects, ListedAccess, ListedEntitlement, ListedGrant, ListedResource, ListedType

__all__ = [
    "ALL_ROWS",
    "ListingSource",
    "grant_rows",
    "grants_as_json",
    "indexed_grant_filter",
    "list_access_rows",
    "list_entitlements",
    "list_grants",
    "list_principals",
    "list_resource_types",
    "list_resources",
    "open_listing",
]

ALL_ROWS = RowWindow(limit=NO_LIMIT)
NO_NUMBER = -1  # a number that no object of an index has
MOST_SHARED = 1024  # entitlements whose objects are remembered while grants are listed


class ListingSource(Struct, frozen=True):
    """A sync to list. `index` is needed for filters beyond those of the file, for orders and for counts."""

    view: View
    objects: SyncObjects
    index: SyncIndex | None = None


@contextmanager
def open_listing(
    view: View, *, with_index: bool = False, grants: GrantFilter = EVERY_GRANT, mark: PrivilegeMark = word_mark
) -> Iterator[ListingSource]:
    """Open a sync for listing, with an index of the grants that match `grants` if one is needed."""
    objects = SyncObjects(view, mark)
    if not with_index:
        yield ListingSource(view, objects)
        return
    with indexed(view, grants, mark) as index:
        yield ListingSource(view, objects, index)


def list_resource_types(view: View) -> Iterator[ListedType]:
    """Yield every resource type, in file order."""
    for row in view.resource_types():
        yield ListedType(SyncObject("resource type", row.id, row.data))


def list_resources(
    source: ListingSource, where: ResourceFilter | None = None, page: RowWindow = ALL_ROWS
) -> Iterator[ListedResource]:
    """Yield resources. With an index also those that only grants or entitlements name, by name or in the page's order.

    Without an index `where` can name a type only, and they come in file order.
    """
    where = where or ResourceFilter()
    if source.index is None:
        for row in source.view.resources(where.type):
            yield ListedResource(source.objects, SyncObject("resource", row.id, row.data), row.resource_type)
        return
    for entry in iterate_resources(source.index, where, page):
        yield ListedResource(source.objects, source.objects.resources[entry.type, entry.id], entry.type, entry)


def list_principals(source: ListingSource, where: GrantFilter = EVERY_GRANT) -> Iterator[ListedResource]:
    """Yield each principal of the grants once, in the order of its first grant."""
    for principal, data in source.view.holders(where):
        resource = source.objects.made_resource(principal, data)
        yield ListedResource(source.objects, resource, principal.resource_type)


def list_entitlements(
    source: ListingSource,
    where: EntitlementFilter | None = None,
    page: RowWindow = ALL_ROWS,
    resource: str | None = None,
) -> Iterator[ListedEntitlement]:
    """Yield entitlements, on one resource of the filter's type if `resource` is its id.

    With an index also those that only grants name, by the name of their resource or in the page's order; without one
    in file order, and `where` can name a type only.
    """
    where = where or EntitlementFilter()
    objects = source.objects
    if source.index is None:
        for row in source.view.entitlements(where.type, resource):
            on = _resource_of(row)
            shared = objects.resources[on.resource_type, on.resource], objects.types[on.resource_type]
            yield ListedEntitlement(SyncObject("entitlement", row.id, row.data, mark=objects.mark), *shared)
        return
    if resource is not None:
        named = resource_by_id(source.index, where.type or "", resource)
        where = replace(where, resource=NO_NUMBER if named is None else named.number)
    for entry in iterate_entitlements(source.index, where, page):
        shared = objects.resources[entry.type, entry.resource], objects.types[entry.type]
        yield ListedEntitlement(objects.entitlements[entry.id], *shared, entry)


def list_grants(
    source: ListingSource,
    where: GrantFilter = EVERY_GRANT,
    conditions: IndexedGrantFilter | None = None,
    page: RowWindow = ALL_ROWS,
) -> Iterator[ListedGrant]:
    """Yield grants in file order; with an index those that also meet `conditions`, by name or in the page's order."""
    if source.index is None:
        return _listed_grants(source.objects, source.view.grants(where))
    combined = indexed_grant_filter(source.index, where, conditions or IndexedGrantFilter())
    return _listed_grants(source.objects, grant_rows(source.view, iterate_grant_rows(source.index, combined, page)))


def grants_as_json(source: ListingSource, where: GrantFilter = EVERY_GRANT) -> Iterator[bytes]:
    """Yield the JSON of the grants that `list_grants` yields without an index: pieces of several, with commas."""
    writer = GrantJson(source.objects, partial(_listed_grants, source.objects))
    return writer.pieces(source.view.grant_batches(where))


def list_access_rows(
    source: ListingSource,
    where: GrantFilter = EVERY_GRANT,
    conditions: IndexedGrantFilter | None = None,
    page: RowWindow = ALL_ROWS,
) -> Iterator[ListedAccess]:
    """Yield a row for each principal and resource with grants that match; the source must have an index."""
    if source.index is None:
        raise ValueError("a listing of access by resource needs an index")
    combined = indexed_grant_filter(source.index, where, conditions or IndexedGrantFilter())
    for pair in iterate_pairs(source.index, combined, page):
        grants = list(_listed_grants(source.objects, grant_rows(source.view, pair.rows)))
        if grants:
            yield ListedAccess(grants)


def indexed_grant_filter(index: SyncIndex, where: GrantFilter, conditions: IndexedGrantFilter) -> IndexedGrantFilter:
    """Return the conditions with those of a filter of the file added, by the numbers of the index."""
    numbers: dict[str, int] = {}
    if where.principal is not None:
        principal = resource_by_id(index, where.principal.resource_type, where.principal.resource)
        numbers["principal"] = NO_NUMBER if principal is None else principal.number
    if where.entitlement is not None:
        entitlement = entitlement_by_id(index, where.entitlement)
        numbers["entitlement"] = NO_NUMBER if entitlement is None else entitlement.number
    if where.resource is not None:
        resource = resource_by_id(index, where.resource_type or "", where.resource)
        numbers["resource"] = NO_NUMBER if resource is None else resource.number
    if where.resource_type is not None:
        conditions = replace(conditions, type=where.resource_type)
    return replace(conditions, **numbers)


def grant_rows(view: View, numbers: Iterable[int]) -> Iterator[GrantRow]:
    """Yield the grants of row numbers."""
    for number in numbers:
        row = view.grant_at(number)
        if row is not None:
            yield row


# ----------------------------------------------------------------------------------------------- inside


class _GrantedLookup:
    """The objects that grants name, by the start of their messages: those of one entitlement mostly begin alike."""

    def __init__(self, objects: SyncObjects) -> None:
        self._objects = objects
        self._by_start: dict[bytes, GrantedObjects] = {}

    def of(self, row: GrantRow) -> tuple[bytes, GrantedObjects]:
        """Return the bytes of the message that hold the entitlement, and the objects that they name."""
        start = _entitlement_prefix(row)
        granted = self._by_start.get(start)
        if granted is None:
            if len(self._by_start) >= MOST_SHARED:
                self._by_start.clear()
            self._by_start[start] = granted = _granted_objects(self._objects, row)
        return start, granted


def _listed_grants(objects: SyncObjects, rows: Iterable[GrantRow]) -> Iterator[ListedGrant]:
    lookup = _GrantedLookup(objects)
    prefix = b""
    granted: GrantedObjects | None = None
    render = rendering.GrantText()
    for row in rows:
        # grants of one entitlement mostly stand together and begin with the same bytes, which hold all of it
        if granted is None or not prefix or not row.data.startswith(prefix):
            prefix, granted = lookup.of(row)
        principal = objects.resources[row.principal_type, row.principal]
        yield ListedGrant(objects, row, granted, principal, render)


def _granted_objects(objects: SyncObjects, row: GrantRow) -> GrantedObjects:
    """Look up the entitlement and resource that the message names: the columns keep what was written first."""
    try:
        inside = field_access.grant_entitlement(row.data)
        entitlement_id, on = field_access.entitlement_id(inside), field_access.entitlement_resource(inside)
    except (WireError, FileError) as error:
        raise damaged_object("grant", row.id, error) from error
    resource = objects.resources[on.resource_type, on.resource]
    return GrantedObjects(objects.entitlements[entitlement_id], resource, objects.types[on.resource_type])


def _entitlement_prefix(row: GrantRow) -> bytes:
    """Return the bytes of the message up to the end of its entitlement if that comes first, else the whole message."""
    try:
        return field_access.first_field(row.data, field_access.ENTITLEMENT) or row.data
    except (WireError, FileError) as error:
        raise damaged_object("grant", row.id, error) from error


def _resource_of(row: EntitlementRow) -> ResourceId:
    return read_object("entitlement", row.id, row.data, field_access.entitlement_resource)
