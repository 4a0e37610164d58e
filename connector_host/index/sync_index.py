"""Searchable index over one sync: a temporary database of its objects, for filters, orders, counts and pages of rows.

It is filled once from a view (`SyncIndex.add_*` and `finish_*`, in the order in which they are defined) and has no name
on the disk, so that nothing remains however the process ends. Resources and entitlements are numbered in the order of
their names: an index over numbers is then an index over names, and a page from the middle of a million grants is read
in some hundredths of a second.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any

import apsw
from msgspec import Struct

from ..c1z.sqlite_connections import SCRATCH, open_database
from ..c1z.types import GrantKey
from ..errors import FileError
from .text_search import fold_text

__all__ = ["NewEntitlement", "NewResource", "SyncIndex"]

TABLES = """
create table new_resource (type text, id text, name text, mail text, state text, account text, parent text,
  folded text, human integer, last_login text);
create table resource (number integer primary key, type text, id text, name text, mail text, state text, account text,
  parent text, folded text, missing integer, held integer default 0, holders integer default 0,
  human integer default 0, last_login text default '');
create table new_entitlement (type text, resource text, id text, name text, slug text, privileged text, folded text,
  ownership integer);
create table entitlement (number integer primary key, resource integer, type text, id text, name text, slug text,
  privileged text, folded text, missing integer, holders integer default 0, ownership integer default 0);
create table grant_row (row integer primary key, entitlement integer, principal integer);
create table change (number integer primary key, section text, mark text, name text, place text, details text, id text,
  folded text);
"""
NUMBER_RESOURCES = """
insert into resource (type, id, name, mail, state, account, parent, folded, missing, human, last_login)
  select type, id, name, mail, state, account, parent, folded, 0, human, last_login from new_resource
  order by fold(name), type, id;
drop table new_resource;
create index resource_id on resource (type, id);
"""
NUMBER_ENTITLEMENTS = """
insert into resource (type, id, name, mail, state, account, parent, folded, missing)
  select distinct type, resource, type || ':' || resource, '', '', '', '', fold(type || ':' || resource), 1
  from new_entitlement as e where not exists (select 1 from resource as r where r.type = e.type and r.id = e.resource);
insert into entitlement (resource, type, id, name, slug, privileged, folded, missing, ownership)
  select r.number, e.type, e.id, e.name, e.slug, e.privileged, e.folded, 0, e.ownership
  from new_entitlement as e join resource as r on r.number =
  (select min(number) from resource as o where o.type = e.type and o.id = e.resource)
  order by r.number, fold(e.name), e.id;
drop table new_entitlement;
create index entitlement_id on entitlement (id);
"""
SUM_HOLDERS = """
update resource set holders =
  (select coalesce(sum(e.holders), 0) from entitlement as e where e.resource = resource.number)
