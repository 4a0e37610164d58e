"""Searches of an index for grants: by filters, in an order, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from .object_search import (
    ENTITLEMENT_FIELDS,
    ENTITLEMENT_SOURCE,
    RESOURCE_FIELDS,
    Conditions,
    IndexedEntitlement,
    IndexedResource,
    RowWindow,
    page_clause,
    placeholders,
)
from .sync_index import SyncIndex
from .text_search import search_words

__all__ = [
    "GrantPair",
    "HeldLevel",
    "IndexedGrant",
    "IndexedGrantFilter",
    "count_grants",
    "count_holders",
    "count_pairs",
    "count_privileged_principals",
    "held_levels",
    "iterate_grant_rows",
    "iterate_owner_grants",
    "iterate_pairs",
    "list_grants",
    "most_privileged_principals",
    "slugs_by_pair",
]

GRANT_ORDERS = {"who": "principal, entitlement", "what": "entitlement, principal"}
PAIR_RESOURCE = "coalesce(e.resource, -e.number)"  # entitlements without a known resource stay apart
PAIR_ORDERS = {"who": "1, 2", "what": "2, 1"}
MOST_COUNTED = 1_000  # filters whose counts are remembered
FEW = 20_000  # up to so many matches, grants are found through indexes first and sorted afterwards
PRIVILEGED = "entitlement in (select number from entitlement where privileged <> '')"


class IndexedGrant(Struct, frozen=True):
    """Grant of an index: its row in the file, who holds it, what it grants."""

    row: int
    principal: IndexedResource
    entitlement: IndexedEntitlement


class GrantPair(Struct, frozen=True, gc=False):
    """A principal and a resource, by their numbers, and the rows in the file of the grants between them.

    `resource` is 0 for entitlements whose resource nobody names.
    """

    principal: int
    resource: int
    rows: tuple[int, ...]


class HeldLevel(Struct, frozen=True, gc=False):
    """Grant as a level of access: numbers of principal and resource, slug or name, entitlement, row in the file."""

    principal: int
    resource: int
    level: str
    privileged: bool
    entitlement: str
    row: int


class IndexedGrantFilter(Struct, frozen=True, kw_only=True):
    """Conditions on grants; None and empty stand for any.

    `principal`, `entitlement` and `resource` are numbers of the index, `type` is the type of the resource, `state` the
    state of the principal.
    """

    principal: int | None = None
    entitlement: int | None = None
    resource: int | None = None
    type: str | None = None
    text: str = ""
    privileged: bool = False
    state: str | None = None


def list_grants(index: SyncIndex, where: IndexedGrantFilter, page: RowWindow) -> list[IndexedGrant]:
    """Return a page of grants, by principal; by entitlement where the filter names a principal."""
    return _with_objects(index, list(_iterate_numbers(index, where, page)))


def iterate_grant_rows(index: SyncIndex, where: IndexedGrantFilter, page: RowWindow) -> Iterator[int]:
    """Yield the row numbers in the file of a page of grants, one by one, in the order of `list_grants`."""
    for row, _entitlement, _principal in _iterate_numbers(index, where, page):
        yield row


def iterate_owner_grants(index: SyncIndex) -> Iterator[tuple[int, int, str, int, int]]:
    """Yield (resource, level, type and number of the holder, row in the file) of grants of owning entitlements.

    They are sorted by resource and level; inherited ones are among them.
    """
    sql = (
        "select e.resource, e.ownership, r.type, g.principal, g.row from entitlement as e"
        " join grant_row as g on g.entitlement = e.number join resource as r on r.number = g.principal"
        " where e.ownership > 0 and e.resource is not null order by 1, 2"
    )
    for row in index.iterate(sql):
        yield row[0], row[1], row[2], row[3], row[4]


def count_grants(index: SyncIndex, where: IndexedGrantFilter) -> int:
    """Return how many grants match; each filter is counted once."""
    count = index.grant_counts.get(where)
    if count is None:
        count = _count(index, where)
        if len(index.grant_counts) >= MOST_COUNTED:
            index.grant_counts.clear()
        index.grant_counts[where] = count
    return count


def count_holders(index: SyncIndex, where: IndexedGrantFilter) -> int:
    """Return how many principals hold at least one of the grants that match."""
    source, values = _source(index, where)
    return index.fetch_number(f"select count(distinct principal) from {source}", values)


def iterate_pairs(index: SyncIndex, where: IndexedGrantFilter, page: RowWindow) -> Iterator[GrantPair]:
    """Yield the pairs of principal and resource that have grants which match, with the rows of these grants.

    They come by principal and resource; with the order `what`, or where the filter names a principal, by resource.
    """
    source, values = _source(index, where)
    ending, limits = page_clause(PAIR_ORDERS, page, "what" if where.principal is not None else "who")
    sql = (
        f"select principal, {PAIR_RESOURCE}, json_group_array(json_array(e.number, g.row))"
        f" from (select row, entitlement, principal from {source}) as g"
        f" join entitlement as e on e.number = g.entitlement group by 1, 2{ending}"
    )
    for principal, resource, rows in index.iterate(sql, (*values, *limits)):
        numbers = tuple(row for _entitlement, row in sorted(msgspec.json.decode(rows, type=list[tuple[int, int]])))
        yield GrantPair(principal, max(resource, 0), numbers)


def count_pairs(index: SyncIndex, where: IndexedGrantFilter) -> int:
    """Return how many pairs of principal and resource have grants that match."""
    source, values = _source(index, where)
    sql = (
        f"select count(*) from (select distinct principal, {PAIR_RESOURCE}"
        f" from (select entitlement, principal from {source}) as g join entitlement as e on e.number = g.entitlement)"
    )
    return index.fetch_number(sql, values)


def slugs_by_pair(
    index: SyncIndex, principals: Sequence[int], resources: Sequence[int]
) -> dict[tuple[int, int], list[str]]:
    """Return what principals hold on resources: (principal, resource) -> slugs, or names where there is no slug."""
    if not principals or not resources:
        return {}
    sql = (
        "select distinct g.principal, e.resource, iif(e.slug = '', e.name, e.slug), e.number"
        " from entitlement as e join grant_row as g indexed by grant_principal on g.entitlement = e.number"
        f" where g.principal in ({placeholders(principals)}) and e.resource in ({placeholders(resources)})"
        " order by e.number"
    )
    slugs: dict[tuple[int, int], list[str]] = {}
    for principal, resource, slug, _number in index.fetch(sql, (*principals, *resources)):
        slugs.setdefault((principal, resource), []).append(slug)
    return slugs


def held_levels(index: SyncIndex, principals: Sequence[int], resources: Sequence[int]) -> Iterator[HeldLevel]:
    """Yield each grant of these principals on these resources, in the order of the entitlements."""
    if not principals or not resources:
        return
    sql = (
        "select g.principal, e.resource, iif(e.slug = '', e.name, e.slug), e.privileged <> '', e.id, g.row"
        " from entitlement as e join grant_row as g indexed by grant_principal on g.entitlement = e.number"
        f" where g.principal in ({placeholders(principals)}) and e.resource in ({placeholders(resources)})"
        " order by e.number"
    )
    for row in index.iterate(sql, (*principals, *resources)):
        yield HeldLevel(*row)


def most_privileged_principals(index: SyncIndex, page: RowWindow) -> list[tuple[IndexedResource, int]]:
    """Return the principals with the most grants of privileged entitlements, and how many each holds."""
    sql = (
        f"select principal, count(*) as n from grant_row where {PRIVILEGED}"
        " group by principal order by n desc, principal limit ? offset ?"
    )
    counts = index.fetch(sql, (page.limit, page.offset))
    principals = _resources(index, [number for number, _count in counts])
    return [(principals[number], count) for number, count in counts]


def count_privileged_principals(index: SyncIndex) -> int:
    """Return how many principals hold a privileged entitlement."""
    return count_holders(index, IndexedGrantFilter(privileged=True))


# ----------------------------------------------------------------------------------------------- inside


def _iterate_numbers(index: SyncIndex, where: IndexedGrantFilter, page: RowWindow) -> Iterator[tuple[int, int, int]]:
    """Yield (row, entitlement, principal) of a page of grants."""
    source, values = _source(index, where)
    ending, limits = page_clause(GRANT_ORDERS, page, "what" if where.principal is not None else "who")
    for row in index.iterate(f"select row, entitlement, principal from {source}{ending}", (*values, *limits)):
        yield row[0], row[1], row[2]


def _count(index: SyncIndex, where: IndexedGrantFilter) -> int:
    words = search_words(where.text)
    if len(words) == 1 and where == IndexedGrantFilter(text=where.text):
        total = count_grants(index, IndexedGrantFilter())
        if total in _matches_of_word(index, words[0]):  # a word of all principals, or of all resources
            return total
    source, values = _source(index, where)
    return index.fetch_number(f"select count(*) from {source}", values)


def _matches_of_word(index: SyncIndex, word: str) -> tuple[int, int]:
    """Return how many grants have a word in their principal, and how many in their entitlement or its resource."""
    by_principal = "select coalesce(sum(held), 0) from resource where instr(folded, ?) > 0"
    by_entitlement = (
        f"select coalesce(sum(e.holders), 0) from {ENTITLEMENT_SOURCE}"
        " where instr(e.folded, ?) > 0 or instr(r.folded, ?) > 0"
    )
    return index.fetch_number(by_principal, (word,)), index.fetch_number(by_entitlement, (word, word))


def _source(index: SyncIndex, where: IndexedGrantFilter) -> tuple[str, list[object]]:
    """Return the source of a select over grants, filters included, and its values."""
    conditions = Conditions()
    if where.principal is not None:
        conditions.add("principal = ?", where.principal)
    if where.entitlement is not None:
        conditions.add("entitlement = ?", where.entitlement)
    if where.resource is not None:
        conditions.add("entitlement in (select number from entitlement where resource = ?)", where.resource)
    if where.type is not None:
        conditions.add("entitlement in (select number from entitlement where type = ?)", where.type)
    if where.privileged:
        conditions.add(PRIVILEGED)
    if where.state is not None:
        conditions.add("principal in (select number from resource where state = ?)", where.state)
    _add_text(index, conditions, where)
    return f"grant_row{conditions}", conditions.values


def _add_text(index: SyncIndex, conditions: Conditions, where: IndexedGrantFilter) -> None:
    """Add the condition that each word is in what the other filters leave open: principal, entitlement or resource.

    If the rarest word has few grants, they are found through the indexes of their ends.
    """
    words = search_words(where.text)
    by_principal = "select number from resource where instr(folded, ?) > 0"
    by_entitlement = f"select e.number from {ENTITLEMENT_SOURCE} where instr(e.folded, ?) > 0 or instr(r.folded, ?) > 0"
    repeats = 2
    if where.resource is not None:  # the name of the resource itself is in every row
        by_entitlement, repeats = "select number from entitlement where instr(folded, ?) > 0", 1
    if where.entitlement is not None:
        for word in words:
            conditions.add(f"principal in ({by_principal})", word)
        return
    if where.principal is not None:
        for word in words:
            conditions.add(f"entitlement in ({by_entitlement})", *[word] * repeats)
        return
    rarest = min(words, key=lambda word: sum(_matches_of_word(index, word)), default="")
    for word in words:
        values = (word, *[word] * repeats)
        if word == rarest and sum(_matches_of_word(index, word)) <= FEW:
            conditions.add(
                f"row in (select row from grant_row where principal in ({by_principal})"
                f" union select row from grant_row where entitlement in ({by_entitlement}))",
                *values,
            )
        else:  # `+` keeps SQLite from using an index: the grants are read in their order, up to the end of the page
            conditions.add(f"(+principal in ({by_principal}) or +entitlement in ({by_entitlement}))", *values)


def _with_objects(index: SyncIndex, rows: Sequence[tuple[int, int, int]]) -> list[IndexedGrant]:
    principals = _resources(index, list({principal for _row, _entitlement, principal in rows}))
    numbers = list({entitlement for _row, entitlement, _principal in rows})
    entitlements: dict[int, IndexedEntitlement] = {}
    for batch in _batches(numbers):
        sql = f"select {ENTITLEMENT_FIELDS} from {ENTITLEMENT_SOURCE} where e.number in ({placeholders(batch)})"
        entitlements |= {fields[0]: IndexedEntitlement(*fields) for fields in index.fetch(sql, batch)}
    return [IndexedGrant(row, principals[principal], entitlements[number]) for row, number, principal in rows]


def _resources(index: SyncIndex, numbers: list[int]) -> dict[int, IndexedResource]:
    resources: dict[int, IndexedResource] = {}
    for batch in _batches(numbers):
        sql = f"select {RESOURCE_FIELDS} from resource where number in ({placeholders(batch)})"
        resources |= {fields[0]: IndexedResource(*fields) for fields in index.fetch(sql, batch)}
    return resources


def _batches(numbers: list[Any], size: int = 5000) -> list[list[Any]]:
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]
