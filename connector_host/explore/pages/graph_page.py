"""The neighbourhood of a principal, a resource or an entitlement, drawn: a click on a box goes on from there."""

from __future__ import annotations

from msgspec import Struct

from ...graph.neighbourhood_svg import draw_svg
from ...index import object_search as questions
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
from ..page_content import Cell, PageColumn, PageContent, PageLink, PageRequest, PageTable, address
from .page_parts import catalogue_of, crumbs, no_such, number, tabs

__all__ = ["page"]

MOST_BOXES = 14
MOST_LOOKED_AT = 2_000
"""Grants, as there are more than a page can wait for."""
MOST_STEPS = 6
COLUMNS = (
    PageColumn("from", "From", ids=True),
    PageColumn("to", "To", ids=True),
    PageColumn("entitlement", "Through"),
    PageColumn("how", "How"),
)


class _Stop(Struct, frozen=True):
    """What a graph is about: an entitlement (`what`), or a principal or resource (`type`, `id`)."""

    name: str
    what: str = ""
    type: str = ""
    id: str = ""

    @property
    def ids(self) -> dict[str, str]:
        """Its parameters in an address."""
        return {"what": self.what} if self.what else {"type": self.type, "id": self.id}

    @property
    def word(self) -> str:
        """Its part of a trail."""
        return "\t".join((self.what,) if self.what else (self.type, self.id))


def page(_book: OpenFiles, one: OpenSync, ask: PageRequest) -> PageContent:
    """Around an entitlement (`what`), or around a principal or resource (`type`, `id`)."""
    given = {"what": ask.text("what")} if ask.text("what") else {"type": ask.text("type"), "id": ask.text("id")}
    here = _stop(one, **given)
    if here is None:
        raise no_such("entitlement" if "what" in given else "resource", ":".join(given.values()))
    been = _been(one, ask.text("trail"))
    if here in been:
        been = been[: been.index(here)]
    graph = _neighbourhood(one, here)
    trail = _trail([*been, here])
    edges = sorted(graph.edges.values(), key=lambda edge: (_place(graph, edge.start), _place(graph, edge.end)))
    rows = [_row(graph, edge) for edge in edges]
    section, home, ways = _places(one, here)
    return PageContent(
        title=here.name,
        kind="Graph",
        section=section,
        crumbs=crumbs(one, *_way_back(one, been), home, PageLink("Graph", current=True)),
        tabs=ways,
        graph=draw_svg(graph, lambda node: address(one.key, "graph", **_ids(node), trail=trail)),
        notes=tuple(_notes(graph)),
        tables=(PageTable(COLUMNS, rows, len(rows), "The lines as text", "Nothing is held here."),),
        command=_command(one, here, cut=graph.cut),
        forms=("svg", "csv", "json"),
    )


def _neighbourhood(one: OpenSync, here: _Stop) -> Neighbourhood:
    if here.what:
        return entitlement_neighbourhood(one.view, [here.what], most=MOST_BOXES, look=MOST_LOOKED_AT)
    return resource_neighbourhood(one.view, ResourceId(here.type, here.id), most=MOST_BOXES, look=MOST_LOOKED_AT)


def _command(one: OpenSync, here: _Stop, *, cut: bool) -> str:
    look = str(MOST_LOOKED_AT) if cut else None
    return equivalent_command(one, "graph", here.what or f"{here.type}:{here.id}", most=str(MOST_BOXES), look=look)


def _ids(node: GraphNode) -> dict[str, str]:
    if node.layer == ENTITLEMENTS:
        return {"what": node.id}
    return {"type": node.kind, "id": node.id.removeprefix(f"{node.kind}:")}


def _place(graph: Neighbourhood, key: str) -> tuple[int, str]:
    """Where a node stands among others: by its layer, then by name."""
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
    left = sum(map(len, graph.left_out.values()))
    if left:
        notes.append(f"{number(left)} more are not drawn; the lists have them all.")
    if graph.cut:
        notes.append(f"Only the first {number(MOST_LOOKED_AT)} grants were looked at; the lists have them all.")
    if graph.unsaid:
        notes.append(f"{NOT_EXPANDED[:1].upper()}{NOT_EXPANDED[1:]}.")
    return notes


# ----------------------------------------------------------------------------------------------- the way here


def _stop(one: OpenSync, what: str = "", type: str = "", id: str = "") -> _Stop | None:  # noqa: A002 - as in addresses
    catalogue = catalogue_of(one)
    if what:
        entry = questions.entitlement_by_id(catalogue, what)
        return None if entry is None else _Stop(entry.name, what=entry.id)
    thing = questions.resource_by_id(catalogue, type, id)
    return None if thing is None else _Stop(thing.name, type=thing.type, id=thing.id)


def _been(one: OpenSync, trail: str) -> list[_Stop]:
    """What the graphs that led here were about, the latest last: `type TAB id` or an entitlement's id, a line each."""
    found = []
    for line in trail.split("\n")[-MOST_STEPS:]:
        first, tab, rest = line.partition("\t")
        found.append(_stop(one, type=first, id=rest) if tab else _stop(one, what=first) if first else None)
    return [stop for stop in found if stop is not None]


def _trail(stops: list[_Stop]) -> str:
    return "\n".join(stop.word for stop in stops[-MOST_STEPS:])


def _way_back(one: OpenSync, been: list[_Stop]) -> list[PageLink]:
    """A link to each of them, which has those before it as its own trail."""
    return [
        PageLink(f"Graph of {stop.name}", address(one.key, "graph", **stop.ids, trail=_trail(been[:at])))
        for at, stop in enumerate(been)
    ]


def _places(one: OpenSync, here: _Stop) -> tuple[str, PageLink, tuple[PageLink, ...]]:
    """The section it belongs to, its own page, and the tabs that it shares with it."""
    if here.what:
        where = address(one.key, "entitlement", id=here.what)
        graph = PageLink("Graph", address(one.key, "graph", what=here.what), current=True)
        return "entitlements", PageLink(here.name, where), (PageLink("Holders", where), graph)
    thing = questions.resource_by_id(catalogue_of(one), here.type, here.id)
    name = "principal" if thing is not None and thing.held else "resource"
    home = PageLink(here.name, address(one.key, name, type=here.type, id=here.id))
    return f"{name}s", home, () if thing is None else tabs(one, thing, "graph")
