"""Listings as page tables: the columns and rows that commands have, with links, tags and explanations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from ...errors import FileError
from ...index.grant_search import IndexedGrantFilter, count_grants, count_pairs
from ...query.listing.listed_rows import ListedGrant
from ...query.listing.listing_columns import ListColumn, access_columns, grant_columns
from ...query.listing.listings import ListingSource, list_access_rows, list_grants
from ..open_files import OpenSync
from ..page_content import Cell, FilterChoice, PageColumn, PageQuery, PageTable, address
from .page_parts import index_of

__all__ = [
    "grant_table",
    "grants_or_access",
    "is_by_resource",
    "listing_cells",
    "listing_source",
    "page_columns",
    "rows_choice",
]

T = TypeVar("T")
WHY_COLUMN = PageColumn("why", "Why", screen=True)
BY_RESOURCE = "resource"
UNREADABLE = "(unreadable)"
MISSING_PREFIX = "(missing) "


def listing_source(opened: OpenSync) -> ListingSource:
    """Return the sync as the source of listings, with its index. Raises PreconditionError before the sync is read."""
    return ListingSource(opened.view, opened.objects, index_of(opened))


def page_columns(columns: Iterable[ListColumn[T]]) -> tuple[PageColumn, ...]:
    """Return the columns of a listing as those of a page table."""
    return tuple(
        PageColumn(column.key, column.title, column.sort, column.number, column.with_id)
        for column in columns
        if not column.file_only
    )


def listing_cells(opened: OpenSync, columns: Iterable[ListColumn[T]], rows: Iterable[T]) -> list[tuple[Cell, ...]]:
    """Return the cells of the rows of a listing."""
    shown = [column for column in columns if not column.file_only]
    return [tuple(_cell(opened, column, row) for column in shown) for row in rows]


def grant_table(
    opened: OpenSync,
    request: PageQuery,
    where: IndexedGrantFilter,
    columns: tuple[ListColumn[ListedGrant], ...] | None = None,
    title: str = "",
) -> PageTable:
    """List grants in a table with a link to the explanation of each."""
    columns = columns or grant_columns()
    rows = list(list_grants(listing_source(opened), conditions=where, page=request.part))
    cells = listing_cells(opened, columns, rows)
    return PageTable(
        (*page_columns(columns), WHY_COLUMN),
        [(*row_cells, _why_cell(opened, row)) for row_cells, row in zip(cells, rows, strict=True)],
        count_grants(index_of(opened), where),
        title,
        "No grants match these filters.",
        paged=True,
        default_sort="what" if where.principal is not None else "who",
    )


def grants_or_access(
    opened: OpenSync,
    request: PageQuery,
    where: IndexedGrantFilter,
    same: frozenset[str] | None = None,
    title: str = "",
) -> PageTable:
    """List grants one by one, or one row for each principal and resource, as the parameter `rows` asks for.

    `same` are the keys of columns that would say the same in each row.
    """
    if not is_by_resource(request):
        return grant_table(opened, request, where, None if same is None else grant_columns(same=same), title)
    columns = access_columns(same=same or frozenset())
    rows = list_access_rows(listing_source(opened), conditions=where, page=request.part)
    return PageTable(
        page_columns(columns),
        listing_cells(opened, columns, rows),
        count_pairs(index_of(opened), where),
        title,
        "No grants match these filters.",
        paged=True,
        default_sort="what" if where.principal is not None else "who",
    )


def rows_choice(request: PageQuery) -> FilterChoice:
    """Return the choice between single grants and one row for each principal and resource."""
    options = (("", "grant"), (BY_RESOURCE, "principal and resource"))
    return FilterChoice("rows", "One row per", options, request.text("rows"))


def is_by_resource(request: PageQuery) -> bool:
    """Return True if a page shows one row for each principal and resource."""
    return request.text("rows") == BY_RESOURCE


def _cell(opened: OpenSync, column: ListColumn[T], row: T) -> Cell:
    try:
        text = column.text(row)
        link = column.link(row) if column.link is not None else None
    except FileError:  # a damaged object must not take the page with it
        return Cell(UNREADABLE)
    if column.number and text:
        text = f"{int(text):,}"
    if link is None:
        return Cell(text)
    if "missing" in link.tags:
        text = text.removeprefix(MISSING_PREFIX)
    return Cell(text, address(opened.key, link.page, **link.parameters), link.tags, link.id)


def _why_cell(opened: OpenSync, row: ListedGrant) -> Cell:
    stored = row.row
    href = address(opened.key, "why", type=stored.principal_type, id=stored.principal, what=stored.entitlement)
    try:
        spoken = f"{row.principal.name}, {row.granted.entitlement.name}"
    except FileError:
        spoken = stored.id
    return Cell("Why?", href, spoken=spoken)
