"""Matrix of principals and resources, with what each principal holds on each resource."""

from __future__ import annotations

from msgspec import Struct

from ...c1z.sync_stats import Stats
from ...c1z.types import View
from ...index import grant_search
from ...index import object_search as search
from ...index.object_search import IndexedResource, ResourceFilter, RowWindow
from ...index.sync_index import SyncIndex
from ...wire import stored_grants
from ..resource_facts import user_types
from .holdings import is_direct

__all__ = ["EVERYBODY", "MOST_ACROSS", "CellAccess", "MatrixPiece", "read_cells", "read_piece", "usual_principal_type"]

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
    down: RowWindow,
    across: RowWindow,
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


class CellAccess(Struct):
    """Access of one principal to one resource: the levels, those of them that are privileged, and how they are held."""

    levels: list[str] = []
    privileged: list[str] = []
    direct: bool = False
    inherited: bool = False


def read_cells(index: SyncIndex, view: View, piece: MatrixPiece) -> dict[tuple[int, int], CellAccess]:
    """Return the access in the cells of a piece, by the numbers of principal and resource.

    It reads the stored grants of the cells, so it is for a page, not for the whole matrix.
    """
    cells: dict[tuple[int, int], CellAccess] = {}
    rows, heads = [row.number for row in piece.rows], [head.number for head in piece.heads]
    for held in grant_search.held_levels(index, rows, heads):
        cell = cells.setdefault((held.principal, held.resource), CellAccess())
        if held.level not in cell.levels:
            cell.levels.append(held.level)
            if held.privileged:
                cell.privileged.append(held.level)
        if cell.direct and cell.inherited:
            continue
        stored = view.grant_at(held.row)
        sources = stored_grants.sources(stored.data) if stored is not None else {}
        cell.direct = cell.direct or is_direct(sources, held.entitlement)
        cell.inherited = cell.inherited or bool(set(sources) - {held.entitlement})
    return cells


def usual_principal_type(view: View, stats: Stats) -> str:
    """Return the type that most accounts are of; `EVERYBODY` where no type is for accounts."""
    counts = stats.resources_by_resource_type
    return max(user_types(view), key=lambda type_id: counts.get(type_id, 0), default=EVERYBODY)
