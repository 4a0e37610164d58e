"""Principals down, resources across, what is held where they meet."""

from __future__ import annotations

from msgspec import Struct

from ..c1z.sync_stats import Stats
from ..c1z.types import View
from ..index import grant_search
from ..index import object_search as questions
from ..index.object_search import IndexedResource, PageRequest, ResourceFilter
from ..index.sync_index import SyncIndex
from .resource_facts import user_types

__all__ = ["EVERYBODY", "MOST_ACROSS", "MatrixPiece", "read_piece", "usual_principal_type"]

EVERYBODY = "*"
MOST_ACROSS = 200
"""Resources across in files and on the command line, unless told otherwise."""


class MatrixPiece(Struct, frozen=True):
    """A piece of the matrix: `held` are slugs by the numbers of principal and resource."""

    rows: list[IndexedResource]
    heads: list[IndexedResource]
    held: dict[tuple[int, int], list[str]]
    total_rows: int
    total_heads: int

    def cell(self, who: IndexedResource, what: IndexedResource) -> list[str]:
        """What one holds on the other."""
        return self.held.get((who.number, what.number), [])


def read_piece(
    catalogue: SyncIndex, people: str | None, things: str | None, text: str, down: PageRequest, across: PageRequest
) -> MatrixPiece:
    """Principals of the type `people` with a text, and resources of the type `things` that something can be held on."""
    who = ResourceFilter(only="principals", text=text, type=people)
    what = ResourceFilter(only="resources", type=things)
    rows = questions.list_resources(catalogue, who, down)
    heads = questions.list_resources(catalogue, what, across)
    held = grant_search.slugs_by_pair(catalogue, [one.number for one in rows], [one.number for one in heads])
    counts = (questions.count_resources(catalogue, who), questions.count_resources(catalogue, what))
    return MatrixPiece(rows, heads, held, *counts)


def usual_principal_type(view: View, stats: Stats) -> str:
    """The type that most accounts are of; every type where none is for accounts."""
    counts = stats.resources_by_resource_type
    return max(user_types(view), key=lambda name: counts.get(name, 0), default=EVERYBODY)
