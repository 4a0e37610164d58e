"""The neighbourhood of a principal, a resource or an entitlement, drawn: a click on a box goes on from there."""

from __future__ import annotations

from ...c1z import catalogue_held
from ...c1z import catalogue_questions as questions
from ...c1z.catalogue_held import Held, HeldFilter
from ...c1z.catalogue_questions import EntitlementEntry, Part, Thing
from ...graph.svg import Box, Line, draw
from ...query.access import is_direct
from ...wire import stored
from ..book import Book, Opened
from ..commands import command
from ..sheet import Ask, Cell, Column, Link, Sheet, Table, address
from .parts import catalogue_of, crumbs, no_such, number, thing_tags, type_name

__all__ = ["page"]

MOST_GRANTS, MOST_BOXES = 400, 14
COLUMNS = (Column("from", "From"), Column("to", "To"), Column("how", "How"))
MOST_LAYERS, MOST_STEPS = 5, 6


class _Drawing:
    """Boxes and lines as they are found; of a column, the first `MOST_BOXES` are kept and the others counted."""

    def __init__(self, one: Opened, trail: str) -> None:
        self.one, self.trail = one, trail
        self.boxes: dict[str, Box] = {}
        self.lines: dict[tuple[str, str], Line] = {}
        self.left_out: dict[int, set[str]] = {}

    def box(self, key: str, column: int, text: str, under: str, href: str, *, here: bool = False) -> bool:
        """Put a box in; whether there was room."""
        if key in self.boxes:
            return True
        if sum(box.column == column for box in self.boxes.values()) >= MOST_BOXES:
            self.left_out.setdefault(column, set()).add(key)
            return False
        self.boxes[key] = Box(key, column, text, under, href, here)
        return True

    def thing(self, thing: Thing, column: int, *, here: bool = False) -> bool:
        """A principal or resource."""
        words = (type_name(self.one, thing.type), *thing_tags(thing))
        if thing.holders:
            words = (*words, f"held by {number(thing.holders)}")
        where = address(self.one.key, "graph", type=thing.type, id=thing.id, trail=self.trail)
        return self.box(f"{thing.type}:{thing.id}", column, thing.name, ", ".join(words), where, here=here)

    def resource_of(self, entry: EntitlementEntry, column: int) -> str:
        """The box of the resource that an entitlement is on; its key, empty where there is no room."""
        key = _key(entry)
        where = address(self.one.key, "graph", type=entry.type, id=entry.resource, trail=self.trail)
        fits = self.box(key, column, entry.resource_name or entry.name, type_name(self.one, entry.type), where)
        return key if fits else ""

    def line(self, start: str, end: str, what: EntitlementEntry, *, inherited: bool) -> None:
        """A line, or one more entitlement on it."""
        if not (start and end) or start == end:
            return
        before = self.lines.get((start, end))
        word = what.slug or what.name
        text = word if before is None else before.text if word in before.text.split(", ") else f"{before.text}, {word}"
        direct = before is not None and not before.inherited
        strong = bool(what.privileged) or (before is not None and before.strong)
        self.lines[start, end] = Line(start, end, text, inherited and not direct, strong)

    def sheet(
        self, title: str, links: tuple[Link, ...], tabs: tuple[Link, ...], line: str, *, section: str, cut: bool
    ) -> Sheet:
        """The page of it."""
        last = max((box.column for box in self.boxes.values()), default=0)
        names = ["Principals", *["Groups"] * (last - 1), *["Resources"] * (last > 0)]
        more = [len(self.left_out.get(column, ())) for column in range(last + 1)]
        heads = [f"{name} (and {number(left)} more)" if left else name for name, left in zip(names, more, strict=True)]
        notes = []
        if any(more):
            notes.append(f"{number(sum(more))} more are not drawn; the lists have them all.")
        if cut:
            notes.append(f"Only the first {MOST_GRANTS} grants were looked at; the lists have them all.")
        rows = [
            (Cell(self.boxes[line.start].text), Cell(self.boxes[line.end].text), Cell(_how(line)))
            for line in self.lines.values()
            if line.start in self.boxes and line.end in self.boxes
        ]
        drawn = draw(f"Graph of {title}", heads, list(self.boxes.values()), list(self.lines.values()))
        legend = "Solid lines: direct. Dashed: inherited. Thick: privileged."
        return Sheet(
            title=title,
            kind="Graph",
            section=section,
            crumbs=crumbs(self.one, *links, Link("Graph", current=True)),
            tabs=tabs,
            graph=drawn,
            notes=tuple(notes),
            facts=(("Legend", Cell(legend)),),
            tables=(Table(COLUMNS, rows, len(rows), "The lines as text", "Nothing is held here."),),
            command=line,
            forms=("svg", "csv", "json"),
        )


