"""What is asked of a catalogue: things, entitlements and changes by filters, in an order, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from msgspec import Struct

from .sync_index import SyncIndex

__all__ = [
    "ENTITLEMENT_FIELDS",
    "ENTITLEMENT_SOURCE",
    "NO_LIMIT",
    "RESOURCE_FIELDS",
    "Conditions",
    "EntitlementFilter",
    "IndexedChange",
    "IndexedEntitlement",
    "IndexedResource",
    "PageRequest",
    "ResourceFilter",
    "count_by_section",
    "count_changes",
    "count_entitlements",
    "count_resources",
    "count_states",
    "entitlement_by_id",
    "entitlement_by_number",
    "iterate_entitlements",
    "iterate_resources",
    "list_changes",
    "list_entitlements",
    "list_resources",
    "page_clause",
    "placeholders",
    "resource_by_id",
    "resource_by_number",
]

T = TypeVar("T")
RESOURCE_FIELDS = "num, type, id, name, mail, state, kind, parent, missing, held, holders, human, seen"
ENTITLEMENT_FIELDS = (
    "e.num, e.id, e.name, e.slug, e.privileged, e.missing, e.holders, e.type, coalesce(t.id, ''), coalesce(t.name, '')"
)
ENTITLEMENT_SOURCE = "entitlement as e left join thing as t on t.num = e.thing"
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


NO_LIMIT = -1
"""As the limit of a part: to the end."""


class PageRequest(Struct, frozen=True):
    """The piece of a list that a page shows: `limit` rows from `offset`, in the order of `sort`."""

    sort: str = ""
    descending: bool = False
    offset: int = 0
    limit: int = 50


class IndexedResource(Struct, frozen=True):
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
    human: bool = False
    seen: str = ""


class IndexedEntitlement(Struct, frozen=True):
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


class IndexedChange(Struct, frozen=True):
    """A change between two syncs."""

    section: str
    mark: str
    name: str
    place: str
    what: str
    id: str


class ResourceFilter(Struct, frozen=True, kw_only=True):
    """Which resources; None: any. `only`: `principals` that hold something, `resources` that something is held on."""

    text: str = ""
    type: str | None = None
    state: str | None = None
    kind: str | None = None
    only: str = ""
    missing: bool | None = None
    unused: bool = False


class EntitlementFilter(Struct, frozen=True, kw_only=True):
    """Which entitlements; None: any. `on`: the number of the resource they are on."""

    text: str = ""
    type: str | None = None
    on: int | None = None
    privileged: bool = False
    unheld: bool = False
    missing: bool | None = None


class Conditions:
    """The conditions of a select, and their values."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.values: list[object] = []

    def add(self, condition: str, *values: object) -> None:
        """One more condition that must hold."""
        self.parts.append(condition)
        self.values.extend(values)

    def __str__(self) -> str:
        return f" where {' and '.join(self.parts)}" if self.parts else ""


# ----------------------------------------------------------------------------------------------- things


def resource_by_id(catalogue: SyncIndex, type_id: str, resource_id: str) -> IndexedResource | None:
    """One resource by its id."""
    sql = f"select {RESOURCE_FIELDS} from thing where type = ? and id = ? order by num limit 1"
    rows = catalogue.rows(sql, (type_id, resource_id))
    return IndexedResource(*rows[0]) if rows else None


def resource_by_number(catalogue: SyncIndex, num: int) -> IndexedResource:
    """One resource by its number, which must be one of the catalogue's."""
    return IndexedResource(*catalogue.rows(f"select {RESOURCE_FIELDS} from thing where num = ?", (num,))[0])


def list_resources(catalogue: SyncIndex, where: ResourceFilter, part: PageRequest) -> list[IndexedResource]:
    """A page of resources."""
    return list(iterate_resources(catalogue, where, part))


def iterate_resources(catalogue: SyncIndex, where: ResourceFilter, part: PageRequest) -> Iterator[IndexedResource]:
    """The same, one by one."""
    wanted = _things(where)
    ending, values = page_clause(ORDERS, part, "name")
    for row in catalogue.each(f"select {RESOURCE_FIELDS} from thing{wanted}{ending}", (*wanted.values, *values)):
        yield IndexedResource(*row)


def count_resources(catalogue: SyncIndex, where: ResourceFilter) -> int:
    """How many there are."""
    wanted = _things(where)
    return catalogue.number(f"select count(*) from thing{wanted}", wanted.values)


def count_states(catalogue: SyncIndex) -> list[tuple[str, str, int, int]]:
    """(state, kind, resources, those that hold something) of the principals and accounts there are."""
    sql = "select state, kind, count(*), sum(held > 0) from thing where state <> '' or kind <> '' group by 1, 2"
    return [(row[0], row[1], row[2], row[3]) for row in catalogue.rows(sql)]


