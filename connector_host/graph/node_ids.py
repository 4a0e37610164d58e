"""Unique node ids for formats that do not distinguish all keys."""

from __future__ import annotations

from collections.abc import Callable

from ..query.neighbourhood import Neighbourhood

__all__ = ["unique_node_ids"]


def unique_node_ids(graph: Neighbourhood, spell: Callable[[str], str]) -> dict[str, str]:
    """Return an id for each node: its key, with a number if `spell` returns the same text for an earlier key."""
    ids: dict[str, str] = {}
    used: set[str] = set()
    for key in graph.nodes:
        name, number = key, 1
        while spell(name) in used:
            number += 1
            name = f"{key} ({number})"
        used.add(spell(name))
        ids[key] = name
    return ids
