"""Parts that pages share: cells for objects, rows for grants, filters."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import NotFoundInFile, PreconditionError
from ...index.grant_search import IndexedGrantFilter, count_holders
from ...index.object_search import IndexedEntitlement, IndexedResource
from ...index.sync_index import SyncIndex
from ...query.listing.listed_rows import resource_tags
from ..open_files import OpenSync
from ..page_content import Cell, FilterChoice, PageLink, PageQuery, address

__all__ = [
    "crumbs",
    "entitlement_cell",
    "index_of",
    "number",
    "principal_cell",
    "resource_cell",
    "tabs",
    "type_choice",
    "type_name",
]


def index_of(opened: OpenSync) -> SyncIndex:
    """Return the index of a sync. Raises PreconditionError before the sync is read."""
    if opened.index is None:
        raise PreconditionError("The sync is not read yet.", hint="Reload the page in a moment.")
    return opened.index


def crumbs(opened: OpenSync, *links: PageLink) -> tuple[PageLink, ...]:
    """Return the breadcrumb of a page, which starts at the overview."""
    return (PageLink("Overview", address(opened.key, "overview")), *links)


def number(value: int) -> str:
    """Format a number with thousands separators."""
    return f"{value:,}"


def type_name(opened: OpenSync, type_id: str) -> str:
    """Return the display name of a resource type."""
    return opened.objects.types[type_id].name if type_id else ""


def principal_cell(opened: OpenSync, resource: IndexedResource) -> Cell:
    """Return a cell that links a principal to its grants."""
    return Cell(
        resource.name,
        address(opened.key, "principal", type=resource.type, id=resource.id),
        resource_tags(resource),
        f"{resource.type}:{resource.id}",
    )


def resource_cell(opened: OpenSync, resource: IndexedResource) -> Cell:
    """Return a cell that links a resource to the grants on it."""
    return Cell(
        resource.name, address(opened.key, "resource", type=resource.type, id=resource.id), resource_tags(resource)
    )


def entitlement_cell(opened: OpenSync, entry: IndexedEntitlement) -> Cell:
    """Return a cell that links an entitlement to its holders."""
    tags = (*(["privileged"] if entry.privileged else []), *(["missing"] if entry.missing else []))
    return Cell(entry.name, address(opened.key, "entitlement", id=entry.id), tags, entry.id)


def type_choice(opened: OpenSync, request: PageQuery, label: str = "Type") -> FilterChoice:
    """Return the filter by resource type. Raises NotFoundInFile for a type that the sync does not have."""
    stats = opened.stats
    names = sorted({*stats.resources_by_resource_type, *stats.entitlements_by_resource_type})
    chosen = request.text("type")
    if chosen and chosen not in {*names, *stats.grants_by_resource_type} and opened.view.resource_type(chosen) is None:
        raise no_such("resource type", chosen)
    named = sorted(((name, type_name(opened, name)) for name in names), key=lambda pair: pair[1].casefold())
    return FilterChoice("type", label, (("", "All types"), *named), request.text("type"), open_ended=True)


def _counted(count: int, noun: str) -> str:
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def tabs(opened: OpenSync, resource: IndexedResource, current_page: str) -> tuple[PageLink, ...]:
    """Return the tabs of a principal or resource; `current_page` is the one that is open."""
    ids = {"type": resource.type, "id": resource.id}
    holds = PageLink(
        f"Holds {_counted(resource.held, 'grant')}",
        address(opened.key, "principal", **ids),
        current_page == "principal",
    )
    holders = count_holders(index_of(opened), IndexedGrantFilter(resource=resource.number)) if resource.holders else 0
    held_by = PageLink(
        f"Held by {_counted(holders, 'principal')}, {_counted(resource.holders, 'grant')}",
        address(opened.key, "resource", **ids),
        current_page == "resource",
    )
    graph = PageLink("Graph", address(opened.key, "graph", **ids), current_page == "graph")
    links = [holds] if resource.held or current_page == "principal" else []
    if resource.holders or current_page == "resource":
        links.append(held_by)
    return (*links, graph)


def no_such(noun: str, name: str) -> NotFoundInFile:
    """Return the error for an address that names an object the sync does not hold."""
    return NotFoundInFile(f"The sync holds no {noun} {name!r}.", hint="Another sync of the file may hold it.")


def plain(rows: Sequence[tuple[str, Cell]]) -> tuple[tuple[str, Cell], ...]:
    """Return the facts that have a text."""
    return tuple((label, cell) for label, cell in rows if cell.text)
