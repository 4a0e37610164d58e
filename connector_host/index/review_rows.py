"""What a review asks of a catalogue besides: how each grant is held, who owns what, rows in the order of a review."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from .object_search import RESOURCE_FIELDS, IndexedResource, placeholders
from .sync_index import SyncIndex

__all__ = [
    "HoldingRow",
    "ReviewedGrant",
    "add_holdings",
    "count_direct",
    "count_holders",
    "count_new_grants",
    "grants_by_id",
    "known_user_facts",
    "list_in_order",
    "list_owners",
    "list_silent_users",
    "prepare_review",
    "store_owner_labels",
]

TABLES = """
create table how (row integer primary key, id text, direct integer, via text);
create table owner (thing integer primary key, label text);
create index change_id on change (id);
create index how_id on how (id);
"""
ORDERS = {
    "principal": "h.who, h.ent, h.row",
    "resource": "h.ent, h.who, h.row",
    "owner": "o.label is null, lower(o.label), o.label, h.ent, h.who, h.row",
}
HELD_SECTIONS = "('Memberships', 'Grants')"
ROW = "how.id, h.ent, h.who, how.direct, how.via, coalesce(c.mark, ''), coalesce(c.what, '')"
MARKED = f"left join change as c on c.id = how.id and c.section in {HELD_SECTIONS}"
HoldingRow = tuple[int, str, bool, str]
"""row, the grant's id, whether it was given as such, what it is derived from (as the review spells it)."""


class ReviewedGrant(Struct, frozen=True, gc=False):
    """A grant in the order of a review: the numbers of its ends, and what has become of it since the sync before."""

    id: str
    ent: int
    who: int
    direct: int
    via: str
    mark: str
    details: str


def prepare_review(catalogue: SyncIndex) -> None:
    """Make room; before anything else here."""
    catalogue.do(TABLES)


def add_holdings(catalogue: SyncIndex, rows: Sequence[HoldingRow]) -> None:
    """Say how grants are held; a row for each grant of the catalogue."""
    catalogue.put("insert into how values (?,?,?,?)", rows)


def list_owners(catalogue: SyncIndex) -> Iterator[tuple[int, int, str]]:
    """(resource, level, name) of each direct holder of an owning entitlement: by resource, level, name."""
    sql = (
        "select distinct e.thing, e.owns, t.name, t.num from entitlement as e join held as h on h.ent = e.num"
        " join how on how.row = h.row join thing as t on t.num = h.who"
        " where e.owns > 0 and e.thing is not null and how.direct order by 1, 2, 4"
    )
    for thing, level, name, _ in catalogue.each(sql):
        yield thing, level, name


def store_owner_labels(catalogue: SyncIndex, labels: Sequence[tuple[int, str]]) -> None:
    """Keep what the owners of resources are called together."""
    catalogue.put("insert into owner values (?,?)", labels)


def list_in_order(catalogue: SyncIndex, order: str) -> Iterator[ReviewedGrant]:
    """Every grant, by `principal`, `resource` or `owner` (those without one last)."""
    owned = ""
    if order == "owner":
        owned = " left join entitlement as e on e.num = h.ent left join owner as o on o.thing = e.thing"
    sql = f"select {ROW} from held as h join how on how.row = h.row{owned} {MARKED} order by {ORDERS[order]}"
    for row in catalogue.each(sql):
        yield ReviewedGrant(*row)


def grants_by_id(catalogue: SyncIndex, grant: str) -> list[tuple[int, ReviewedGrant]]:
    """The grants of an id, each with its row in the file."""
    sql = f"select h.row, {ROW} from how join held as h on h.row = how.row {MARKED} where how.id = ? order by h.row"
    return [(row[0], ReviewedGrant(*row[1:])) for row in catalogue.rows(sql, (grant,))]


def count_direct(catalogue: SyncIndex) -> tuple[int, int]:
    """How many grants are direct, and how many there are."""
    direct, every = catalogue.rows("select coalesce(sum(direct), 0), count(*) from how")[0]
    return direct, every


def count_new_grants(catalogue: SyncIndex) -> int:
    """How many grants the sync before had not."""
    return catalogue.number(f"select count(*) from change where mark = 'added' and section in {HELD_SECTIONS}")


def count_holders(catalogue: SyncIndex, user_types: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """(entitlement, direct grants to users, direct ones to others, derived ones), by resource and name; all of them."""
    user = f"t.type in ({placeholders(range(len(user_types)))})"
    sql = (
        f"select e.num, coalesce(sum(how.direct and {user}), 0), coalesce(sum(how.direct and not {user}), 0),"
        " coalesce(sum(not how.direct), 0) from entitlement as e left join held as h on h.ent = e.num"
        " left join how on how.row = h.row left join thing as t on t.num = h.who group by e.num order by e.num"
    )
    for row in catalogue.each(sql, (*user_types, *user_types)):
        yield row[0], row[1], row[2], row[3]


def known_user_facts(catalogue: SyncIndex, user_types: Sequence[str]) -> dict[str, bool]:
    """Of which facts about users there is one at least: mail, status, account, signed_in."""
    sql = (
        "select max(mail <> ''), max(state <> ''), max(kind <> '' or human), max(seen <> '') from thing"
        f" where type in ({placeholders(range(len(user_types)))})"
    )
    found = catalogue.rows(sql, user_types)[0]
    return {name: bool(one) for name, one in zip(("mail", "status", "account", "signed_in"), found, strict=True)}


def list_silent_users(
    catalogue: SyncIndex, user_types: Sequence[str], before: str | None, limit: int
) -> tuple[int, list[IndexedResource]]:
    """Users that hold something and signed in before a time (ISO 8601, UTC) last; None: never. The first of them."""
    condition = "seen = ''" if before is None else "seen <> '' and seen < ?"
    where = (
        f"held > 0 and missing = 0 and kind = '' and type in ({placeholders(range(len(user_types)))}) and {condition}"
    )
    values: tuple[Any, ...] = (*user_types, *([] if before is None else [before]))
    count = catalogue.number(f"select count(*) from thing where {where}", values)
    rows = catalogue.rows(
        f"select {RESOURCE_FIELDS} from thing where {where} order by seen, num limit ?", (*values, limit)
    )
    return count, [IndexedResource(*row) for row in rows]
