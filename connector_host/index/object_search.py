"""Searches of an index for resources, entitlements and changes: by filters, in an order, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from .sync_index import SyncIndex
from .text_search import search_words

__all__ = [
    "ENTITLEMENT_FIELDS",
    "ENTITLEMENT_SOURCE",
    "NO_LIMIT",
    "RESOURCE_FIELDS",
    "Conditions",
    "EntitlementFilter",
    "InactiveUsers",
    "IndexedChange",
    "IndexedEntitlement",
    "IndexedResource",
    "ResourceFilter",
    "RowWindow",
    "count_by_section",
    "count_changes",
    "count_entitlements",
    "count_resources",
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

RESOURCE_FIELDS = "number, type, id, name, mail, state, account, parent, missing, held, holders, human, last_login"
ENTITLEMENT_FIELDS = (
    "e.number, e.id, e.name, e.slug, e.privileged, e.missing, e.holders, e.type,"
    " coalesce(r.id, ''), coalesce(r.name, '')"
)
ENTITLEMENT_SOURCE = "entitlement as e left join resource as r on r.number = e.resource"
RESOURCE_ORDERS = {
    "name": "number",
    "type": "type, number",
    "id": "id, number",
    "held": "held, number",
    "holders": "holders, number",
    "mail": "mail, number",
}
ENTITLEMENT_ORDERS = {
    "resource": "e.number",
    "name": "fold(e.name), e.number",
    "holders": "e.holders, e.number",
    "slug": "e.slug, e.number",
}


NO_LIMIT = -1
"""The `limit` of a page request for all rows up to the end."""


class RowWindow(Struct, frozen=True):
    """Part of a list: `limit` rows from `offset`, in the order that `sort` names."""

    sort: str = ""
    descending: bool = False
    offset: int = 0
    limit: int = 50


class IndexedResource(Struct, frozen=True):
    """Resource of an index. `held` counts the grants it holds, `holders` the grants of entitlements on it."""

    number: int
    type: str
    id: str
    name: str
    mail: str
    state: str
    account: str
    parent: str
    missing: bool
    held: int
    holders: int
    human: bool = False
    last_login: str = ""

    @property
    def whole_id(self) -> str:
        """The id with its type, `type:id`."""
        return f"{self.type}:{self.id}"


class IndexedEntitlement(Struct, frozen=True):
    """Entitlement of an index, with the resource that it is on. `holders` counts its grants."""

    number: int
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
    """Change between two syncs."""

    section: str
    mark: str
    name: str
    place: str
    details: str
    id: str


class InactiveUsers(Struct, frozen=True):
    """Users of these types who never signed in, or else who last signed in before a time (ISO 8601, UTC), or both."""

    types: tuple[str, ...]
    never: bool
    before: str = ""


class ResourceFilter(Struct, frozen=True, kw_only=True):
    """Conditions on resources; None and empty stand for any.

    `only` is `principals` for those that hold grants, `resources` for those that entitlements are on.
    """

    text: str = ""
    type: str | None = None
    state: str | None = None
    account: str | None = None
    only: str = ""
    missing: bool | None = None
    unused: bool = False
    inactive: InactiveUsers | None = None


class EntitlementFilter(Struct, frozen=True, kw_only=True):
    """Conditions on entitlements; None and empty stand for any. `resource` is the number of a resource."""

    text: str = ""
    type: str | None = None
    resource: int | None = None
    privileged: bool = False
    unheld: bool = False
    missing: bool | None = None


class Conditions:
    """Conditions of a select statement, all of which must hold, and their values."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.values: list[object] = []

    def add(self, condition: str, *values: object) -> None:
        """Add a condition."""
        self.parts.append(condition)
        self.values.extend(values)

    def add_words(self, text: str, *columns: str) -> None:
        """Add the condition that one of the columns contains the first word of a text, and so on for each word."""
        for word in search_words(text):
            self.add(f"({' or '.join(f'instr({column}, ?) > 0' for column in columns)})", *[word] * len(columns))

    def __str__(self) -> str:
        return f" where {' and '.join(self.parts)}" if self.parts else ""


# ----------------------------------------------------------------------------------------------- resources


def resource_by_id(index: SyncIndex, type_id: str, resource_id: str) -> IndexedResource | None:
    """Return the resource of an id, None if the index has none."""
    sql = f"select {RESOURCE_FIELDS} from resource where type = ? and id = ? order by number limit 1"
    rows = index.fetch(sql, (type_id, resource_id))
    return IndexedResource(*rows[0]) if rows else None


def resource_by_number(index: SyncIndex, number: int) -> IndexedResource:
    """Return the resource of a number, which must be one of the index's."""
    return IndexedResource(*index.fetch(f"select {RESOURCE_FIELDS} from resource where number = ?", (number,))[0])


def list_resources(index: SyncIndex, where: ResourceFilter, page: RowWindow) -> list[IndexedResource]:
    """Return a page of resources."""
    return list(iterate_resources(index, where, page))


def iterate_resources(index: SyncIndex, where: ResourceFilter, page: RowWindow) -> Iterator[IndexedResource]:
    """Yield the resources of a page one by one."""
    conditions = _resource_conditions(where)
    ending, values = page_clause(RESOURCE_ORDERS, page, "name")
    sql = f"select {RESOURCE_FIELDS} from resource{conditions}{ending}"
    for row in index.iterate(sql, (*conditions.values, *values)):
        yield IndexedResource(*row)


def count_resources(index: SyncIndex, where: ResourceFilter) -> int:
    """Return how many resources match."""
    conditions = _resource_conditions(where)
    return index.fetch_number(f"select count(*) from resource{conditions}", conditions.values)


