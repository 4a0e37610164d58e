"""Counts by resource type: of all of them, or of those with a text in their name or id, in an order."""

from __future__ import annotations

from msgspec import Struct

from ..c1z.sync_stats import Stats
from .lookup.object_cache import SyncObjects

__all__ = ["TYPE_ORDERS", "TypeCount", "count_by_type"]

TYPE_ORDERS = ("name", "id", "resources", "entitlements", "grants")


class TypeCount(Struct, frozen=True):
    """A resource type and how much there is of it."""

    id: str
    name: str
    resources: int
    entitlements: int
    grants: int


def count_by_type(
    stats: Stats, objects: SyncObjects, *, text: str = "", sort: str = "id", descending: bool = False
) -> list[TypeCount]:
    """Every resource type that something is of, or on."""
    groups = (stats.resources_by_resource_type, stats.entitlements_by_resource_type, stats.grants_by_resource_type)
    found = [
        TypeCount(name, objects.types[name].name, *(group.get(name, 0) for group in groups))
        for name in sorted(set().union(*groups))
    ]
    wanted = text.casefold()
    found = [one for one in found if wanted in f"{one.id}\n{one.name}".casefold()]
    word = sort if sort in TYPE_ORDERS else "id"
    return sorted(found, key=lambda one: _order(getattr(one, word)), reverse=descending)


def _order(value: int | str) -> int | str:
    return value.casefold() if isinstance(value, str) else value