"""
COUNT_GRANTS = (
    "create index grant_principal on grant_row (principal, entitlement)",
    "create index grant_entitlement on grant_row (entitlement, principal)",
    "create index entitlement_resource on entitlement (resource)",
    "update resource set held = (select count(*) from grant_row where principal = number)",
    "update entitlement set holders = (select count(*) from grant_row where entitlement = number)",
    SUM_HOLDERS,
    "create index resource_type on resource (type)",
    "create index resource_held on resource (held)",
    "create index resource_holders on resource (holders)",
)
ResourceOf = Callable[[GrantKey], tuple[str, str]]
MOST_REMEMBERED = 200_000  # numbers of principals that are remembered while grants are added


class NewResource(Struct, frozen=True, gc=False):
    """Resource to add to an index.

    `state` is `enabled`, `disabled`, `deleted` or empty, `account` the kind of account (`guest`, `service`, `system`)
    or empty, `parent` a whole id (`type:id`) or empty. `folded` is the text that searches look at. `human` is True for
    an account that belongs to a person; `last_login` is ISO 8601 text in UTC, or empty.
    """

    type: str
    id: str
    name: str
    mail: str = ""
    state: str = ""
    account: str = ""
    parent: str = ""
    folded: str = ""
    human: bool = False
    last_login: str = ""


class NewEntitlement(Struct, frozen=True, gc=False):
    """Entitlement to add to an index, on the resource `type`, `resource`.

    `privileged` is the word for which it counts as privileged, or empty; `ownership` the level of `query.ownership`.
    """

    type: str
    resource: str
    id: str
    name: str
    slug: str = ""
    privileged: str = ""
    folded: str = ""
    ownership: int = 0


class SyncIndex:
    """Index over one sync. `ready` is True once the grants are counted, `changes_ready` once the changes are in it."""

    def __init__(self, label: str) -> None:
        """Create an empty index; `label` names the file or sync in errors."""
        self.label = label
        self.ready = False
        self.changes_ready = False
        self.grant_counts: dict[Hashable, int] = {}
        """Numbers of grants by filter, as far as they were counted; valid because nothing is added once `ready`."""
        self._resource_numbers: dict[tuple[str, str], int] = {}
        self._entitlement_numbers: dict[str, int] = {}
        with self._full_disk_reported():
            self._db = open_database(None, SCRATCH)
            self._db.create_scalar_function("fold", _fold_value, 1, deterministic=True)
            self._db.execute(TABLES)

    def close(self) -> None:
        """Close the database, which deletes it."""
        self._db.close(force=True)

    # ------------------------------------------------------------------------------------------ filling

    def add_resources(self, resources: Sequence[NewResource]) -> None:
        """Add resources."""
        rows = (
            (r.type, r.id, r.name, r.mail, r.state, r.account, r.parent, r.folded, r.human, r.last_login)
            for r in resources
        )
        self.execute_many("insert into new_resource values (?,?,?,?,?,?,?,?,?,?)", rows)

    def add_entitlements(self, entitlements: Sequence[NewEntitlement]) -> None:
        """Add entitlements."""
        rows = ((e.type, e.resource, e.id, e.name, e.slug, e.privileged, e.folded, e.ownership) for e in entitlements)
        self.execute_many("insert into new_entitlement values (?,?,?,?,?,?,?,?)", rows)

    def add_grants(self, grants: Sequence[GrantKey], resource_of: ResourceOf) -> None:
        """Add grants. A principal or entitlement that the sync lacks gets a row of its own, marked as missing.

        `resource_of` returns the resource of an entitlement that the sync lacks, (type, id), as its grants say.
        """
        rows = []
        for grant in grants:
            entitlement = self._number_of_entitlement(grant, resource_of)
            rows.append((grant.row, entitlement, self._number_of_resource(grant.principal_type, grant.principal)))
        self.execute_many("insert into grant_row values (?,?,?)", rows)

    def add_changes(self, rows: Iterable[tuple[str, str, str, str, str, str, str]]) -> None:
        """Add changes: section, mark, name, place, details, id, folded text."""
        sql = "insert into change (section, mark, name, place, details, id, folded) values (?,?,?,?,?,?,?)"
        self.execute_many(sql, rows)

    def finish_resources(self) -> None:
        """Number the resources; call it after the last of them."""
        self.execute(NUMBER_RESOURCES)

    def finish_entitlements(self) -> None:
        """Number the entitlements; call it after the last of them."""
        self.execute(NUMBER_ENTITLEMENTS)

    def finish_grants(self) -> Iterator[None]:
        """Index and count the grants, one step per item; call it after the last of them."""
        self._resource_numbers, self._entitlement_numbers = {}, {}
        for statement in COUNT_GRANTS:
            self.execute(statement)
            yield
        self.ready = True

    # ------------------------------------------------------------------------------------------ statements

    def execute_many(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Run a statement for each row, in one transaction."""
        with self._full_disk_reported(), self._db:
            self._db.executemany(sql, rows)

    def execute(self, sql: str) -> None:
        """Run statements in one transaction."""
        with self._full_disk_reported(), self._db:
            self._db.execute(sql)

    def fetch(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a statement."""
        return list(self.iterate(sql, values))

    def iterate(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a statement one by one, for results that do not fit in memory."""
        with self._full_disk_reported():
            yield from self._db.execute(sql, tuple(values))

    def fetch_number(self, sql: str, values: Sequence[object] = ()) -> int:
        """Return the single number that a statement selects, 0 if it selects nothing."""
        rows = self.fetch(sql, values)
        return int(rows[0][0]) if rows else 0

    # ------------------------------------------------------------------------------------------ inside

    def _number_of_resource(self, type_id: str, resource_id: str) -> int:
        key = (type_id, resource_id)
        number = self._resource_numbers.get(key)
        if number is None:
            rows = self.fetch("select number from resource where type = ? and id = ? order by number limit 1", key)
            number = int(rows[0][0]) if rows else self._add_missing_resource(*key)
            if len(self._resource_numbers) >= MOST_REMEMBERED:
                self._resource_numbers.clear()
            self._resource_numbers[key] = number
        return number

    def _number_of_entitlement(self, grant: GrantKey, resource_of: ResourceOf) -> int:
        number = self._entitlement_numbers.get(grant.entitlement)
        if number is None:
            sql = "select number from entitlement where id = ? order by number limit 1"
            rows = self.fetch(sql, (grant.entitlement,))
            number = int(rows[0][0]) if rows else self._add_missing_entitlement(grant.entitlement, *resource_of(grant))
            if len(self._entitlement_numbers) >= MOST_REMEMBERED:
                self._entitlement_numbers.clear()
            self._entitlement_numbers[grant.entitlement] = number
        return number

    def _add_missing_resource(self, type_id: str, resource_id: str) -> int:
        name = f"{type_id}:{resource_id}"
        sql = (
            "insert into resource (type, id, name, mail, state, account, parent, folded, missing)"
            " values (?,?,?,'','','','',?,1) returning number"
        )
        return self.fetch_number(sql, (type_id, resource_id, name, fold_text(name)))

    def _add_missing_entitlement(self, entitlement_id: str, type_id: str, resource_id: str) -> int:
        sql = (
            "insert into entitlement (resource, type, id, name, slug, privileged, folded, missing)"
            " values (?,?,?,?,'','',?,1) returning number"
        )
        resource = self._number_of_resource(type_id, resource_id) if type_id else None
        values = (resource, type_id, entitlement_id, entitlement_id, fold_text(entitlement_id))
        return self.fetch_number(sql, values)

    @contextlib.contextmanager
    def _full_disk_reported(self) -> Iterator[None]:
        try:
            yield
        except (apsw.FullError, apsw.CantOpenError, apsw.IOError) as error:
            raise FileError(
                f"{self.label} cannot be indexed: the temporary folder has no room ({error})",
                hint="Free some space, or set TMPDIR to a folder with more room.",
            ) from error


def _fold_value(*values: Any) -> str:
    return fold_text(str(values[0]))
