"""Ids of nodes for a format that does not keep every key apart."""

from __future__ import annotations

from collections.abc import Callable

from ..query.neighbourhood import Neighbourhood

__all__ = ["unique_node_ids"]


def unique_node_ids(graph: Neighbourhood, written: Callable[[str], str]) -> dict[str, str]:
    """An id for each node, its key: but of several that would be `written` alike, all but the first get a number."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for key in graph.nodes:
        name, number = key, 1
        while written(name) in taken:
            number += 1
            name = f"{key} ({number})"
        taken.add(written(name))
        ids[key] = name
    return ids
