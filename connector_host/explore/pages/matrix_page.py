"""The matrix page: principals, resources and the entitlements between them, paged in both directions."""

from __future__ import annotations

from ...index.object_search import IndexedResource, RowWindow
from ...query.access.access_matrix import (
    EVERYBODY,
    MOST_ACROSS,
    CellAccess,
    MatrixPiece,
    read_cells,
    read_piece,
    usual_principal_type,
)
from ..equivalent_commands import equivalent_command
from ..open_files import OpenFiles, OpenSync
from ..page_content import (
    Cell,
    FilterChoice,
    MatrixGrid,
    PageColumn,
    PageContent,
    PageLink,
    PageQuery,
    PageTable,
    address,
)
from .page_parts import crumbs, index_of, principal_cell, resource_cell, type_choice, type_name

__all__ = ["page"]

MOST_LEVELS = 4
"""Levels of access that a cell names; a number stands for the others."""
DOWN, ACROSS = 30, 12


def page(_files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """Show a part of the matrix. A download holds all the principals and up to `MOST_ACROSS` resources."""
    down = request.part if request.file_part else RowWindow(offset=(request.number("page", 1) - 1) * DOWN, limit=DOWN)
    start = (request.number("across", 1) - 1) * ACROSS
    principal_type = request.text("who") or usual_principal_type(opened.view, opened.stats)
    type_filter = None if principal_type == EVERYBODY else principal_type
    cut = read_piece(
        *(index_of(opened), type_filter, request.optional("type"), request.text("q")),
        RowWindow("name", offset=down.offset, limit=down.limit),
        RowWindow("name", offset=start, limit=MOST_ACROSS if request.file_part else ACROSS),
    )
    if request.file_part:
        cells = [
            (principal_cell(opened, row), [Cell(", ".join(cut.cell(row, head))) for head in cut.heads])
            for row in cut.rows
        ]
    else:
        cells = _marked_cells(opened, cut)
    columns = (
        PageColumn("principal", "Principal", ids=True),
        *(
            PageColumn(f"{resource.type}:{resource.id}", f"{resource.name} ({type_name(opened, resource.type)})")
            for resource in cut.heads
        ),
    )
    heads = [resource_cell(opened, resource) for resource in cut.heads]
    flat = [(principal, *levels) for principal, levels in cells]
    listed_types = [pair for pair in type_choice(opened, request).options if pair[0]]
    type_options = ((EVERYBODY, "All types"), *listed_types)
    return PageContent(
        title="Principals and resources",
        section="matrix",
        crumbs=crumbs(opened, PageLink("Matrix", current=True)),
        search=request.text("q"),
        choices=(
            FilterChoice("who", "Principals", type_options, principal_type),
            type_choice(opened, request, "Resources"),
        ),
        tables=(PageTable(columns, flat, cut.total_rows, empty="No grants match these filters.", paged=True),),
        matrix=MatrixGrid(heads, cells, cut.total_rows, cut.total_heads, start, ACROSS),
        command=_command(opened, request, start),
        extra={"page_size": str(DOWN)},
    )


def _marked_cells(opened: OpenSync, cut: MatrixPiece) -> list[tuple[Cell, list[Cell]]]:
    """Return the rows for the screen: short cells that mark privileged and inherited access and lead to the grants."""
    access = read_cells(index_of(opened), opened.view, cut)
    return [
        (principal_cell(opened, row), [_marked_cell(opened, row, head, access) for head in cut.heads])
        for row in cut.rows
    ]


def _marked_cell(
    opened: OpenSync, row: IndexedResource, head: IndexedResource, access: dict[tuple[int, int], CellAccess]
) -> Cell:
    cell = access.get((row.number, head.number))
    if cell is None:
        return Cell("")
    levels = sorted(cell.levels, key=lambda level: level not in cell.privileged)
    more = f" +{len(levels) - MOST_LEVELS}" if len(levels) > MOST_LEVELS else ""
    href = address(opened.key, "grants", type=head.type, on=head.id, holder_type=row.type, holder=row.id)
    ways = ("direct",) * (cell.direct and cell.inherited) + ("inherited",) * cell.inherited
    tags = (*(("privileged",) if cell.privileged else ()), *ways)
    return Cell(", ".join(levels[:MOST_LEVELS]) + more, href, tags, spoken=f"{row.name}, {head.name}")


def _command(opened: OpenSync, request: PageQuery, start: int) -> str:
    return equivalent_command(
        opened,
        "matrix",
        principal_type=request.optional("who"),
        resource_type=request.optional("type"),
        text=request.text("q"),
        skip=str(start) if start else None,
    )