def page(_book: Book, one: Opened, ask: Ask) -> Sheet:
    """Around an entitlement (`what`), or around a principal or resource (`type`, `id`)."""
    catalogue = catalogue_of(one)
    if what := ask.text("what"):
        entry = questions.entitlement(catalogue, what)
        if entry is None:
            raise no_such("entitlement", what)
        where = address(one.key, "entitlement", id=entry.id)
        tabs = (Link("Holders", where), Link("Graph", ask.url(), current=True))
        drawing, cut = _holders(one, HeldFilter(what=entry.num), None, 2, "")
        line = command(one, "grants", entitlement=entry.id)
        return drawing.sheet(entry.name, (Link(entry.name, where),), tabs, line, section="entitlements", cut=cut)
    type_id, resource_id = ask.text("type"), ask.text("id")
    thing = questions.thing(catalogue, type_id, resource_id)
    if thing is None:
        raise no_such("resource", f"{type_id}:{resource_id}")
    been = _been(one, ask.text("trail"))
    if thing in been:
        been = been[: been.index(thing)]
    steps = [(before.type, before.id) for before in been] + [(thing.type, thing.id)]
    drawing, cut = _around(one, thing, "\n".join("\t".join(step) for step in steps[-MOST_STEPS:]))
    name = "principal" if thing.held else "resource"
    where = address(one.key, name, type=thing.type, id=thing.id)
    ways = [Link("Graph", ask.url(), current=True)]
    if thing.holders:
        ways.insert(
            0, Link(f"Held by {number(thing.holders)}", address(one.key, "resource", type=type_id, id=resource_id))
        )
    if thing.held:
        ways.insert(0, Link(f"Holds {number(thing.held)}", address(one.key, "principal", type=type_id, id=resource_id)))
    line = command(one, "access" if thing.held else "grants", resource_type=type_id, resource=resource_id)
    return drawing.sheet(
        thing.name, (*_way_back(one, been), Link(thing.name, where)), tuple(ways), line, section=f"{name}s", cut=cut
    )


def _been(one: Opened, trail: str) -> list[Thing]:
    """The things whose graphs led here, the latest last: `type TAB id`, a line each."""
    found = []
    for line in trail.split("\n")[-MOST_STEPS:]:
        type_id, _, resource_id = line.partition("\t")
        thing = questions.thing(catalogue_of(one), type_id, resource_id)
        if thing is not None:
            found.append(thing)
    return found


def _way_back(one: Opened, been: list[Thing]) -> list[Link]:
    """A link to each of them, which has those before it as its own trail."""
    links = []
    for at, thing in enumerate(been):
        trail = "\n".join(f"{before.type}\t{before.id}" for before in been[:at])
        where = address(one.key, "graph", type=thing.type, id=thing.id, trail=trail)
        links.append(Link(f"Graph of {thing.name}", where))
    return links


def _around(one: Opened, thing: Thing, trail: str) -> tuple[_Drawing, bool]:
    """Who holds something on a thing, and what it holds itself."""
    if not thing.held:
        return _holders(one, HeldFilter(on=thing.num), thing, 2, trail)
    column = 1 if thing.holders else 0
    drawing, cut = _holders(one, HeldFilter(on=thing.num), thing, column, trail)
    return drawing, _holdings(drawing, thing, column) or cut


def _holdings(drawing: _Drawing, thing: Thing, column: int) -> bool:
    """What a principal holds: behind the groups it is inherited through, which stand as far right as they are away."""
    one, start = drawing.one, f"{thing.type}:{thing.id}"
    rows = catalogue_held.held(catalogue_of(one), HeldFilter(who=thing.num), Part("what", limit=MOST_GRANTS))
    known = {grant.what.id: grant.what for grant in rows}
    links: list[tuple[str, EntitlementEntry, bool]] = []
    passing: set[str] = set()
    for grant in rows:
        sources = _sources(one, grant)
        if is_direct(sources, grant.what.id):
            links.append((start, grant.what, False))
        for source in sorted(set(sources) - {grant.what.id}):
            if source in known:
                links.append((_key(known[source]), grant.what, True))
                passing.add(_key(known[source]))
            else:  # the thing is itself the group it comes through, or the sync lacks that grant
                links.append((start, grant.what, True))
    away = _distances(start, links)
    last = column + max([1, *away.values()])
    for before, entry, inherited in links:
        for each in known.values() if before != start else ():
            if _key(each) == before:
                drawing.resource_of(each, column + max(away.get(before, 1), 1))
        key = _key(entry)
        place = column + max(away.get(key, 1), 1) if key in passing else last
        drawing.line(before, drawing.resource_of(entry, place), entry, inherited=inherited)
    return len(rows) == MOST_GRANTS


def _distances(start: str, links: list[tuple[str, EntitlementEntry, bool]]) -> dict[str, int]:
    """The longest way to each box, in steps; circles are walked no more than `MOST_LAYERS` times."""
    away = {start: 0}
    for _ in range(MOST_LAYERS):
        for before, entry, _ in links:
            key = _key(entry)
            if before in away and key != before:
                away[key] = min(max(away.get(key, 0), away[before] + 1), MOST_LAYERS)
    return away


def _key(entry: EntitlementEntry) -> str:
    return f"{entry.type}:{entry.resource}"


def _holders(one: Opened, where: HeldFilter, here: Thing | None, column: int, trail: str) -> tuple[_Drawing, bool]:
    """Who holds something directly: groups stand in the middle, with the number of those behind them."""
    drawing = _Drawing(one, trail)
    if here is not None:
        drawing.thing(here, column, here=True)
        if not here.holders:
            return drawing, False
    rows = catalogue_held.held(catalogue_of(one), where, Part("who", limit=MOST_GRANTS))
    for grant in rows:
        sources = _sources(one, grant)
        if not is_direct(sources, grant.what.id):
            continue  # stands behind the group it comes through
        end = drawing.resource_of(grant.what, column)
        group = 1 if grant.who.holders and column == 2 else 0
        if drawing.thing(grant.who, group):
            drawing.line(f"{grant.who.type}:{grant.who.id}", end, grant.what, inherited=False)
    return drawing, len(rows) == MOST_GRANTS


def _sources(one: Opened, grant: Held) -> dict[str, bool]:
    row = one.view.grant_at(grant.row)
    return stored.sources(row.data) if row is not None else {}


def _how(line: Line) -> str:
    words = [line.text, "inherited" if line.inherited else "direct", *(["privileged"] if line.strong else [])]
    return ", ".join(words)
