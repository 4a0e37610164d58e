"""Encoding of grants into rows: the path that the speed of a sync depends on.

What all grants of an entitlement share (its id and resource) is serialised once, a principal once, and a grant is
those parts joined: concatenating serialised protobuf fields gives the message that has them all.

Both are kept by what cannot change under them: an entitlement by the identity of its resource, which is kept alive
with it, and its id; a principal by its value. The caches are emptied when they are full, so memory stays bounded.

The other way, taking stored grants apart, is in `connector_host.wire.stored_grants`; its names are offered here, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..model import Entitlement, EntitlementRef, External, Grant, Resource, ResourceId
from .encode import PACKAGE, annotation, entitlement_ref, expandable, external_match, resource, resource_id
from .grant_row import GrantRow, grant_row
from .services.raw_objects import RawGrant
from .stored_grants import (
    entitlement_field,
    generated,
    id_principal,
    principal_bytes,
    sources,
    sources_field,
    split,
    with_sources,
)
from .wire_format import LENGTHS, WireError, block, items, length, scan, utf8

__all__ = [
    "GrantEncoder",
    "GrantRow",
    "entitlement_field",
    "generated",
    "id_principal",
    "principal_bytes",
    "sources",
    "sources_field",
    "split",
    "with_sources",
]

MOST_ENTITLEMENTS = 1024
MOST_PRINCIPALS = 65536
MOST_EMBEDDED = 4096

Shared = tuple[str, str, str, bytes]
"""Resource type id, resource id, entitlement id, and the entitlement's field in a grant."""
Principal = tuple[str, str, str, bytes]
"""Type id, id, what they add to the entitlement's id to make the grant's, and the principal's field in a grant."""


