"""What is asked of a catalogue: things, entitlements, grants and changes by filters, in an order, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec import Struct

from .catalogue import Catalogue

__all__ = [
    "ChangeRow",
    "EntitlementEntry",
    "Held",
    "HeldFilter",
    "Part",
    "Thing",
    "ThingFilter",
    "changes",
    "count_changes",
    "count_entitlements",
    "count_held",
    "count_things",
    "entitlement",
    "entitlements",
    "held",
    "held_by",
    "most_privileged",
    "sections",
    "states",
    "thing",
    "things",
]

T = TypeVar("T")
THING = "num, type, id, name, mail, state, kind, parent, missing, held, holders"
ENTITLEMENT = (
    "e.num, e.id, e.name, e.slug, e.privileged, e.missing, e.holders, e.type, coalesce(t.id, ''), coalesce(t.name, '')"
)
ENTITLEMENTS = "entitlement as e left join thing as t on t.num = e.thing"
ORDERS = {
    "name": "num",
    "type": "type, num",
    "id": "id, num",
    "held": "held, num",
    "holders": "holders, num",
    "mail": "mail, num",
}
ENTITLEMENT_ORDERS = {
    "resource": "e.num",
    "name": "lower(e.name), e.num",
    "holders": "e.holders, e.num",
    "slug": "e.slug, e.num",
}
HELD_ORDERS = {"who": "who, ent", "what": "ent, who"}
FEW = 20_000  # grants that are put in order after they were found, rather than found in order


class Part(Struct, frozen=True):
    """The piece of a list that a page shows: `limit` rows from `offset`, in the order of `sort`."""

    sort: str = ""
    descending: bool = False
    offset: int = 0
    limit: int = 50


class Thing(Struct, frozen=True):
    """A resource. `held`: grants it holds; `holders`: grants of entitlements on it."""

    num: int
    type: str
    id: str
    name: str
    mail: str
    state: str
    kind: str
    parent: str
    missing: bool
    held: int
    holders: int


class EntitlementEntry(Struct, frozen=True):
    """An entitlement and the resource it is on."""

    num: int
    id: str
    name: str
    slug: str
    privileged: str
    missing: bool
    holders: int
    type: str
    resource: str
    resource_name: str


class Held(Struct, frozen=True):
    """A grant: its row in the file, who, what."""

    row: int
    who: Thing
    what: EntitlementEntry


class ChangeRow(Struct, frozen=True):
    """A change between two syncs."""

    section: str
    mark: str
    name: str
    place: str
    what: str
    id: str


class ThingFilter(Struct, frozen=True, kw_only=True):
    """Which resources; None: any. `only`: `principals` that hold something, `resources` that something is held on."""

    text: str = ""
    type: str | None = None
    state: str | None = None
    kind: str | None = None
    only: str = ""
    missing: bool | None = None
    unused: bool = False


class HeldFilter(Struct, frozen=True, kw_only=True):
    """Which grants: of a principal, of an entitlement, on a resource, by their numbers; on a type; with a text."""

    who: int | None = None
    what: int | None = None
    on: int | None = None
    type: str | None = None
    text: str = ""
    privileged: bool = False
    state: str | None = None


class _Where:
    """Conditions and their values."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.values: list[object] = []

    def add(self, condition: str, *values: object) -> None:
        self.parts.append(condition)
        self.values.extend(values)

    def __str__(self) -> str:
        return f" where {' and '.join(self.parts)}" if self.parts else ""


# ----------------------------------------------------------------------------------------------- things


def thing(catalogue: Catalogue, type_id: str, resource_id: str) -> Thing | None:
    """One resource by its id."""
    sql = f"select {THING} from thing where type = ? and id = ? order by num limit 1"
    rows = catalogue.rows(sql, (type_id, resource_id))
    return Thing(*rows[0]) if rows else None


def things(catalogue: Catalogue, where: ThingFilter, part: Part) -> list[Thing]:
    """A page of resources."""
    wanted = _things(where)
    tail, values = _tail(ORDERS, part, "name")
    rows = catalogue.rows(f"select {THING} from thing{wanted}{tail}", (*wanted.values, *values))
    return [Thing(*row) for row in rows]


def count_things(catalogue: Catalogue, where: ThingFilter) -> int:
    """How many there are."""
    wanted = _things(where)
    return catalogue.number(f"select count(*) from thing{wanted}", wanted.values)


def states(catalogue: Catalogue) -> list[tuple[str, str, int, int]]:
    """(state, kind, resources, those that hold something) of the principals and accounts there are."""
    sql = "select state, kind, count(*), sum(held > 0) from thing where state <> '' or kind <> '' group by 1, 2"
    return [(row[0], row[1], row[2], row[3]) for row in catalogue.rows(sql)]


