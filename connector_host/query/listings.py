"""The listings of one sync: resource types, resources, entitlements, grants, principals.

Each item knows its JSON in the shape of `baton -o json`: the stored object with the objects it names beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from ..c1z.types import EVERY_GRANT, EntitlementRow, GrantFilter, GrantRow, View
from ..errors import FileError
from ..model import ResourceId
from ..wire import field_access
from ..wire.json import rendering as render
from ..wire.wire_format import WireError
from .lookup.object_cache import SyncObject, SyncObjects, damaged_object

__all__ = [
    "ListedEntitlement",
    "ListedGrant",
    "ListedResource",
    "ListedType",
    "entitlements",
    "grant_items",
    "grants",
    "principals",
    "resource_item",
    "resource_types",
    "resources",
]


class ListedType(Struct, frozen=True):
    """A resource type."""

    object: SyncObject

    @property
    def json(self) -> bytes:
        """`{resourceType}`."""
        return b'{"resourceType":' + self.object.json + b"}"


class ListedResource(Struct, frozen=True):
    """A resource, its type, and the resource it is under."""

    object: SyncObject
    type: SyncObject
    parent: SyncObject | None

    @property
    def json(self) -> bytes:
        """`{resource, resourceType, parent?}`."""
        above = b"" if self.parent is None else b',"parent":' + self.parent.json
        return b"".join((b'{"resource":', self.object.json, b',"resourceType":', self.type.json, above, b"}"))


class ListedEntitlement(Struct, frozen=True):
    """An entitlement, the resource it is on, and that one's type."""

    object: SyncObject
    resource: SyncObject
    type: SyncObject

    @property
    def json(self) -> bytes:
        """`{entitlement, resource, resourceType}`."""
        parts = (self.object.json, self.resource.json, self.type.json)
        return b'{"entitlement":%b,"resource":%b,"resourceType":%b}' % parts


class ListedGrant(Struct, frozen=True):
    """A grant, what is granted, on what, and to whom. `tail` is the JSON of the middle three, with their keys."""

    row: GrantRow
    entitlement: SyncObject
    resource: SyncObject
    type: SyncObject
    principal: SyncObject
    tail: bytes
    render: Callable[[bytes], bytes]

    @property
    def json(self) -> bytes:
        """`{grant, entitlement, resource, resourceType, principal}`."""
        try:
            grant = self.render(self.row.data)
        except (WireError, FileError) as error:
            raise damaged_object("grant", self.row.id, error) from error
        return b'{"grant":%b%b%b}' % (grant, self.tail, self.principal.json)


def resource_types(view: View) -> Iterator[ListedType]:
    """Every resource type."""
    for row in view.resource_types():
        yield ListedType(SyncObject("resource type", row.id, row.data))


def resources(view: View, objects: SyncObjects, resource_type: str | None = None) -> Iterator[ListedResource]:
    """Resources, of a type if given."""
    for row in view.resources(resource_type):
        yield resource_item(objects, SyncObject("resource", row.id, row.data), row.resource_type)


def resource_item(objects: SyncObjects, resource: SyncObject, resource_type: str) -> ListedResource:
    """A resource with its type and parent."""
    return ListedResource(resource, objects.types[resource_type], objects.parent(resource))


def entitlements(
    view: View, objects: SyncObjects, resource_type: str | None = None, resource: str | None = None
) -> Iterator[ListedEntitlement]:
    """Entitlements, on resources of a type or on one resource if given."""
    for row in view.entitlements(resource_type, resource):
        on = _entitlement_resource(row)
        yield ListedEntitlement(
            SyncObject("entitlement", row.id, row.data),
            objects.resources[on.resource_type, on.resource],
            objects.types[on.resource_type],
        )


def grants(
    view: View, objects: SyncObjects, where: GrantFilter = EVERY_GRANT, *, json: bool = True
) -> Iterator[ListedGrant]:
    """Grants. Without `json`, the items' `tail` is left empty."""
    yield from grant_items(view.grants(where), objects, json=json)


def grant_items(rows: Iterable[GrantRow], objects: SyncObjects, *, json: bool = True) -> Iterator[ListedGrant]:
    """The same of these rows."""
    known: dict[bytes, tuple[SyncObject, SyncObject, SyncObject, bytes]] = {}
    prefix, shared = b"", None
    text = render.GrantText()
    for row in rows:
        # grants of one entitlement mostly stand together and begin with the same bytes, which hold it whole
        if shared is None or not prefix or not row.data.startswith(prefix):
            prefix = _entitlement_prefix(row)
            shared = known.get(prefix)
            if shared is None:
                if len(known) >= MOST_SHARED:
                    known.clear()
                known[prefix] = shared = _shared(objects, row, json=json)
        entitlement, resource, of_type, tail = shared
        principal = objects.resources[row.principal_type, row.principal]
        yield ListedGrant(row, entitlement, resource, of_type, principal, tail, text)


def principals(view: View, objects: SyncObjects, where: GrantFilter = EVERY_GRANT) -> Iterator[ListedResource]:
    """Each principal of the grants once, in the order of its first grant."""
    for who, data in view.holders(where):
        yield resource_item(objects, objects.made_resource(who, data), who.resource_type)


MOST_SHARED = 1024


def _shared(objects: SyncObjects, row: GrantRow, *, json: bool) -> tuple[SyncObject, SyncObject, SyncObject, bytes]:
    """What all grants of an entitlement have in common."""
    entitlement_id, on = _granted(row)
    entitlement = objects.entitlements[entitlement_id]
    resource = objects.resources[on.resource_type, on.resource]
    of_type = objects.types[on.resource_type]
    tail = b""
    if json:
        parts = (entitlement.json, resource.json, of_type.json)
        tail = b',"entitlement":%b,"resource":%b,"resourceType":%b,"principal":' % parts
    return entitlement, resource, of_type, tail


def _entitlement_prefix(row: GrantRow) -> bytes:
    """The bytes of the message up to the end of its entitlement, where that comes first; else the whole message."""
    try:
        return field_access.first_field(row.data, field_access.ENTITLEMENT) or row.data
    except (WireError, FileError) as error:
        raise damaged_object("grant", row.id, error) from error


def _granted(row: GrantRow) -> tuple[str, ResourceId]:
    """The entitlement's id and the resource it is on, as the message says: columns keep what was written first."""
    try:
        inside = field_access.grant_entitlement(row.data)
        return field_access.entitlement_id(inside), field_access.entitlement_resource(inside)
    except (WireError, FileError) as error:
        raise damaged_object("grant", row.id, error) from error


def _entitlement_resource(row: EntitlementRow) -> ResourceId:
    try:
        return field_access.entitlement_resource(row.data)
    except (WireError, FileError) as error:
        raise damaged_object("entitlement", row.id, error) from error
