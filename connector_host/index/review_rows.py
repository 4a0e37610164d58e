"""Rows of an index for access reviews: direct or inherited holding of each grant, owners, rows in a review's order."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from .object_search import RESOURCE_FIELDS, IndexedResource, placeholders
from .sync_index import SyncIndex

__all__ = [
    "MOST_OF_PAIR",
    "HoldingRow",
    "ReviewedGrant",
    "add_holdings",
    "count_direct",
    "count_holders",
    "count_new_grants",
    "count_pairs_to_decide",
    "count_rows",
    "grants_at",
    "grants_by_id",
    "known_user_facts",
    "list_in_order",
    "list_owners",
    "list_package",
    "list_silent_users",
    "owner_grants",
    "prepare_review",
    "rows_of_pair",
    "sole_owner_grants",
    "store_owner_labels",
    "store_packages",
    "store_scope",
]

TABLES = """
create table holding (row integer primary key, id text, direct integer, via text);
create table owner (resource integer primary key, label text);
create index change_id on change (id);
create index holding_id on holding (id);
create table package (row integer primary key, number integer, position integer);
create table in_scope (row integer primary key);
create index package_number on package (number, position);
"""
REVIEW_ORDERS = {
    "principal": "g.principal, g.entitlement, g.row",
    "resource": "g.entitlement, g.principal, g.row",
    "owner": "o.label is null, fold(o.label), o.label, g.entitlement, g.principal, g.row",
}
PAIR_RESOURCE = "coalesce(e.resource, -e.number)"  # entitlements without a known resource stay apart
PAIR_ORDERS = {
    "principal": f"g.principal, {PAIR_RESOURCE}, g.entitlement, g.row",
    "resource": f"{PAIR_RESOURCE}, g.principal, g.entitlement, g.row",
    "owner": f"o.label is null, fold(o.label), o.label, {PAIR_RESOURCE}, g.principal, g.entitlement, g.row",
}
MOST_OF_PAIR = 2_000
"""Grants of a pair of principal and resource that are decided together."""
GRANT_SECTIONS = "('Memberships', 'Grants')"
REVIEWED_FIELDS = (
    "holding.id, g.entitlement, g.principal, holding.direct, holding.via, coalesce(c.mark, ''),"
    " coalesce(c.details, ''), g.row"
)
WITH_CHANGES = f"left join change as c on c.id = holding.id and c.section in {GRANT_SECTIONS}"
HoldingRow = tuple[int, str, bool, str]
"""Row in the file, id of the grant, True if it is direct, the entitlements it is derived from as JSON text."""


class ReviewedGrant(Struct, frozen=True, gc=False):
    """Grant in the order of a review: numbers of its entitlement and principal, and its change since the last sync."""

    id: str
    entitlement: int
    principal: int
    direct: int
    via: str
    mark: str
    details: str
    row: int


def prepare_review(index: SyncIndex) -> None:
    """Create the tables of this module; call it before the other functions."""
    index.execute(TABLES)


def add_holdings(index: SyncIndex, rows: Sequence[HoldingRow]) -> None:
    """Store how grants are held, a row for each grant of the index."""
    index.execute_many("insert into holding values (?,?,?,?)", rows)


def list_owners(index: SyncIndex) -> Iterator[tuple[int, int, str, int]]:
    """Yield (resource, level, name, number) of each direct holder of an owning entitlement, sorted."""
    sql = (
        "select distinct e.resource, e.ownership, r.name, r.number"
        " from entitlement as e join grant_row as g on g.entitlement = e.number"
        " join holding on holding.row = g.row join resource as r on r.number = g.principal"
        " where e.ownership > 0 and e.resource is not null and holding.direct order by 1, 2, 4"
    )
    for row in index.iterate(sql):
        yield row[0], row[1], row[2], row[3]


def owner_grants(index: SyncIndex) -> Iterator[tuple[int, frozenset[int]]]:
    """Yield each resource with owners, and the rows in the file of the direct grants that make them owners."""
    sql = (
        "select e.resource, e.ownership, g.row from entitlement as e join grant_row as g on g.entitlement = e.number"
        " join holding on holding.row = g.row"
        " where e.ownership > 0 and e.resource is not null and holding.direct order by 1, 2"
    )
    for resource, rows in itertools.groupby(index.iterate(sql), key=lambda row: row[0]):
        listed = list(rows)
        yield resource, frozenset(row for _, level, row in listed if level == listed[0][1])


def sole_owner_grants(index: SyncIndex, user_types: Sequence[str]) -> frozenset[int]:
    """Return the rows in the file of the grants that make a user the only owner of a resource."""
    sql = (
        "with held as (select e.resource, e.ownership as level, g.principal, g.row"
        " from entitlement as e join grant_row as g on g.entitlement = e.number"
        " join holding on holding.row = g.row where e.ownership > 0 and e.resource is not null and holding.direct),"
        " best as (select resource, min(level) as level from held group by resource),"
        " sole as (select resource, held.level from held join best using (resource)"
        " where held.level = best.level group by resource having count(distinct principal) = 1)"
        " select held.row from held join sole on sole.resource = held.resource and sole.level = held.level"
        f" join resource as r on r.number = held.principal where r.type in ({placeholders(user_types)})"
    )
    return frozenset(row[0] for row in index.iterate(sql, user_types))


def store_owner_labels(index: SyncIndex, labels: Sequence[tuple[int, str]]) -> None:
    """Store the text that names the owners of each resource."""
    index.execute_many("insert into owner values (?,?)", labels)


def list_in_order(
    index: SyncIndex, order: str, *, by_pair: bool = False, scoped: bool = False
) -> Iterator[ReviewedGrant]:
    """Yield the grants by `principal`, `resource` or `owner` (grants without an owner last).

    With `by_pair`, the grants between a principal and a resource follow each other. `scoped`: only those in the scope.
    """
    joins = " join in_scope on in_scope.row = g.row" if scoped else ""
    if by_pair or order == "owner":
        joins += " left join entitlement as e on e.number = g.entitlement"
    if order == "owner":
        joins += " left join owner as o on o.resource = e.resource"
    orders = PAIR_ORDERS if by_pair else REVIEW_ORDERS
    sql = (
        f"select {REVIEWED_FIELDS} from grant_row as g join holding on holding.row = g.row{joins} {WITH_CHANGES}"
        f" order by {orders[order]}"
    )
    for row in index.iterate(sql):
        yield ReviewedGrant(*row)


def store_packages(index: SyncIndex, rows: Iterable[tuple[int, int, int]]) -> None:
    """Store (row in the file, number of the package, position in it) of each grant that is split among reviewers."""
    index.execute_many("insert into package values (?,?,?)", rows)


def list_package(index: SyncIndex, number: int) -> Iterator[ReviewedGrant]:
    """Yield the grants of a package, by position."""
    sql = (
        f"select {REVIEWED_FIELDS} from package as p join grant_row as g on g.row = p.row"
        f" join holding on holding.row = g.row {WITH_CHANGES} where p.number = ? order by p.position"
    )
    for row in index.iterate(sql, (number,)):
        yield ReviewedGrant(*row)


def store_scope(index: SyncIndex, rows: Iterable[int]) -> None:
    """Store the rows in the file of the grants that are in the scope of the review."""
    index.execute_many("insert into in_scope values (?)", ((row,) for row in rows))


def count_rows(index: SyncIndex, package: int | None, *, scoped: bool) -> int:
    """Return the number of grants of a package, of the scope, or of all grants."""
    source, values = _part(package, scoped=scoped)
    return index.fetch_number(f"select count(*) from grant_row as g{source}", values)


def count_pairs_to_decide(index: SyncIndex, package: int | None, *, scoped: bool) -> int:
    """Return the number of pairs of principal and resource with a direct grant, in a package, the scope or all.

    Of a pair with more grants, every `MOST_OF_PAIR` count as one.
    """
    source, values = _part(package, scoped=scoped)
    pair = f"g.principal, {PAIR_RESOURCE}"
    position = f"row_number() over (partition by {pair} order by g.entitlement, g.row)"
    sql = (
        "select count(*) from (select distinct principal, resource, part from (select g.principal as principal,"
        f" {PAIR_RESOURCE} as resource, ({position} - 1) / {MOST_OF_PAIR} as part, holding.direct as direct"
        f" from grant_row as g join holding on holding.row = g.row{source}"
        " join entitlement as e on e.number = g.entitlement) where direct)"
    )
    return index.fetch_number(sql, values)


def _part(package: int | None, *, scoped: bool) -> tuple[str, tuple[int, ...]]:
    if package is not None:
        return " join package as p on p.row = g.row and p.number = ?", (package,)
    return (" join in_scope on in_scope.row = g.row" if scoped else ""), ()


def grants_by_id(index: SyncIndex, grant_id: str) -> list[ReviewedGrant]:
    """Return the grants of an id, by their rows in the file."""
    sql = (
        f"select {REVIEWED_FIELDS} from holding join grant_row as g on g.row = holding.row {WITH_CHANGES}"
        " where holding.id = ? order by g.row"
    )
    return [ReviewedGrant(*row) for row in index.fetch(sql, (grant_id,))]


def rows_of_pair(index: SyncIndex, row: int) -> list[int]:
    """Return the rows in the file of the grants of the same principal and resource as the grant at a row."""
    sql = (
        "select other.row from grant_row as g join entitlement as e on e.number = g.entitlement"
        " join grant_row as other on other.principal = g.principal"
        " join entitlement as o on o.number = other.entitlement"
        " and (o.resource = e.resource or o.number = e.number) where g.row = ? order by 1"
    )
    return [number for (number,) in index.fetch(sql, (row,))]


def grants_at(index: SyncIndex, rows: Sequence[int]) -> list[ReviewedGrant]:
    """Return the grants at these rows in the file, in the order of the entitlements."""
    sql = (
        f"select {REVIEWED_FIELDS} from grant_row as g join holding on holding.row = g.row {WITH_CHANGES}"
        f" where g.row in ({placeholders(rows)}) order by g.entitlement, g.row"
    )
    return [ReviewedGrant(*row) for row in index.fetch(sql, rows)]


def count_direct(index: SyncIndex) -> tuple[int, int]:
    """Return the number of direct grants and the number of all grants."""
    direct, total = index.fetch("select coalesce(sum(direct), 0), count(*) from holding")[0]
    return direct, total


def count_new_grants(index: SyncIndex) -> int:
    """Return how many grants the earlier sync does not have."""
    return index.fetch_number(f"select count(*) from change where mark = 'added' and section in {GRANT_SECTIONS}")


def count_holders(index: SyncIndex, user_types: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield (entitlement, direct grants to users, other direct grants, inherited grants) of every entitlement."""
    user = f"r.type in ({placeholders(user_types)})"
    sql = (
        f"select e.number, coalesce(sum(holding.direct and {user}), 0),"
        f" coalesce(sum(holding.direct and not {user}), 0), coalesce(sum(not holding.direct), 0)"
        " from entitlement as e left join grant_row as g on g.entitlement = e.number"
        " left join holding on holding.row = g.row left join resource as r on r.number = g.principal"
        " group by e.number order by e.number"
    )
    for row in index.iterate(sql, (*user_types, *user_types)):
        yield row[0], row[1], row[2], row[3]


