"""What pages share: cells for things, rows for grants, filters."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import NotFoundInFile, PreconditionError
from ...index.grant_search import IndexedGrant, IndexedGrantFilter, count_grants, list_grants
from ...index.object_search import IndexedEntitlement, IndexedResource
from ...index.object_search import PageRequest as Part
from ...index.sync_index import SyncIndex
from ...query.principal_access import is_direct
from ...wire import stored_grants
from ..open_files import OpenSync
from ..page_content import Cell, FilterChoice, PageColumn, PageLink, PageRequest, PageTable, address

__all__ = [
    "GRANT_COLUMNS",
    "catalogue_of",
    "crumbs",
    "entitlement_cell",
    "grant_table",
    "number",
    "principal_cell",
    "resource_cell",
    "tabs",
    "thing_tags",
    "type_choice",
    "type_name",
]

WHO = (
    PageColumn("principal", "Principal", "who", ids=True),
    PageColumn("principal_type", "Type"),
    PageColumn("mail", "E-mail"),
)
WHAT = (
    PageColumn("resource", "Resource", "what", ids=True),
    PageColumn("resource_type", "Type"),
    PageColumn("entitlement", "Entitlement", ids=True),
)
HOW = (PageColumn("held", "Held"), PageColumn("via", "Through"), PageColumn("why", "Why", screen=True))
GRANT_COLUMNS = (*WHO[:1], *WHAT, *HOW)


def catalogue_of(one: OpenSync) -> SyncIndex:
    """The filled catalogue of a sync. PreconditionError if it is not there yet."""
    if one.catalogue is None:
        raise PreconditionError("the sync is not read yet", hint="Ask again.")
    return one.catalogue


def crumbs(one: OpenSync, *links: PageLink) -> tuple[PageLink, ...]:
    """The way to a page, from the overview."""
    return (PageLink("Overview", address(one.key, "overview")), *links)


def number(value: int) -> str:
    """With thousands apart."""
    return f"{value:,}"


def type_name(one: OpenSync, type_id: str) -> str:
    """What people call a resource type."""
    return one.objects.types[type_id].name if type_id else ""


def thing_tags(thing: IndexedResource) -> tuple[str, ...]:
    """What is special about a resource."""
    state = thing.state if thing.state in ("disabled", "deleted") else ""
    return tuple(tag for tag in (state, thing.kind, "missing" if thing.missing else "") if tag)


def principal_cell(one: OpenSync, thing: IndexedResource) -> Cell:
    """A principal, leading to what it holds."""
    return Cell(
        thing.name,
        address(one.key, "principal", type=thing.type, id=thing.id),
        thing_tags(thing),
        f"{thing.type}:{thing.id}",
    )


def resource_cell(one: OpenSync, thing: IndexedResource) -> Cell:
    """A resource, leading to who holds something on it."""
    return Cell(thing.name, address(one.key, "resource", type=thing.type, id=thing.id), thing_tags(thing))


def entitlement_cell(one: OpenSync, entry: IndexedEntitlement) -> Cell:
    """An entitlement, leading to its holders."""
    tags = (*(["privileged"] if entry.privileged else []), *(["missing"] if entry.missing else []))
    return Cell(entry.name, address(one.key, "entitlement", id=entry.id), tags, entry.id)


def type_choice(one: OpenSync, ask: PageRequest, label: str = "Type") -> FilterChoice:
    """A filter by resource type."""
    stats = one.stats
    names = sorted({*stats.resources_by_resource_type, *stats.entitlements_by_resource_type})
    named = sorted(((name, type_name(one, name)) for name in names), key=lambda pair: pair[1].casefold())
    return FilterChoice("type", label, (("", "All types"), *named), ask.text("type"))


def grant_table(
    one: OpenSync, ask: PageRequest, where: IndexedGrantFilter, columns: str, title: str = "", most: int = 0
) -> PageTable:
    """Grants: `columns` is `who`, `what` or `both`, for what differs between its rows."""
    catalogue = catalogue_of(one)
    part = Part(limit=most) if most else ask.part
    rows = [_row(one, grant, columns) for grant in list_grants(catalogue, where, part)]
    heads = {"who": (*WHO, *WHAT[2:], *HOW), "what": (*WHAT, *HOW), "both": GRANT_COLUMNS}[columns]
    total = count_grants(catalogue, where)
    default = "what" if columns == "what" else "who"
    return PageTable(heads, rows, total, title, "Nobody holds anything here.", paged=not most, default_sort=default)


def _row(one: OpenSync, grant: IndexedGrant, columns: str) -> tuple[Cell, ...]:
    who, what = grant.who, grant.what
    people = (principal_cell(one, who), Cell(type_name(one, who.type)), Cell(who.mail))
    where = address(one.key, "resource", type=what.type, id=what.resource)
    on = Cell(what.resource_name or what.resource, where, id=f"{what.type}:{what.resource}")
    things = (on if what.resource else Cell(""), Cell(type_name(one, what.type)), entitlement_cell(one, what))
    how = _how(one, grant)
    if columns == "who":
        return (*people, things[2], *how)
    return (*things, *how) if columns == "what" else (people[0], *things, *how)


def _how(one: OpenSync, grant: IndexedGrant) -> tuple[Cell, ...]:
    row = one.view.grant_at(grant.row)
    sources = stored_grants.sources(row.data) if row is not None else {}
    via = [source for source in sorted(sources) if source != grant.what.id]
    direct = is_direct(sources, grant.what.id)
    word = ("direct, inherited" if via else "direct") if direct else "inherited"
    through = Cell(
        ", ".join(one.objects.entitlements[source].name for source in via),
        address(one.key, "entitlement", id=via[0]) if len(via) == 1 else "",
    )
    where = address(one.key, "why", type=grant.who.type, id=grant.who.id, what=grant.what.id)
    return Cell(word), through, Cell("Why?", where, spoken=f"{grant.who.name}, {grant.what.name}")


def tabs(one: OpenSync, thing: IndexedResource, here: str) -> tuple[PageLink, ...]:
    """The pages of one principal or resource; `here`: which of them this is."""
    ids = {"type": thing.type, "id": thing.id}
    holds = PageLink(f"Holds {number(thing.held)}", address(one.key, "principal", **ids), here == "principal")
    held_by = PageLink(f"Held by {number(thing.holders)}", address(one.key, "resource", **ids), here == "resource")
    graph = PageLink("Graph", address(one.key, "graph", **ids), here == "graph")
    found = [holds] if thing.held or here == "principal" else []
    if thing.holders or here == "resource":
        found.append(held_by)
    return (*found, graph)


def no_such(kind: str, name: str) -> NotFoundInFile:
    """The error for an address that names what the sync does not hold."""
    return NotFoundInFile(f"the sync holds no {kind} {name!r}", hint="It may be in another sync of the file.")


def plain(rows: Sequence[tuple[str, Cell]]) -> tuple[tuple[str, Cell], ...]:
    """The facts that say something."""
    return tuple((label, cell) for label, cell in rows if cell.text)
