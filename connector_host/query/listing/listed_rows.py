"""Rows of the listings: one class for each, with the texts of its columns and its JSON.

The JSON has the shape of `baton -o json`: the stored object with the objects it names beside it. Commands, pages and
exports show the same rows through the columns of `listing_columns`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import msgspec

from ...annotations import NOT_REPORTED
from ...c1z.types import GrantRow
from ...decoding.json_decoding import decode_json
from ...errors import FileError
from ...index.object_search import IndexedEntitlement, IndexedResource
from ...model import Resource
from ...wire import decode, stored_grants
from ...wire.wire_format import WireError
from ..access.holdings import DIRECT, INHERITED, holding_word
from ..lookup.object_cache import SyncObject, SyncObjects, damaged_object
from ..lookup.principal_names import addresses
from ..resource_facts import account_kind, account_state

__all__ = [
    "GrantedObjects",
    "ListedAccess",
    "ListedEntitlement",
    "ListedGrant",
    "ListedResource",
    "ListedType",
    "entitlement_tags",
    "resource_tags",
]

json_encoder = msgspec.json.Encoder()


def resource_tags(resource: ListedResource | IndexedResource) -> tuple[str, ...]:
    """Return the words beside the name of a resource: a state other than enabled, a kind of account, `missing`."""
    state = resource.state if resource.state in ("disabled", "deleted") else ""
    return tuple(tag for tag in (state, resource.account, "missing" if resource.missing else "") if tag)


def entitlement_tags(*, privileged: bool, missing: bool) -> tuple[str, ...]:
    """Return the words that stand beside the name of an entitlement."""
    return (*(("privileged",) if privileged else ()), *(("missing",) if missing else ()))


def _indexed_name(entry: IndexedResource | IndexedEntitlement | None, stored: SyncObject) -> str:
    """Return the name that the index has, which has one for unreadable objects, too, or that of the message."""
    return stored.name if entry is None or entry.missing else entry.name


class ListedType:
    """A resource type."""

    def __init__(self, resource_type: SyncObject) -> None:
        self.object = resource_type

    @property
    def traits(self) -> tuple[str, ...]:
        """The names of its traits, in lower case."""
        return tuple(trait.name.lower() for trait in decode.resource_type(self.object.data or b"").traits)

    @property
    def json(self) -> bytes:
        """`{resourceType}`."""
        return b'{"resourceType":' + self.object.json + b"}"


class ListedResource:
    """A resource or principal. `entry` is its row of the index, None where the listing was made without one."""

    def __init__(
        self, objects: SyncObjects, resource: SyncObject, resource_type: str, entry: IndexedResource | None = None
    ) -> None:
        self.object = resource
        self.type_id = resource_type
        self.type = objects.types[resource_type]
        self.entry = entry
        self._objects = objects

    @cached_property
    def parent(self) -> SyncObject | None:
        """The resource that it is under."""
        return self._objects.parent(self.object)

    @property
    def name(self) -> str:
        """Its display name, or its id."""
        return _indexed_name(self.entry, self.object)

    @property
    def key(self) -> str:
        """The id within its type."""
        return self.object.id.removeprefix(f"{self.type_id}:")

    @property
    def mail(self) -> str:
        """The primary e-mail address or login."""
        return self.entry.mail if self.entry is not None else next(iter(addresses(self._decoded)), "")

    @property
    def state(self) -> str:
        """`enabled`, `disabled`, `deleted` or empty."""
        if self.entry is not None:
            return self.entry.state
        return account_state(self._decoded) if self._decoded is not None else ""

    @property
    def account(self) -> str:
        """`guest`, `service`, `system` or empty."""
        if self.entry is not None:
            return self.entry.account
        return account_kind(self._decoded) if self._decoded is not None else ""

    @property
    def grants_held(self) -> str:
        """The number of grants that it holds, empty without an index."""
        return "" if self.entry is None else str(self.entry.held)

    @property
    def grants_on_it(self) -> str:
        """The number of grants of entitlements on it, empty without an index."""
        return "" if self.entry is None else str(self.entry.holders)

    @property
    def missing(self) -> bool:
        """True for a resource that grants or entitlements name and the sync lacks."""
        return self.object.data is None

    @property
    def tags(self) -> tuple[str, ...]:
        """Words that stand beside its name: a state other than enabled, a kind of account, `missing`."""
        return resource_tags(self)

    @property
    def json(self) -> bytes:
        """`{resource, resourceType, parent?}`."""
        parent = b"" if self.parent is None else b',"parent":' + self.parent.json
        return b"".join((b'{"resource":', self.object.json, b',"resourceType":', self.type.json, parent, b"}"))

    @cached_property
    def _decoded(self) -> Resource | None:
        return None if self.object.data is None else decode.resource(self.object.data)


class ListedEntitlement:
    """An entitlement, the resource it is on, and the type of that resource."""

    def __init__(
        self,
        entitlement: SyncObject,
        resource: SyncObject,
        resource_type: SyncObject,
        entry: IndexedEntitlement | None = None,
    ) -> None:
        self.object = entitlement
        self.resource = resource
        self.type = resource_type
        self.entry = entry

    @property
    def name(self) -> str:
        """Its display name, or its slug or id."""
        return _indexed_name(self.entry, self.object)

    @property
    def tags(self) -> tuple[str, ...]:
        """Words that stand beside its name: `privileged`, `missing`."""
        privileged = bool(self.entry.privileged) if self.entry is not None else self.object.privileged
        return entitlement_tags(privileged=privileged, missing=self.object.data is None)

    @property
    def slug(self) -> str:
        """Its slug."""
        return self.object.slug if self.entry is None else self.entry.slug

    @property
    def grants(self) -> str:
        """The number of its grants, empty without an index."""
        return "" if self.entry is None else str(self.entry.holders)

    @property
    def json(self) -> bytes:
        """`{entitlement, resource, resourceType}`."""
        parts = (self.object.json, self.resource.json, self.type.json)
        return b'{"entitlement":%b,"resource":%b,"resourceType":%b}' % parts


class GrantedObjects:
    """The objects that all grants of an entitlement share: the entitlement, its resource, the type of that."""

    def __init__(self, entitlement: SyncObject, resource: SyncObject, resource_type: SyncObject) -> None:
        self.entitlement = entitlement
        self.resource = resource
        self.type = resource_type

    @cached_property
    def json_part(self) -> bytes:
        """The part of a grant's JSON that names them, up to the principal."""
        parts = (self.entitlement.json, self.resource.json, self.type.json)
        return b',"entitlement":%b,"resource":%b,"resourceType":%b,"principal":' % parts