def _add_inactive(conditions: Conditions, inactive: InactiveUsers) -> None:
    conditions.add(f"missing = 0 and account = '' and type in ({placeholders(inactive.types)})", *inactive.types)
    times = ["last_login = ''"] if inactive.never else []
    times += ["last_login <> '' and last_login < ?"] if inactive.before else []
    conditions.add(f"({' or '.join(times) or 'false'})", *filter(None, (inactive.before,)))


def _resource_conditions(where: ResourceFilter) -> Conditions:
    conditions = Conditions()
    for column, value in (("type", where.type), ("state", where.state), ("account", where.account)):
        if value is not None:
            conditions.add(f"{column} = ?", value)
    if where.only == "principals":
        conditions.add("held > 0")
    elif where.only == "resources":
        conditions.add("exists (select 1 from entitlement as e where e.resource = resource.number)")
    if where.missing is not None:
        conditions.add("missing = ?", int(where.missing))
    if where.unused:
        conditions.add("held = 0")
    if where.inactive is not None:
        _add_inactive(conditions, where.inactive)
    conditions.add_words(where.text, "folded")
    return conditions


# ----------------------------------------------------------------------------------------------- entitlements


def entitlement_by_id(index: SyncIndex, entitlement_id: str) -> IndexedEntitlement | None:
    """Return the entitlement of an id, None if the index has none."""
    sql = f"select {ENTITLEMENT_FIELDS} from {ENTITLEMENT_SOURCE} where e.id = ? order by e.number limit 1"
    rows = index.fetch(sql, (entitlement_id,))
    return IndexedEntitlement(*rows[0]) if rows else None


def entitlement_by_number(index: SyncIndex, number: int) -> tuple[IndexedEntitlement, int]:
    """Return the entitlement of a number and the number of the resource that it is on (0: none)."""
    sql = f"select coalesce(e.resource, 0), {ENTITLEMENT_FIELDS} from {ENTITLEMENT_SOURCE} where e.number = ?"
    resource_number, *fields = index.fetch(sql, (number,))[0]
    return IndexedEntitlement(*fields), resource_number


def list_entitlements(index: SyncIndex, where: EntitlementFilter, page: RowWindow) -> list[IndexedEntitlement]:
    """Return a page of entitlements."""
    return list(iterate_entitlements(index, where, page))


def iterate_entitlements(index: SyncIndex, where: EntitlementFilter, page: RowWindow) -> Iterator[IndexedEntitlement]:
    """Yield the entitlements of a page one by one."""
    conditions = _entitlement_conditions(where)
    ending, values = page_clause(ENTITLEMENT_ORDERS, page, "resource")
    sql = f"select {ENTITLEMENT_FIELDS} from {ENTITLEMENT_SOURCE}{conditions}{ending}"
    for row in index.iterate(sql, (*conditions.values, *values)):
        yield IndexedEntitlement(*row)


def count_entitlements(index: SyncIndex, where: EntitlementFilter) -> int:
    """Return how many entitlements match."""
    conditions = _entitlement_conditions(where)
    return index.fetch_number(f"select count(*) from {ENTITLEMENT_SOURCE}{conditions}", conditions.values)


def _entitlement_conditions(where: EntitlementFilter) -> Conditions:
    conditions = Conditions()
    if where.type is not None:
        conditions.add("e.type = ?", where.type)
    if where.resource is not None:
        conditions.add("e.resource = ?", where.resource)
    if where.privileged:
        conditions.add("e.privileged <> ''")
    if where.unheld:
        conditions.add("e.holders = 0")
    if where.missing is not None:
        conditions.add("e.missing = ?", int(where.missing))
    conditions.add_words(where.text, "e.folded", "r.folded")
    return conditions


# ----------------------------------------------------------------------------------------------- changes


def list_changes(
    index: SyncIndex, page: RowWindow, section: str = "", mark: str = "", text: str = ""
) -> list[IndexedChange]:
    """Return a page of changes."""
    conditions = _change_conditions(section, mark, text)
    sql = f"select section, mark, name, place, details, id from change{conditions} order by number limit ? offset ?"
    return [IndexedChange(*row) for row in index.fetch(sql, (*conditions.values, page.limit, page.offset))]


def count_changes(index: SyncIndex, section: str = "", mark: str = "", text: str = "") -> int:
    """Return how many changes match."""
    conditions = _change_conditions(section, mark, text)
    return index.fetch_number(f"select count(*) from change{conditions}", conditions.values)


def count_by_section(index: SyncIndex) -> list[tuple[str, str, int]]:
    """Return (section, mark, number of changes), in the order of the report."""
    sql = "select section, mark, count(*) from change group by 1, 2 order by min(number)"
    return [(row[0], row[1], row[2]) for row in index.fetch(sql)]


def _change_conditions(section: str, mark: str, text: str) -> Conditions:
    conditions = Conditions()
    if section:
        conditions.add("section = ?", section)
    if mark:
        conditions.add("mark = ?", mark)
    conditions.add_words(text, "folded")
    return conditions


# ----------------------------------------------------------------------------------------------- SQL


def page_clause(orders: dict[str, str], page: RowWindow, default: str) -> tuple[str, tuple[int, int]]:
    """Return the end of a select that reads a page of a list, and its values."""
    order = orders.get(page.sort) or orders[default]
    if page.descending:
        order = ", ".join(f"{column} desc" for column in order.split(", "))
    return f" order by {order} limit ? offset ?", (page.limit, page.offset)


def placeholders(values: Sequence[object] | range) -> str:
    """Return a placeholder for each value of a list."""
    return ",".join("?" * len(values))