class GrantEncoder:
    """Encoder of grants into rows of the grants table; make one for a whole run.

    Errors name the field: TypeError for a value of a wrong type, ValueError for one that cannot be written.
    """

    def __init__(self) -> None:
        self._shared: dict[tuple[int, str], tuple[Resource, Shared]] = {}
        self._principals: dict[ResourceId, Principal] = {}
        self._embedded: dict[int, tuple[Resource, Principal]] = {}
        self._new_principals: list[ResourceId] = []

    def take_new_principals(self) -> list[ResourceId]:
        """Return the principals that were encoded since the last call and are not among those kept from before."""
        principals, self._new_principals = self._new_principals, []
        return principals

    def row(self, grant: Grant) -> GrantRow:
        """Return the row of one grant; for many, `rows` is quicker."""
        return self.rows((grant,))[0]

    def rows(self, grants: Iterable[Grant]) -> list[GrantRow]:
        """Return the rows of grants, in their order."""
        out: list[GrantRow] = []
        principals, new_row = self._principals, grant_row
        last: object = self  # which is no entitlement
        shared: Shared
        for grant in grants:
            if not isinstance(grant, Grant):
                raise TypeError(f"a Grant is needed, not {type(grant).__name__}")
            ref = grant.entitlement
            if ref is not last:
                shared = self.entitlement(ref)
                resource_type_id, resource_id, entitlement_id, prefix = shared
                last = ref
            holder = grant.principal
            if (
                type(holder) is not ResourceId
                or grant.expandable is not None
                or grant.id
                or grant.annotations
                or grant.sources
            ):
                out.append(self._unusual(grant, shared))
                continue
            try:
                principal = principals.get(holder) or self._by_id(holder)
            except TypeError:  # a part of it cannot be hashed: say which
                principal = self._by_id(holder)
            principal_type, name, suffix, field = principal
            grant_id = entitlement_id + suffix
            raw = grant_id.encode()
            size = len(raw)
            data = b"".join((prefix, field, b"\x1a", LENGTHS[size] if size < 2048 else length(size), raw))
            values = (resource_type_id, resource_id, entitlement_id, principal_type, name, grant_id, None, 0, data, 0)
            out.append(new_row(values))
        return out

    # ----------------------------------------------------------------------------------------------- cached parts

    def entitlement(self, ref: Entitlement | EntitlementRef) -> Shared:
        """Return what all grants of an entitlement share."""
        if not isinstance(ref, (Entitlement, EntitlementRef)):
            raise TypeError(f"entitlement: an EntitlementRef or Entitlement is needed, not {type(ref).__name__}")
        utf8(ref.id, "entitlement.id")
        key = (id(ref.resource), ref.id)
        cached = self._shared.get(key)
        if cached is not None:
            return cached[1]
        field = block(b"\x0a", entitlement_ref(ref))
        shared = (ref.resource.id.resource_type, ref.resource.id.resource, ref.id, field)
        if len(self._shared) >= MOST_ENTITLEMENTS:
            self._shared.clear()
        self._shared[key] = (ref.resource, shared)
        return shared

    def _by_id(self, principal_id: ResourceId) -> Principal:
        principal = _principal(principal_id, block(b"\x0a", resource_id(principal_id, "principal")))
        if len(self._principals) >= MOST_PRINCIPALS:
            self._principals.clear()
        self._principals[principal_id] = principal
        self.note_new(principal_id)
        return principal

    def _whole(self, holder: Resource) -> Principal:
        cached = self._embedded.get(id(holder))
        if cached is not None:
            return cached[1]
        principal = _principal(holder.id, resource(holder))
        if len(self._embedded) >= MOST_EMBEDDED:
            self._embedded.clear()
        self._embedded[id(holder)] = (holder, principal)
        self.note_new(holder.id)
        return principal

    def note_new(self, principal_id: ResourceId) -> None:
        """Remember a principal for `take_new_principals`."""
        if len(self._new_principals) >= MOST_PRINCIPALS:  # nobody takes them
            self._new_principals.clear()
        self._new_principals.append(principal_id)

    # ----------------------------------------------------------------------------------------------- the general case

    def _unusual(self, grant: Grant, shared: Shared) -> GrantRow:
        resource_type_id, resource_id, entitlement_id, prefix = shared
        if isinstance(grant, RawGrant):
            return self._raw(grant, (resource_type_id, resource_id, entitlement_id))
        holder, match = grant.principal, b""
        if isinstance(holder, External):
            match = external_match(holder.match)
            principal = self._by_id(holder.id)
        elif isinstance(holder, Resource):
            principal = self._whole(holder)
        elif isinstance(holder, ResourceId):
            principal = self._by_id(holder)
        else:
            raise TypeError(f"principal: a ResourceId, Resource or External is needed, not {type(holder).__name__}")
        principal_type, name, suffix, field = principal
        grant_id = grant.id or entitlement_id + suffix
        raw = utf8(grant_id, "id")
        expansion, carried = _expansion(grant)
        origin = sources_field(grant.sources) if grant.sources else b""
        data = b"".join((prefix, field, block(b"\x1a", raw) if raw else b"", match, carried, origin))
        needs = 0 if expansion is None else 1
        ids = (resource_type_id, resource_id, entitlement_id, principal_type, name, grant_id)
        return GrantRow(*ids, expansion, needs, data)

    def _raw(self, grant: RawGrant, on: tuple[str, str, str]) -> GrantRow:
        """Return the row of a grant that came as bytes: its parts as they are."""
        holder = grant.principal_id
        self.note_new(holder)
        grant_id = grant.id or f"{on[2]}:{holder.resource_type}:{holder.resource}"
        expansion, carried = _expansion(grant)
        data = b"".join(
            (
                block(b"\x0a", grant.entitlement_part),
                block(b"\x12", grant.principal_part),
                block(b"\x1a", utf8(grant_id, "id")),
                grant.carried,
                carried,
                grant.behind,
            )
        )
        ids = (*on, holder.resource_type, holder.resource, grant_id)
        return GrantRow(*ids, expansion, 0 if expansion is None else 1, data)


def _principal(principal_id: ResourceId, message: bytes) -> Principal:
    return (
        principal_id.resource_type,
        principal_id.resource,
        f":{principal_id.resource_type}:{principal_id.resource}",
        block(b"\x12", message),
    )


def _expansion(grant: Grant) -> tuple[bytes | None, bytes]:
    """Return the contents of the expansion column, and the fields of all other annotations.

    An expansion is never part of the stored message; one that names no entitlement is lost, and only the first of
    several counts.
    """
    expansions = [] if grant.expandable is None else [expandable(grant.expandable)]
    carried = []
    for n, value in enumerate(items(grant.annotations, "annotations")):
        field = annotation(value, f"annotations[{n}]")
        if value.type_name.rpartition("/")[2] == f"{PACKAGE}GrantExpandable":
            expansions.append(value.value)
        else:
            carried.append(field)
    expansion = expansions[0] if expansions and _names_entitlement(expansions[0]) else None
    return expansion, b"".join(carried)


def _names_entitlement(message: Any) -> bool:
    """Return whether a `GrantExpandable` message has an entitlement id that is not blank."""
    try:
        return any(tag == 0x0A and message[value:end].decode().strip() for tag, _, value, end in scan(message))
    except (WireError, UnicodeDecodeError) as error:
        raise ValueError(f"annotations: its GrantExpandable is not a valid message ({error})") from None