class ListedAccess:
    """Access of one principal to one resource: the grants between them, in the order of their entitlements."""

    def __init__(self, grants: list[ListedGrant]) -> None:
        self.grants = grants
        self.principal = grants[0].principal
        self.principal_row = grants[0].principal_row
        self.resource = grants[0].granted.resource
        self.type = grants[0].granted.type

    @property
    def levels(self) -> tuple[str, ...]:
        """The slugs of the entitlements, or their names where they have none, each once."""
        names = (grant.granted.entitlement.slug or grant.granted.entitlement.name for grant in self.grants)
        return tuple(dict.fromkeys(names))

    @property
    def privileged(self) -> tuple[str, ...]:
        """The levels that count as privileged."""
        entitlements = (grant.granted.entitlement for grant in self.grants)
        return tuple(dict.fromkeys(held.slug or held.name for held in entitlements if held.privileged))

    @property
    def held(self) -> str:
        """`direct`, `inherited`, or `direct, inherited` if there are grants of both kinds."""
        words = {word for grant in self.grants for word in grant.held.split(", ")}
        return ", ".join(word for word in (DIRECT, INHERITED) if word in words)

    @property
    def through(self) -> tuple[str, ...]:
        """The names of the entitlements through which something is inherited, each once."""
        return tuple(dict.fromkeys(source.name for grant in self.grants for source in grant.through))

    @property
    def json(self) -> bytes:
        """`{principal, resource, resourceType, held, through, privileged, grants: [{id, entitlementId, ...}]}`."""
        return json_encoder.encode(
            {
                "principal": {"id": self.principal.id, "name": self.principal.name},
                "resource": {"id": self.resource.id, "name": self.resource.name},
                "resourceType": {"id": self.type.id, "name": self.type.name},
                "levels": self.levels,
                "privileged": self.privileged,
                "held": self.held.split(", "),
                "through": self.through,
                "grants": [
                    {
                        "id": grant.row.id,
                        "entitlementId": grant.granted.entitlement.id,
                        "entitlement": grant.granted.entitlement.name,
                        "held": grant.held.split(", "),
                        "through": [source.id for source in grant.through],
                    }
                    for grant in self.grants
                ],
            }
        )


class ListedGrant:
    """A grant: the stored row, what is granted on what, and to whom."""

    def __init__(
        self,
        objects: SyncObjects,
        row: GrantRow,
        granted: GrantedObjects,
        principal: SyncObject,
        render: Callable[[bytes], bytes],
    ) -> None:
        self.row = row
        self.granted = granted
        self.principal = principal
        self._objects = objects
        self._render = render

    @property
    def principal_row(self) -> ListedResource:
        """The principal as a row of its own."""
        return ListedResource(self._objects, self.principal, self.row.principal_type)

    @cached_property
    def sources(self) -> dict[str, bool]:
        """The sources that the grant was derived from, empty for a direct one."""
        try:
            return stored_grants.sources(self.row.data)
        except (WireError, FileError) as error:
            raise damaged_object("grant", self.row.id, error) from error

    @property
    def through(self) -> list[SyncObject]:
        """The entitlements that pass it on to the principal."""
        own = self.row.entitlement
        return [self._objects.entitlements[source] for source in sorted(self.sources) if source != own]

    @property
    def held(self) -> str:
        """`direct`, `inherited`, or `direct, inherited`."""
        return holding_word(self.sources, self.row.entitlement)

    @property
    def not_reported(self) -> str:
        """The field of the grant that the application did not report, such as its role; empty for most grants."""
        if NOT_REPORTED.encode() not in self.row.data:  # nearly always
            return ""
        annotations = decode_json(self.json).get("grant", {}).get("annotations", [])
        metadata = (annotation.get("metadata") for annotation in annotations)
        fields = (value.get(NOT_REPORTED) for value in metadata if isinstance(value, dict))
        return ", ".join(str(field) for field in fields if field)

    @property
    def json(self) -> bytes:
        """`{grant, entitlement, resource, resourceType, principal}`."""
        try:
            grant = self._render(self.row.data)
        except (WireError, FileError) as error:
            raise damaged_object("grant", self.row.id, error) from error
        return b'{"grant":%b%b%b}' % (grant, self.granted.json_part, self.principal.json)