def _things(where: ThingFilter) -> _Where:
    found = _Where()
    for column, value in (("type", where.type), ("state", where.state), ("kind", where.kind)):
        if value is not None:
            found.add(f"{column} = ?", value)
    if where.only == "principals":
        found.add("held > 0")
    elif where.only == "resources":
        found.add("exists (select 1 from entitlement as e where e.thing = thing.num)")
    if where.missing is not None:
        found.add("missing = ?", int(where.missing))
    if where.unused:
        found.add("held = 0")
    if where.text:
        found.add("instr(folded, ?) > 0", where.text.casefold())
    return found


# ----------------------------------------------------------------------------------------------- entitlements


def entitlement(catalogue: Catalogue, entitlement_id: str) -> EntitlementEntry | None:
    """One entitlement by its id."""
    sql = f"select {ENTITLEMENT} from {ENTITLEMENTS} where e.id = ? order by e.num limit 1"
    rows = catalogue.rows(sql, (entitlement_id,))
    return EntitlementEntry(*rows[0]) if rows else None


def entitlements(
    catalogue: Catalogue,
    part: Part,
    *,
    text: str = "",
    type_id: str | None = None,
    on: int | None = None,
    privileged: bool = False,
    unheld: bool = False,
    missing: bool | None = None,
) -> list[EntitlementEntry]:
    """A page of entitlements."""
    wanted = _entitlements(text, type_id, on, privileged=privileged, unheld=unheld, missing=missing)
    tail, values = _tail(ENTITLEMENT_ORDERS, part, "resource")
    rows = catalogue.rows(f"select {ENTITLEMENT} from {ENTITLEMENTS}{wanted}{tail}", (*wanted.values, *values))
    return [EntitlementEntry(*row) for row in rows]


def count_entitlements(
    catalogue: Catalogue,
    *,
    text: str = "",
    type_id: str | None = None,
    on: int | None = None,
    privileged: bool = False,
    unheld: bool = False,
    missing: bool | None = None,
) -> int:
    """How many there are."""
    wanted = _entitlements(text, type_id, on, privileged=privileged, unheld=unheld, missing=missing)
    return catalogue.number(f"select count(*) from {ENTITLEMENTS}{wanted}", wanted.values)


def _entitlements(
    text: str, type_id: str | None, on: int | None, *, privileged: bool, unheld: bool, missing: bool | None
) -> _Where:
    found = _Where()
    if type_id is not None:
        found.add("e.type = ?", type_id)
    if on is not None:
        found.add("e.thing = ?", on)
    if privileged:
        found.add("e.privileged <> ''")
    if unheld:
        found.add("e.holders = 0")
    if missing is not None:
        found.add("e.missing = ?", int(missing))
    if text:
        found.add("(instr(e.folded, ?) > 0 or instr(t.folded, ?) > 0)", *[text.casefold()] * 2)
    return found


# ----------------------------------------------------------------------------------------------- grants


def held(catalogue: Catalogue, where: HeldFilter, part: Part) -> list[Held]:
    """A page of grants."""
    source, values = _held(catalogue, where)
    tail, more = _tail(HELD_ORDERS, part, "what" if where.who is not None else "who")
    rows = catalogue.rows(f"select row, ent, who from {source}{tail}", (*values, *more))
    return _whole(catalogue, rows)


def count_held(catalogue: Catalogue, where: HeldFilter) -> int:
    """How many there are."""
    if where == HeldFilter():
        return catalogue.number("select count(*) from held")
    source, values = _held(catalogue, where)
    return catalogue.number(f"select count(*) from {source}", values)


def held_by(catalogue: Catalogue, who: Sequence[int], on: Sequence[int]) -> dict[tuple[int, int], list[str]]:
    """What these principals hold on these resources: (principal, resource) -> slugs, or names where there is none."""
    if not who or not on:
        return {}
    sql = (
        "select distinct h.who, e.thing, iif(e.slug = '', e.name, e.slug), e.privileged <> '', e.num"
        f" from entitlement as e join held as h indexed by held_who on h.ent = e.num where h.who in ({_marks(who)})"
        f" and e.thing in ({_marks(on)}) order by e.num"
    )
    found: dict[tuple[int, int], list[str]] = {}
    for principal, resource, name, _, _ in catalogue.rows(sql, (*who, *on)):
        found.setdefault((principal, resource), []).append(name)
    return found


