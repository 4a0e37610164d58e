"""Access of one principal: each grant that it holds, directly or through other entitlements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from ...c1z.types import GrantFilter, GrantRow, View
from ...index.grant_search import IndexedGrantFilter
from ...model import ResourceId
from ...wire import field_access, stored_grants
from ..listing.listings import list_grants, open_listing
from ..lookup.object_cache import SyncObject, SyncObjects, read_object
from .holdings import holding_word, is_direct

__all__ = ["PrincipalGrant", "access_json", "is_direct", "list_access"]


class PrincipalGrant(Struct, frozen=True):
    """One grant of the principal.

    `direct` is True for a direct grant; `via` are the entitlements through which it is inherited. Both can be the case.
    """

    row: GrantRow
    entitlement: SyncObject
    resource: SyncObject
    type: SyncObject
    direct: bool
    via: tuple[SyncObject, ...]

    @property
    def held(self) -> str:
        """`direct`, `inherited` or `direct, inherited`."""
        own = [self.row.entitlement] if self.direct and self.via else []
        return holding_word([*own, *(source.id for source in self.via)], self.row.entitlement)


def list_access(view: View, objects: SyncObjects, principal: ResourceId, text: str = "") -> Iterator[PrincipalGrant]:
    """Yield every grant of the principal, in file order; inherited ones where the sync expanded grants.

    With `text`, only those whose entitlement or resource it matches, by name.
    """
    where = GrantFilter(principal=principal)
    for row in _matching_rows(view, where, text) if text else view.grants(where):
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


def access_json(objects: SyncObjects, principal: ResourceId, grants: Iterable[PrincipalGrant]) -> Iterator[bytes]:
    """Yield `{principal, access: [{resourceType, resource, entitlements}]}`, a group for each resource, by its id.

    Entitlements are in the order of the grants, and as often as they are granted.
    """
    groups: dict[str, list[PrincipalGrant]] = {}
    for grant in grants:
        groups.setdefault(grant.resource.id, []).append(grant)
    yield b'{"principal":' + objects.resources[principal.resource_type, principal.resource].json
    opening = b',"access":['
    for resource_id in sorted(groups):
        first = groups[resource_id][0]
        entitlements = b",".join(grant.entitlement.json for grant in groups[resource_id])
        yield opening
        yield b'{"resourceType":%b,"resource":%b,"entitlements":[%b]}' % (
            *(first.type.json, first.resource.json),
            entitlements,
        )
        opening = b","
    yield b"]}" if groups else b"}"


def _matching_rows(view: View, where: GrantFilter, text: str) -> Iterator[GrantRow]:
    with open_listing(view, with_index=True, grants=where) as source:
        for grant in list_grants(source, where, IndexedGrantFilter(text=text)):
            yield grant.row


def _resource_of(entitlement: SyncObject, row: GrantRow) -> ResourceId:
    """Return the resource of an entitlement: as its message says, or as the grant's row says if it is missing."""
    if entitlement.data is None:
        return ResourceId(row.resource_type, row.resource)
    return read_object("entitlement", entitlement.id, entitlement.data, field_access.entitlement_resource)
