"""The graph page: the neighbourhood of a principal, a resource or an entitlement; each box links to its own graph."""

from __future__ import annotations

from msgspec import Struct

from ...graph.neighbourhood_svg import draw_svg
from ...index import object_search as search
from ...model import ResourceId
from ...query.neighbourhood import (
    ENTITLEMENTS,
    NOT_EXPANDED,
    GraphEdge,
    GraphNode,
    Neighbourhood,
    entitlement_neighbourhood,
    resource_neighbourhood,
)
from ..equivalent_commands import equivalent_command
from ..open_files import OpenFiles, OpenSync
from ..page_content import Cell, PageColumn, PageContent, PageLink, PageQuery, PageTable, address
from .page_parts import crumbs, index_of, no_such, number, tabs

__all__ = ["page"]

MOST_BOXES = 14
MOST_GRANTS_READ = 2_000
"""The limit of grants that are read for one drawing, so that a page is shown in time."""
MOST_STEPS = 6
COLUMNS = (
    PageColumn("from", "From", ids=True),
    PageColumn("to", "To", ids=True),
    PageColumn("entitlement", "Through"),
    PageColumn("how", "How"),
)


class _Stop(Struct, frozen=True):
    """The subject of a graph: an entitlement by its id, or a principal or resource by `type` and `id`."""

    name: str
    entitlement: str = ""
    type: str = ""
    id: str = ""

    @property
    def ids(self) -> dict[str, str]:
        """The parameters of its address."""
        return {"what": self.entitlement} if self.entitlement else {"type": self.type, "id": self.id}

    @property
    def word(self) -> str:
        """The text that stands for it in the parameter `trail`."""
        return "\t".join((self.entitlement,) if self.entitlement else (self.type, self.id))


def page(_book: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """Draw the surroundings of an entitlement (`what`), or of a principal or resource (`type`, `id`)."""
    subject = {"entitlement": request.text("what")}
    if not request.text("what"):
        subject = {"type": request.text("type"), "id": request.text("id")}
    current = _stop(opened, **subject)
    if current is None:
        raise no_such("entitlement" if "entitlement" in subject else "resource", ":".join(subject.values()))
    visited = _visited(opened, request.text("trail"))
    if current in visited:
        visited = visited[: visited.index(current)]
    graph = _neighbourhood(opened, current)
    trail = _trail([*visited, current])
    edges = sorted(graph.edges.values(), key=lambda edge: (_sort_key(graph, edge.start), _sort_key(graph, edge.end)))
    rows = [_row(graph, edge) for edge in edges]
    section, home, ways = _navigation(opened, current)
    return PageContent(
        title=current.name,
        subtitle="Graph",
        section=section,
        crumbs=crumbs(opened, *_links_back(opened, visited), home, PageLink("Graph", current=True)),
        tabs=ways,
        graph=draw_svg(graph, lambda node: address(opened.key, "graph", **_ids(node), trail=trail)),
        notes=tuple(_notes(graph)),
        tables=(PageTable(COLUMNS, rows, len(rows), "Connections as a table", "There are no grants."),),
        command=_command(opened, current, cut=graph.cut),
        forms=("svg", "csv", "json"),
    )


def _neighbourhood(opened: OpenSync, stop: _Stop) -> Neighbourhood:
    if stop.entitlement:
        return entitlement_neighbourhood(opened.view, [stop.entitlement], most=MOST_BOXES, look=MOST_GRANTS_READ)
    return resource_neighbourhood(opened.view, ResourceId(stop.type, stop.id), most=MOST_BOXES, look=MOST_GRANTS_READ)


def _command(opened: OpenSync, stop: _Stop, *, cut: bool) -> str:
    look = str(MOST_GRANTS_READ) if cut else None
    return equivalent_command(
        opened, "graph", stop.entitlement or f"{stop.type}:{stop.id}", most=str(MOST_BOXES), look=look
    )


def _ids(node: GraphNode) -> dict[str, str]:
    if node.layer == ENTITLEMENTS:
        return {"what": node.id}
    return {"type": node.kind, "id": node.id.removeprefix(f"{node.kind}:")}


def _sort_key(graph: Neighbourhood, key: str) -> tuple[int, str]:
    """Return the sort key of a node: its layer, then its name."""
    return graph.nodes[key].layer, graph.nodes[key].name.casefold()


def _row(graph: Neighbourhood, edge: GraphEdge) -> tuple[Cell, ...]:
    start, end = graph.nodes[edge.start], graph.nodes[edge.end]
    how = ("inherited" if edge.inherited else "direct", *(["privileged"] if edge.privileged else []))
    return (
        Cell(start.name, id=start.id),
        Cell(end.name, id=end.id),
        Cell(edge.text),
        Cell(", ".join(how)),
    )


def _notes(graph: Neighbourhood) -> list[str]:
    notes = []
    if graph.omitted:
        notes.append(f"Not drawn: {graph.omitted}. The lists hold all of them.")
    if graph.cut:
        notes.append(f"Only the first {number(MOST_GRANTS_READ)} grants were read; the lists hold all of them.")
    if graph.inferred:
        notes.append(f"{NOT_EXPANDED[:1].upper()}{NOT_EXPANDED[1:]}.")
    return notes


# ------------------------------------------------------------------------------------ the graphs visited before


def _stop(opened: OpenSync, entitlement: str = "", type: str = "", id: str = "") -> _Stop | None:  # noqa: A002 - as in addresses
    index = index_of(opened)
    if entitlement:
        entry = search.entitlement_by_id(index, entitlement)
        return None if entry is None else _Stop(entry.name, entitlement=entry.id)
    resource = search.resource_by_id(index, type, id)
    return None if resource is None else _Stop(resource.name, type=resource.type, id=resource.id)


def _visited(opened: OpenSync, trail: str) -> list[_Stop]:
    """Return the subjects of the graphs visited before, from a trail of lines `type TAB id` or `entitlement id`."""
    stops = []
    for line in trail.split("\n")[-MOST_STEPS:]:
        first, tab, resource_id = line.partition("\t")
        stops.append(
            _stop(opened, type=first, id=resource_id) if tab else _stop(opened, entitlement=first) if first else None
        )
    return [stop for stop in stops if stop is not None]


def _trail(stops: list[_Stop]) -> str:
    return "\n".join(stop.word for stop in stops[-MOST_STEPS:])


def _links_back(opened: OpenSync, visited: list[_Stop]) -> list[PageLink]:
    """Return a link to each visited graph; its trail holds the graphs before it."""
    return [
        PageLink(f"Graph of {stop.name}", address(opened.key, "graph", **stop.ids, trail=_trail(visited[:position])))
        for position, stop in enumerate(visited)
    ]


def _navigation(opened: OpenSync, stop: _Stop) -> tuple[str, PageLink, tuple[PageLink, ...]]:
    """Return the section of the subject, the link to its page, and the tabs of that page."""
    if stop.entitlement:
        holders = address(opened.key, "entitlement", id=stop.entitlement)
        graph = PageLink("Graph", address(opened.key, "graph", what=stop.entitlement), current=True)
        return "entitlements", PageLink(stop.name, holders), (PageLink("Holders", holders), graph)
    resource = search.resource_by_id(index_of(opened), stop.type, stop.id)
    name = "principal" if resource is not None and resource.held else "resource"
    home = PageLink(stop.name, address(opened.key, name, type=stop.type, id=stop.id))
    return f"{name}s", home, () if resource is None else tabs(opened, resource, "graph")