def _held(catalogue: Catalogue, where: HeldFilter) -> tuple[str, list[object]]:
    """The source of a select over grants, filters included, and its values."""
    wanted = _Where()
    if where.who is not None:
        wanted.add("who = ?", where.who)
    if where.what is not None:
        wanted.add("ent = ?", where.what)
    if where.on is not None:
        wanted.add("ent in (select num from entitlement where thing = ?)", where.on)
    if where.type is not None:
        wanted.add("ent in (select num from entitlement where type = ?)", where.type)
    if where.privileged:
        wanted.add("ent in (select num from entitlement where privileged <> '')")
    if where.state is not None:
        wanted.add("who in (select num from thing where state = ?)", where.state)
    if where.text:
        text = where.text.casefold()
        _with_text(catalogue, wanted, text)
    return f"held{wanted}", wanted.values


def _with_text(catalogue: Catalogue, wanted: _Where, text: str) -> None:
    """Grants whose principal or entitlement has the text: when they are few they are found by their ends, by index."""
    who = "select num from thing where instr(folded, ?) > 0"
    what = (
        "select e.num from entitlement as e left join thing as t on t.num = e.thing"
        " where instr(e.folded, ?) > 0 or instr(t.folded, ?) > 0"
    )
    few = catalogue.number(
        "select (select coalesce(sum(held), 0) from thing where instr(folded, ?) > 0)"
        f" + (select coalesce(sum(holders), 0) from entitlement where num in ({what}))",
        (text, text, text),
    )
    if few <= FEW:
        condition = (
            f"row in (select row from held where who in ({who}) union select row from held where ent in ({what}))"
        )
    else:
        condition = f"(who in ({who}) or ent in ({what}))"
    wanted.add(condition, text, text, text)


def _whole(catalogue: Catalogue, rows: Sequence[tuple[Any, ...]]) -> list[Held]:
    who = {row[2] for row in rows}
    what = {row[1] for row in rows}
    people = {
        row[0]: Thing(*row)
        for numbers in _pieces(list(who))
        for row in catalogue.rows(f"select {THING} from thing where num in ({_marks(numbers)})", numbers)
    }
    granted = {
        row[0]: EntitlementEntry(*row)
        for numbers in _pieces(list(what))
        for row in catalogue.rows(
            f"select {ENTITLEMENT} from {ENTITLEMENTS} where e.num in ({_marks(numbers)})", numbers
        )
    }
    return [Held(row[0], people[row[2]], granted[row[1]]) for row in rows]


# ----------------------------------------------------------------------------------------------- changes


def changes(catalogue: Catalogue, part: Part, section: str = "", mark: str = "", text: str = "") -> list[ChangeRow]:
    """A page of changes."""
    wanted = _changes(section, mark, text)
    sql = f"select section, mark, name, place, what, id from change{wanted} order by num limit ? offset ?"
    return [ChangeRow(*row) for row in catalogue.rows(sql, (*wanted.values, part.limit, part.offset))]


def count_changes(catalogue: Catalogue, section: str = "", mark: str = "", text: str = "") -> int:
    """How many there are."""
    wanted = _changes(section, mark, text)
    return catalogue.number(f"select count(*) from change{wanted}", wanted.values)


def sections(catalogue: Catalogue) -> list[tuple[str, str, int]]:
    """(section, mark, count), in the order they are told."""
    sql = "select section, mark, count(*) from change group by 1, 2 order by min(num)"
    return [(row[0], row[1], row[2]) for row in catalogue.rows(sql)]


def _changes(section: str, mark: str, text: str) -> _Where:
    found = _Where()
    if section:
        found.add("section = ?", section)
    if mark:
        found.add("mark = ?", mark)
    if text:
        found.add("instr(folded, ?) > 0", text.casefold())
    return found


def _tail(orders: dict[str, str], part: Part, default: str) -> tuple[str, tuple[int, int]]:
    order = orders.get(part.sort) or orders[default]
    if part.descending:
        order = ", ".join(f"{column} desc" for column in order.split(", "))
    return f" order by {order} limit ? offset ?", (part.limit, part.offset)


def _marks(numbers: Sequence[int]) -> str:
    return ",".join("?" * len(numbers))


def _pieces(numbers: list[int], size: int = 5000) -> list[list[int]]:
    return [numbers[at : at + size] for at in range(0, len(numbers), size)]


def most_privileged(catalogue: Catalogue, part: Part) -> list[tuple[Thing, int]]:
    """The principals with the most grants of privileged entitlements, and how many."""
    sql = (
        "select who, count(*) as n from held where ent in (select num from entitlement where privileged <> '')"
        " group by who order by n desc, who limit ? offset ?"
    )
    found = catalogue.rows(sql, (part.limit, part.offset))
    people = catalogue.rows(
        f"select {THING} from thing where num in ({_marks([row[0] for row in found])})", [row[0] for row in found]
    )
    named = {row[0]: Thing(*row) for row in people}
    return [(named[num], count) for num, count in found]
