"""Listings that a sync could not read, or read with gaps. An object missing there is unknown, not removed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...c1z.types import ObjectKind, View
from ...model import ResourceId
from ...wire import decode
from ..sync_origin import read_origin

__all__ = ["UnreadListings"]

ENTRY = re.compile(
    r"(?P<type>[^\s:]+)(?::(?P<resource>.+?))?(?: under .+?)? \((?P<hook>list_\w+|get_resource)\): ", re.DOTALL
)
ENTITLEMENT_HOOKS = {"list_entitlements", "list_static_entitlements", "list_type_entitlements"}


class UnreadListings:
    """The unread listings of one sync, as its origin names them: `group:g1 (list_grants): reason`."""

    def __init__(self, view: View | None = None, texts: Iterable[str] = ()) -> None:
        """Read the listings that the origin of a sync names, or `texts` of the same form."""
        self.resource_types: set[str] = set()
        self._entitlements: set[str] = set()
        self._grants: set[str] = set()
        self._entitlement_types: set[str] = set()
        self._grant_types: set[str] = set()
        for text in texts if view is None else read_origin(view.sync).unread:
            if match := ENTRY.match(text):
                self._add(match["type"], match["resource"] or "", match["hook"])

    def __bool__(self) -> bool:
        return bool(
            self.resource_types or self._entitlements or self._grants or self._entitlement_types or self._grant_types
        )

    def _add(self, resource_type: str, resource: str, hook: str) -> None:
        subject = f"{resource_type}:{resource}"
        if hook in ("list_resources", "get_resource"):
            self.resource_types.add(resource_type)
        elif hook == "list_grants":
            self._grants.add(subject)
        elif hook == "list_type_grants":
            self._grant_types.add(resource_type)
        elif hook in ENTITLEMENT_HOOKS and resource:
            self._entitlements.add(subject)
        elif hook in ENTITLEMENT_HOOKS:
            self._entitlement_types.add(resource_type)

    def covers(self, kind: ObjectKind, data: bytes) -> bool:
        """True if the object, which the sync lacks, may exist all the same."""
        if not self or kind is ObjectKind.RESOURCE_TYPE:
            return False
        if kind is ObjectKind.RESOURCE:
            return decode.resource(data).id.resource_type in self.resource_types
        if kind is ObjectKind.ENTITLEMENT:
            resource_id = decode.entitlement(data).resource.id
            return (
                resource_id.resource_type in self.resource_types | self._entitlement_types
                or str(resource_id) in self._entitlements
            )
        grant = decode.grant(data, None)
        resource_id = grant.entitlement.resource.id
        return self.covers_grant(resource_id, grant.principal_id.resource_type, grant.sources or ())

    def covers_grant(self, resource_id: ResourceId, principal_type: str, sources: Iterable[str]) -> bool:
        """True if a grant on a resource, which the sync lacks, may exist all the same."""
        return (
            {resource_id.resource_type, principal_type} & self.resource_types != set()
            or str(resource_id) in self._grants
            or resource_id.resource_type in self._grant_types
            or any(self._is_unread_grant_list(source) for source in sources)
        )

    def _is_unread_grant_list(self, entitlement_id: str) -> bool:
        """True if the grants of the resource of an entitlement (`type:resource:slug`) were not fully read."""
        return any(entitlement_id.startswith(f"{subject}:") for subject in (*self._grants, *self._grant_types))