def _things(where: ResourceFilter) -> Conditions:
    found = Conditions()
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


def entitlement_by_id(catalogue: SyncIndex, entitlement_id: str) -> IndexedEntitlement | None:
    """One entitlement by its id."""
    sql = f"select {ENTITLEMENT_FIELDS} from {ENTITLEMENT_SOURCE} where e.id = ? order by e.num limit 1"
    rows = catalogue.rows(sql, (entitlement_id,))
    return IndexedEntitlement(*rows[0]) if rows else None


def entitlement_by_number(catalogue: SyncIndex, num: int) -> tuple[IndexedEntitlement, int]:
    """One entitlement by its number, and the number of the resource it is on (0: none)."""
    sql = f"select coalesce(e.thing, 0), {ENTITLEMENT_FIELDS} from {ENTITLEMENT_SOURCE} where e.num = ?"
    thing_num, *found = catalogue.rows(sql, (num,))[0]
    return IndexedEntitlement(*found), thing_num


def list_entitlements(catalogue: SyncIndex, where: EntitlementFilter, part: PageRequest) -> list[IndexedEntitlement]:
    """A page of entitlements."""
    return list(iterate_entitlements(catalogue, where, part))


def iterate_entitlements(
    catalogue: SyncIndex, where: EntitlementFilter, part: PageRequest
) -> Iterator[IndexedEntitlement]:
    """The same, one by one."""
    wanted = _entitlements(where)
    ending, values = page_clause(ENTITLEMENT_ORDERS, part, "resource")
    sql = f"select {ENTITLEMENT_FIELDS} from {ENTITLEMENT_SOURCE}{wanted}{ending}"
    for row in catalogue.each(sql, (*wanted.values, *values)):
        yield IndexedEntitlement(*row)


def count_entitlements(catalogue: SyncIndex, where: EntitlementFilter) -> int:
    """How many there are."""
    wanted = _entitlements(where)
    return catalogue.number(f"select count(*) from {ENTITLEMENT_SOURCE}{wanted}", wanted.values)


def _entitlements(where: EntitlementFilter) -> Conditions:
    found = Conditions()
    if where.type is not None:
        found.add("e.type = ?", where.type)
    if where.on is not None:
        found.add("e.thing = ?", where.on)
    if where.privileged:
        found.add("e.privileged <> ''")
    if where.unheld:
        found.add("e.holders = 0")
    if where.missing is not None:
        found.add("e.missing = ?", int(where.missing))
    if where.text:
        found.add("(instr(e.folded, ?) > 0 or instr(t.folded, ?) > 0)", *[where.text.casefold()] * 2)
    return found


# ----------------------------------------------------------------------------------------------- changes


def list_changes(
    catalogue: SyncIndex, part: PageRequest, section: str = "", mark: str = "", text: str = ""
) -> list[IndexedChange]:
    """A page of changes."""
    wanted = _changes(section, mark, text)
    sql = f"select section, mark, name, place, what, id from change{wanted} order by num limit ? offset ?"
    return [IndexedChange(*row) for row in catalogue.rows(sql, (*wanted.values, part.limit, part.offset))]


def count_changes(catalogue: SyncIndex, section: str = "", mark: str = "", text: str = "") -> int:
    """How many there are."""
    wanted = _changes(section, mark, text)
    return catalogue.number(f"select count(*) from change{wanted}", wanted.values)


def count_by_section(catalogue: SyncIndex) -> list[tuple[str, str, int]]:
    """(section, mark, count), in the order they are told."""
    sql = "select section, mark, count(*) from change group by 1, 2 order by min(num)"
    return [(row[0], row[1], row[2]) for row in catalogue.rows(sql)]


def _changes(section: str, mark: str, text: str) -> Conditions:
    found = Conditions()
    if section:
        found.add("section = ?", section)
    if mark:
        found.add("mark = ?", mark)
    if text:
        found.add("instr(folded, ?) > 0", text.casefold())
    return found


def page_clause(orders: dict[str, str], part: PageRequest, default: str) -> tuple[str, tuple[int, int]]:
    """The end of a select that gives a part of a list, and its values."""
    order = orders.get(part.sort) or orders[default]
    if part.descending:
        order = ", ".join(f"{column} desc" for column in order.split(", "))
    return f" order by {order} limit ? offset ?", (part.limit, part.offset)


def placeholders(numbers: Sequence[int]) -> str:
    """A mark for each value of a list."""
    return ",".join("?" * len(numbers))
