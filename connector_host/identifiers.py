"""Identifiers of stored objects: the id of a resource, and the default ids of entitlements and grants."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["ExternalId", "ResourceId", "entitlement_id", "grant_id"]


class ResourceId(Struct, frozen=True):
    """The id of one resource: the id of its type and its own id. `str()` returns `type:id`, as files spell it."""

    resource_type: str
    resource: str

    def __str__(self) -> str:
        return f"{self.resource_type}:{self.resource}"


class ExternalId(Struct, frozen=True):
    """The id of a resource in another system, with a link and a description for people."""

    id: str
    link: str = ""
    description: str = ""


def entitlement_id(resource: ResourceId, slug: str) -> str:
    """Return the default id of an entitlement: `type:id:slug`, a plain join."""
    return f"{resource.resource_type}:{resource.resource}:{slug}"


def grant_id(entitlement: str, principal: ResourceId) -> str:
    """Return the default id of a grant: `entitlement id:principal type:principal id`, a plain join."""
    return f"{entitlement}:{principal.resource_type}:{principal.resource}"
