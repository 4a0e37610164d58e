"""Principals x resources: who holds what where, paged both ways."""

from __future__ import annotations

from ...index.object_search import PageRequest as Part
from ...query.access_matrix import EVERYBODY, MOST_ACROSS, read_piece, usual_principal_type
from ..equivalent_commands import equivalent_command
from ..open_files import OpenFiles, OpenSync
from ..page_content import Cell, FilterChoice, MatrixGrid, PageColumn, PageContent, PageLink, PageRequest, PageTable
from .page_parts import catalogue_of, crumbs, principal_cell, resource_cell, type_choice, type_name

__all__ = ["page"]

DOWN, ACROSS = 30, 12


def page(_book: OpenFiles, one: OpenSync, ask: PageRequest) -> PageContent:
    """A piece of the matrix. In files it has all the principals, and as many resources from there on as fit."""
    down = ask.part if ask.whole else Part(offset=(ask.number("page", 1) - 1) * DOWN, limit=DOWN)
    start = (ask.number("across", 1) - 1) * ACROSS
    wanted = ask.text("who") or usual_principal_type(one.view, one.stats)
    people = None if wanted == EVERYBODY else wanted
    found = read_piece(
        *(catalogue_of(one), people, ask.optional("type"), ask.text("q")),
        Part("name", offset=down.offset, limit=down.limit),
        Part("name", offset=start, limit=MOST_ACROSS if ask.whole else ACROSS),
    )
    cells = [
        (principal_cell(one, who), [Cell(", ".join(found.cell(who, what))) for what in found.heads])
        for who in found.rows
    ]
    columns = (
        PageColumn("principal", "Principal", ids=True),
        *(PageColumn(f"{what.type}:{what.id}", f"{what.name} ({type_name(one, what.type)})") for what in found.heads),
    )
    heads = [resource_cell(one, what) for what in found.heads]
    flat = [(who, *levels) for who, levels in cells]
    named = [pair for pair in type_choice(one, ask).options if pair[0]]
    whos = ((EVERYBODY, "All types"), *named)
    return PageContent(
        title="Principals and resources",
        section="matrix",
        crumbs=crumbs(one, PageLink("Matrix", current=True)),
        search=ask.text("q"),
        choices=(FilterChoice("who", "Principals", whos, wanted), type_choice(one, ask, "Resources")),
        tables=(PageTable(columns, flat, found.total_rows, empty="Nobody holds anything here.", paged=True),),
        matrix=MatrixGrid(heads, cells, found.total_rows, found.total_heads, start, ACROSS),
        command=_command(one, ask, start),
        extra={"page_size": str(DOWN)},
    )


def _command(one: OpenSync, ask: PageRequest, start: int) -> str:
    return equivalent_command(
        one,
        "matrix",
        principal_type=ask.optional("who"),
        resource_type=ask.optional("type"),
        text=ask.text("q"),
        skip=str(start) if start else None,
    )
