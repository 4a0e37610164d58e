"""Counts by resource type: of all types, or of those that a search matches, in an order."""

from __future__ import annotations

from msgspec import Struct

from ...c1z.sync_stats import Stats
from ...index.text_search import fold_text, matches_words, search_words
from ..lookup.object_cache import SyncObjects

__all__ = ["TYPE_ORDERS", "TypeCount", "count_by_type"]

TYPE_ORDERS = ("name", "id", "resources", "entitlements", "grants")


class TypeCount(Struct, frozen=True):
    """Resource type with the numbers of its resources, and of the entitlements and grants on them."""

    id: str
    name: str
    resources: int
    entitlements: int
    grants: int


def count_by_type(
    stats: Stats, objects: SyncObjects, *, text: str = "", sort: str = "id", descending: bool = False
) -> list[TypeCount]:
    """Return every resource type that has resources, entitlements or grants and whose name or id matches `text`."""
    groups = (stats.resources_by_resource_type, stats.entitlements_by_resource_type, stats.grants_by_resource_type)
    counts = [
        TypeCount(type_id, objects.types[type_id].name, *(group.get(type_id, 0) for group in groups))
        for type_id in sorted(set().union(*groups))
    ]
    words = search_words(text)
    counts = [count for count in counts if matches_words(fold_text(f"{count.id}\n{count.name}"), words)]
    order = sort if sort in TYPE_ORDERS else "id"
    return sorted(counts, key=lambda count: _sort_key(getattr(count, order)), reverse=descending)


def _sort_key(value: int | str) -> int | str:
    return fold_text(value) if isinstance(value, str) else value
