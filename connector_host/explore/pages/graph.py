"""The neighbourhood of a principal, a resource or an entitlement, drawn: a click on a box goes on from there."""

from __future__ import annotations

from ...c1z import catalogue_questions as questions
from ...c1z.catalogue_questions import EntitlementEntry, Held, HeldFilter, Part, Thing
from ...query.access import is_direct
from ...wire import stored
from ..book import Book, Opened
from ..commands import command
from ..drawing import Box, Line, draw
from ..sheet import Ask, Cell, Column, Link, Sheet, Table, address
from .parts import catalogue_of, crumbs, no_such, number, thing_tags, type_name

__all__ = ["page"]

MOST_GRANTS, MOST_BOXES = 400, 14
COLUMNS = (Column("from", "From"), Column("to", "To"), Column("how", "How"))
HEADS = ("Principals", "Groups", "Resources")


class _Drawing:
    """Boxes and lines as they are found; of a column, the first `MOST_BOXES` are kept and the others counted."""

    def __init__(self, one: Opened) -> None:
        self.one = one
        self.boxes: dict[str, Box] = {}
        self.lines: dict[tuple[str, str], Line] = {}
        self.left_out = [set[str]() for _ in HEADS]

    def box(self, key: str, column: int, text: str, under: str, href: str, *, here: bool = False) -> bool:
        """Put a box in; whether there was room."""
        if key in self.boxes:
            return True
        if sum(box.column == column for box in self.boxes.values()) >= MOST_BOXES:
            self.left_out[column].add(key)
            return False
        self.boxes[key] = Box(key, column, text, under, href, here)
        return True

    def thing(self, thing: Thing, column: int, *, here: bool = False) -> bool:
        """A principal or resource."""
        words = (type_name(self.one, thing.type), *thing_tags(thing))
        if column == 1:
            words = (*words, f"{number(thing.holders)} hold it")
        where = address(self.one.key, "graph", type=thing.type, id=thing.id)
        return self.box(f"{thing.type}:{thing.id}", column, thing.name, ", ".join(words), where, here=here)

    def resource_of(self, entry: EntitlementEntry, column: int) -> str:
        """The box of the resource that an entitlement is on; its key, empty where there is no room."""
        key = f"{entry.type}:{entry.resource}"
        where = address(self.one.key, "graph", type=entry.type, id=entry.resource)
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

    def sheet(self, title: str, links: tuple[Link, ...], tabs: tuple[Link, ...], line: str, *, cut: bool) -> Sheet:
        """The page of it."""
        notes = [
            f"{head}: {number(len(left))} more are not drawn."
            for head, left in zip(HEADS, self.left_out, strict=True)
            if left
        ]
        if cut:
            notes.append(f"Only the first {MOST_GRANTS} grants were looked at; the lists have them all.")
        rows = [
            (Cell(self.boxes[line.start].text), Cell(self.boxes[line.end].text), Cell(_how(line)))
            for line in self.lines.values()
            if line.start in self.boxes and line.end in self.boxes
        ]
        heads = tuple(
            head if not left else f"{head} (and {number(len(left))} more)"
            for head, left in zip(HEADS, self.left_out, strict=True)
        )
        drawn = draw(f"Graph of {title}", heads, list(self.boxes.values()), list(self.lines.values()))
        legend = "Solid lines: direct. Dashed: inherited. Thick: privileged."
        return Sheet(
            title=title,
            kind="Graph",
            section="resources",
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
        drawing, cut = _holders(one, HeldFilter(what=entry.num), None)
        line = command(one, "grants", entitlement=entry.id)
        return drawing.sheet(entry.name, (Link(entry.name, where),), tabs, line, cut=cut)
    type_id, resource_id = ask.text("type"), ask.text("id")
    thing = questions.thing(catalogue, type_id, resource_id)
    if thing is None:
        raise no_such("resource", f"{type_id}:{resource_id}")
    drawing, cut = _around(one, thing)
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
    return drawing.sheet(thing.name, (Link(thing.name, where),), tuple(ways), line, cut=cut)


def _around(one: Opened, thing: Thing) -> tuple[_Drawing, bool]:
    """Who holds something on a thing, and what it holds itself."""
    holds_only = thing.held and not thing.holders
    middle = 0 if holds_only else 1 if thing.held else 2
    drawing, cut = _holders(one, HeldFilter(on=thing.num), (thing, middle))
    if thing.held:
        cut |= _holdings(drawing, thing)
    return drawing, cut


def _holdings(drawing: _Drawing, thing: Thing) -> bool:
    """What a principal holds: through groups where it is inherited."""
    one = drawing.one
    start = f"{thing.type}:{thing.id}"
    rows = questions.held(catalogue_of(one), HeldFilter(who=thing.num), Part("what", limit=MOST_GRANTS))
    passing = {source for grant in rows for source in _sources(one, grant) if source != grant.what.id}
    for grant in rows:
        sources = _sources(one, grant)
        if grant.what.id in passing:
            continue  # drawn as a group in between
        end = drawing.resource_of(grant.what, 2)
        if is_direct(sources, grant.what.id):
            drawing.line(start, end, grant.what, inherited=False)
        for source in sources:
            entry = questions.entitlement(catalogue_of(one), source)
            if source == grant.what.id or entry is None:
                continue
            if drawing.boxes[start].column == 1:
                drawing.line(start, end, grant.what, inherited=True)
                continue
            between = drawing.resource_of(entry, 1)
            drawing.line(start, between, entry, inherited=not _holds_directly(one, thing, source))
            drawing.line(between, end, grant.what, inherited=True)
    return len(rows) == MOST_GRANTS


def _holders(one: Opened, where: HeldFilter, here: tuple[Thing, int] | None) -> tuple[_Drawing, bool]:
    """Who holds something: groups stand in the middle, and for those who hold it through them."""
    drawing = _Drawing(one)
    if here is not None:
        drawing.thing(here[0], here[1], here=True)
        if not here[0].holders:
            return drawing, False
    column = 2 if here is None else here[1]
    rows = questions.held(catalogue_of(one), where, Part("who", limit=MOST_GRANTS))
    for grant in rows:
        sources = _sources(one, grant)
        end = drawing.resource_of(grant.what, column)
        start = f"{grant.who.type}:{grant.who.id}"
        if not is_direct(sources, grant.what.id) and any(source != grant.what.id for source in sources):
            continue  # stands behind the group it comes through
        group = 1 if grant.who.holders and column == 2 else 0
        if drawing.thing(grant.who, group):
            drawing.line(start, end, grant.what, inherited=False)
    return drawing, len(rows) == MOST_GRANTS


def _holds_directly(one: Opened, thing: Thing, entitlement_id: str) -> bool:
    entry = questions.entitlement(catalogue_of(one), entitlement_id)
    if entry is None:
        return False
    rows = questions.held(catalogue_of(one), HeldFilter(who=thing.num, what=entry.num), Part(limit=1))
    return any(is_direct(_sources(one, grant), entitlement_id) for grant in rows)


def _sources(one: Opened, grant: Held) -> dict[str, bool]:
    row = one.view.grant_at(grant.row)
    return stored.sources(row.data) if row is not None else {}


def _how(line: Line) -> str:
    words = [line.text, "inherited" if line.inherited else "direct", *(["privileged"] if line.strong else [])]
    return ", ".join(words)
