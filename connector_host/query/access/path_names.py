"""Names for people of the entitlements on a path."""

from __future__ import annotations

from ..lookup.object_cache import SyncObjects
from .access_paths import AccessPath

__all__ = ["entitlement_name", "path_names"]


def entitlement_name(objects: SyncObjects, entitlement: str) -> str:
    """Return the display name of an entitlement; its id if it has none, because slugs repeat."""
    stored = objects.entitlements[entitlement]
    return entitlement if stored.data is None or stored.name == stored.slug else stored.name


def path_names(objects: SyncObjects, path: AccessPath) -> str:
    """Return the names on a path, from the direct grant to the explained entitlement."""
    steps = (path.direct.entitlement, *(edge.target for edge in path.edges))
    return " → ".join(entitlement_name(objects, step) for step in steps)