def known_user_facts(index: SyncIndex, user_types: Sequence[str]) -> dict[str, bool]:
    """Return for `mail`, `status`, `account` and `signed_in` whether at least one user has the fact."""
    sql = (
        "select max(mail <> ''), max(state <> ''), max(account <> '' or human), max(last_login <> '') from resource"
        f" where type in ({placeholders(user_types)})"
    )
    flags = index.fetch(sql, user_types)[0]
    return {name: bool(flag) for name, flag in zip(("mail", "status", "account", "signed_in"), flags, strict=True)}


def list_silent_users(
    index: SyncIndex, user_types: Sequence[str], before: str | None, limit: int
) -> tuple[int, list[IndexedResource]]:
    """Return how many users hold grants and last signed in before a time, and the first `limit` of them.

    `before` is ISO 8601 text in UTC; None stands for users who never signed in.
    """
    condition = "last_login = ''" if before is None else "last_login <> '' and last_login < ?"
    where = f"held > 0 and missing = 0 and account = '' and type in ({placeholders(user_types)}) and {condition}"
    values: tuple[Any, ...] = (*user_types, *([] if before is None else [before]))
    count = index.fetch_number(f"select count(*) from resource where {where}", values)
    sql = f"select {RESOURCE_FIELDS} from resource where {where} order by last_login, number limit ?"
    return count, [IndexedResource(*row) for row in index.fetch(sql, (*values, limit))]
