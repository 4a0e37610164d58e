"""The grants of a catalogue: who holds what, by filters, in an order, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from .object_search import (
    ENTITLEMENT_FIELDS,
    ENTITLEMENT_SOURCE,
    RESOURCE_FIELDS,
    Conditions,
    IndexedEntitlement,
    IndexedResource,
    PageRequest,
    page_clause,
    placeholders,
)
from .sync_index import SyncIndex

__all__ = [
    "IndexedGrant",
    "IndexedGrantFilter",
    "count_grants",
    "count_privileged_principals",
    "iterate_grant_rows",
    "list_grants",
    "most_privileged_principals",
    "slugs_by_pair",
]

HELD_ORDERS = {"who": "who, ent", "what": "ent, who"}
MOST_COUNTED = 1_000
FEW = 20_000  # grants that are put in order after they were found, rather than found in order


class IndexedGrant(Struct, frozen=True):
    """A grant: its row in the file, who, what."""

    row: int
    who: IndexedResource
    what: IndexedEntitlement


class IndexedGrantFilter(Struct, frozen=True, kw_only=True):
    """Which grants: of a principal, of an entitlement, on a resource, by their numbers; on a type; with a text."""

    who: int | None = None
    what: int | None = None
    on: int | None = None
    type: str | None = None
    text: str = ""
    privileged: bool = False
    state: str | None = None


def list_grants(catalogue: SyncIndex, where: IndexedGrantFilter, part: PageRequest) -> list[IndexedGrant]:
    """A page of grants."""
    source, values = _held(catalogue, where)
    ending, more = page_clause(HELD_ORDERS, part, "what" if where.who is not None else "who")
    rows = catalogue.rows(f"select row, ent, who from {source}{ending}", (*values, *more))
    return _whole(catalogue, rows)


def iterate_grant_rows(catalogue: SyncIndex, where: IndexedGrantFilter, part: PageRequest) -> Iterator[int]:
    """The rows in the file of a page of grants, one by one."""
    source, values = _held(catalogue, where)
    ending, more = page_clause(HELD_ORDERS, part, "what" if where.who is not None else "who")
    for (row,) in catalogue.each(f"select row from {source}{ending}", (*values, *more)):
        yield row


def count_grants(catalogue: SyncIndex, where: IndexedGrantFilter) -> int:
    """How many there are: counted once, and remembered for the other pages of the list."""
    known = catalogue.counted.get(where)
    if known is None:
        known = _count(catalogue, where)
        if len(catalogue.counted) >= MOST_COUNTED:
            catalogue.counted.clear()
        catalogue.counted[where] = known
    return known


def _count(catalogue: SyncIndex, where: IndexedGrantFilter) -> int:
    if where.text and where == IndexedGrantFilter(text=where.text):
        every = count_grants(catalogue, IndexedGrantFilter())
        if every in _with_ends(catalogue, where.text.casefold()):  # a text that all principals have, or all resources
            return every
    source, values = _held(catalogue, where)
    return catalogue.number(f"select count(*) from {source}", values)


def _with_ends(catalogue: SyncIndex, text: str) -> tuple[int, int]:
    """How many grants have a text in their principal, and how many in their entitlement or its resource."""
    who = "select coalesce(sum(held), 0) from thing where instr(folded, ?) > 0"
    what = (
        f"select coalesce(sum(e.holders), 0) from {ENTITLEMENT_SOURCE}"
        " where instr(e.folded, ?) > 0 or instr(t.folded, ?) > 0"
    )
    return catalogue.number(who, (text,)), catalogue.number(what, (text, text))


def slugs_by_pair(catalogue: SyncIndex, who: Sequence[int], on: Sequence[int]) -> dict[tuple[int, int], list[str]]:
    """What these principals hold on these resources: (principal, resource) -> slugs, or names where there is none."""
    if not who or not on:
        return {}
    sql = (
        "select distinct h.who, e.thing, iif(e.slug = '', e.name, e.slug), e.privileged <> '', e.num"
        f" from entitlement as e join held as h indexed by held_who on h.ent = e.num"
        f" where h.who in ({placeholders(who)}) and e.thing in ({placeholders(on)}) order by e.num"
    )
    found: dict[tuple[int, int], list[str]] = {}
    for principal, resource, name, _, _ in catalogue.rows(sql, (*who, *on)):
        found.setdefault((principal, resource), []).append(name)
    return found


def _held(catalogue: SyncIndex, where: IndexedGrantFilter) -> tuple[str, list[object]]:
    """The source of a select over grants, filters included, and its values."""
    wanted = Conditions()
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
        _with_text(catalogue, wanted, where)
    return f"held{wanted}", wanted.values


def _with_text(catalogue: SyncIndex, wanted: Conditions, where: IndexedGrantFilter) -> None:
    """Grants with the text in what the other filters leave open: the principal, the entitlement and its resource.

    When they are few they are found by their ends, by index.
    """
    text = where.text.casefold()
    who = ("select num from thing where instr(folded, ?) > 0", [text])
    what = (
        f"select e.num from {ENTITLEMENT_SOURCE} where instr(e.folded, ?) > 0 or instr(t.folded, ?) > 0",
        [text, text],
    )
    if where.on is not None:  # its own name is in every row
        what = ("select num from entitlement where instr(folded, ?) > 0", [text])
    if where.what is not None:
        wanted.add(f"who in ({who[0]})", *who[1])
    elif where.who is not None:
        wanted.add(f"ent in ({what[0]})", *what[1])
    else:
        # with `+` no index is used for either: the grants are walked in their order, to the end of the page
        condition = f"(+who in ({who[0]}) or +ent in ({what[0]}))"
        if sum(_with_ends(catalogue, text)) <= FEW:
            condition = (
                f"row in (select row from held where who in ({who[0]})"
                f" union select row from held where ent in ({what[0]}))"
            )
        wanted.add(condition, *who[1], *what[1])


def most_privileged_principals(catalogue: SyncIndex, part: PageRequest) -> list[tuple[IndexedResource, int]]:
    """The principals with the most grants of privileged entitlements, and how many."""
    sql = (
        "select who, count(*) as n from held where ent in (select num from entitlement where privileged <> '')"
        " group by who order by n desc, who limit ? offset ?"
    )
    found = catalogue.rows(sql, (part.limit, part.offset))
    people = catalogue.rows(
        f"select {RESOURCE_FIELDS} from thing where num in ({placeholders([row[0] for row in found])})",
        [row[0] for row in found],
    )
    named = {row[0]: IndexedResource(*row) for row in people}
    return [(named[num], count) for num, count in found]


def count_privileged_principals(catalogue: SyncIndex) -> int:
    """How many principals hold a privileged entitlement."""
    sql = "select count(distinct who) from held where ent in (select num from entitlement where privileged <> '')"
    return catalogue.number(sql)


def _whole(catalogue: SyncIndex, rows: Sequence[tuple[Any, ...]]) -> list[IndexedGrant]:
    who = {row[2] for row in rows}
    what = {row[1] for row in rows}
    people = {
        row[0]: IndexedResource(*row)
        for numbers in _pieces(list(who))
        for row in catalogue.rows(
            f"select {RESOURCE_FIELDS} from thing where num in ({placeholders(numbers)})", numbers
        )
    }
    granted = {
        row[0]: IndexedEntitlement(*row)
        for numbers in _pieces(list(what))
        for row in catalogue.rows(
            f"select {ENTITLEMENT_FIELDS} from {ENTITLEMENT_SOURCE} where e.num in ({placeholders(numbers)})", numbers
        )
    }
    return [IndexedGrant(row[0], people[row[2]], granted[row[1]]) for row in rows]


def _pieces(numbers: list[int], size: int = 5000) -> list[list[int]]:
    return [numbers[at : at + size] for at in range(0, len(numbers), size)]
