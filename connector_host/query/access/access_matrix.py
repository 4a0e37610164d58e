"""Matrix of principals and resources, with what each principal holds on each resource."""

from __future__ import annotations

from msgspec import Struct

from ...c1z.sync_stats import Stats
from ...c1z.types import View
from ...index import grant_search
from ...index import object_search as search
from ...index.object_search import IndexedResource, PageRequest, ResourceFilter
from ...index.sync_index import SyncIndex
from ..resource_facts import user_types

__all__ = ["EVERYBODY", "MOST_ACROSS", "MatrixPiece", "read_piece", "usual_principal_type"]

EVERYBODY = "*"
MOST_ACROSS = 200
"""Resources across in files and on the command line, unless specified otherwise."""


class MatrixPiece(Struct, frozen=True):
    """Part of the matrix. `held` has slugs by the numbers of principal and resource."""

    rows: list[IndexedResource]
    heads: list[IndexedResource]
    held: dict[tuple[int, int], list[str]]
    total_rows: int
    total_heads: int

    def cell(self, principal: IndexedResource, resource: IndexedResource) -> list[str]:
        """Return the slugs of what a principal holds on a resource."""
        return self.held.get((principal.number, resource.number), [])


def read_piece(
    index: SyncIndex,
    principal_type: str | None,
    resource_type: str | None,
    text: str,
    down: PageRequest,
    across: PageRequest,
) -> MatrixPiece:
    """Read the part of the matrix on the pages `down` of principals and `across` of resources with entitlements.

    The types None stand for any; `text` is searched in the principals.
    """
    principals = ResourceFilter(only="principals", text=text, type=principal_type)
    resources = ResourceFilter(only="resources", type=resource_type)
    rows = search.list_resources(index, principals, down)
    heads = search.list_resources(index, resources, across)
    held = grant_search.slugs_by_pair(index, [row.number for row in rows], [head.number for head in heads])
    counts = (search.count_resources(index, principals), search.count_resources(index, resources))
    return MatrixPiece(rows, heads, held, *counts)


def usual_principal_type(view: View, stats: Stats) -> str:
    """Return the type that most accounts are of; `EVERYBODY` where no type is for accounts."""
    counts = stats.resources_by_resource_type
    return max(user_types(view), key=lambda type_id: counts.get(type_id, 0), default=EVERYBODY)
