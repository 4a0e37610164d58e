"""What one principal holds: each grant, whether directly or through what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from ..c1z.types import GrantFilter, GrantRow, View
from ..errors import FileError
from ..model import ResourceId
from ..wire import field_access, stored_grants
from ..wire.wire_format import WireError
from .lookup.object_cache import SyncObject, SyncObjects, damaged_object

__all__ = ["PrincipalGrant", "access_json", "is_direct", "list_access"]


class PrincipalGrant(Struct, frozen=True):
    """One grant of the principal. `direct`: given as such; `via`: the entitlements it is (also) derived from."""

    row: GrantRow
    entitlement: SyncObject
    resource: SyncObject
    type: SyncObject
    direct: bool
    via: tuple[SyncObject, ...]


def list_access(view: View, objects: SyncObjects, who: ResourceId, text: str = "") -> Iterator[PrincipalGrant]:
    """Everything the principal holds, in file order. What groups pass on is there, where the sync expanded grants.

    `text`: only what has it in the entitlement's or its resource's name, id, slug; by name, then.
    """
    where = GrantFilter(principal=who)
    for row in _with_text(view, objects, where, text) if text else view.grants(where):
        entitlement = objects.entitlements[row.entitlement]
        on = _resource_of(entitlement, row)
        sources = stored_grants.sources(row.data)
        yield PrincipalGrant(
            row,
            entitlement,
            objects.resources[on.resource_type, on.resource],
            objects.types[on.resource_type],
            is_direct(sources, row.entitlement),
            tuple(objects.entitlements[source] for source in sorted(sources) if source != row.entitlement),
        )


def _with_text(view: View, objects: SyncObjects, where: GrantFilter, text: str) -> Iterator[GrantRow]:
    from .filtered_listings import filtered_grants  # noqa: PLC0415 - only where it is needed

    return (item.row for item in filtered_grants(view, objects, where, text=text, json=False))


def is_direct(sources: dict[str, bool], entitlement_id: str) -> bool:
    """Whether a grant with these sources was given as such: it has none, or names its own entitlement among them."""
    return not sources or entitlement_id in sources


def access_json(objects: SyncObjects, who: ResourceId, held: Iterable[PrincipalGrant]) -> Iterator[bytes]:
    """`{principal, access: [{resourceType, resource, entitlements}]}`: a group for each resource, sorted by its id.

    Entitlements stand in the order of the grants, and as often as they are granted.
    """
    groups: dict[str, list[PrincipalGrant]] = {}
    for one in held:
        groups.setdefault(one.resource.id, []).append(one)
    yield b'{"principal":' + objects.resources[who.resource_type, who.resource].json
    opening = b',"access":['
    for name in sorted(groups):
        first = groups[name][0]
        entitlements = b",".join(one.entitlement.json for one in groups[name])
        yield opening
        yield b'{"resourceType":%b,"resource":%b,"entitlements":[%b]}' % (
            *(first.type.json, first.resource.json),
            entitlements,
        )
        opening = b","
    yield b"]}" if groups else b"}"


def _resource_of(entitlement: SyncObject, row: GrantRow) -> ResourceId:
    """The resource that an entitlement is on: as it says itself, or as the grant's row says if it is missing."""
    if entitlement.data is None:
        return ResourceId(row.resource_type, row.resource)
    try:
        return field_access.entitlement_resource(entitlement.data)
    except (WireError, FileError) as error:
        raise damaged_object("entitlement", entitlement.id, error) from error
