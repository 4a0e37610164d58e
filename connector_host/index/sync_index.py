"""A catalogue of one sync: what pages ask for (search, order, counts, a page of many), whatever the file's format.

It is filled once from a view (`Catalogue.add_*`, in the order they stand here) and lives in a temporary database that
has no name on the disk, so that nothing is left behind however the process ends. Things and entitlements are numbered
in the order of their names: an index over numbers is then an index over names, and a page from the middle of a million
grants is found in some hundredths of a second.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any

import apsw
from msgspec import Struct

from ..c1z.types import GrantKey
from ..errors import FileError

__all__ = ["NewEntitlement", "NewResource", "SyncIndex"]

TABLES = """
create table raw_thing (type text, id text, name text, mail text, state text, kind text, parent text, folded text,
  human integer, seen text);
create table thing (num integer primary key, type text, id text, name text, mail text, state text, kind text,
  parent text, folded text, missing integer, held integer default 0, holders integer default 0,
  human integer default 0, seen text default '');
create table raw_entitlement (type text, resource text, id text, name text, slug text, privileged text, folded text,
  owns integer);
create table entitlement (num integer primary key, thing integer, type text, id text, name text, slug text,
  privileged text, folded text, missing integer, holders integer default 0, owns integer default 0);
create table held (row integer primary key, ent integer, who integer);
create table change (num integer primary key, section text, mark text, name text, place text, what text, id text,
  folded text);
"""
THINGS_DONE = """
insert into thing (type, id, name, mail, state, kind, parent, folded, missing, human, seen)
  select type, id, name, mail, state, kind, parent, folded, 0, human, seen from raw_thing
  order by lower(name), type, id;
drop table raw_thing;
create index thing_id on thing (type, id);
"""
ENTITLEMENTS_DONE = """
insert into thing (type, id, name, mail, state, kind, parent, folded, missing)
  select distinct type, resource, type || ':' || resource, '', '', '', '', lower(type || ':' || resource), 1
  from raw_entitlement as e where not exists (select 1 from thing as t where t.type = e.type and t.id = e.resource);
insert into entitlement (thing, type, id, name, slug, privileged, folded, missing, owns)
  select t.num, e.type, e.id, e.name, e.slug, e.privileged, e.folded, 0, e.owns
  from raw_entitlement as e join thing as t on t.num =
  (select min(num) from thing as o where o.type = e.type and o.id = e.resource)
  order by t.num, lower(e.name), e.id;
drop table raw_entitlement;
create index entitlement_id on entitlement (id);
"""
GRANTS_DONE = (
    "create index held_who on held (who, ent)",
    "create index held_ent on held (ent, who)",
    "create index entitlement_thing on entitlement (thing)",
    "update thing set held = (select count(*) from held where who = num)",
    "update entitlement set holders = (select count(*) from held where ent = num)",
    "update thing set holders = (select coalesce(sum(e.holders), 0) from entitlement as e where e.thing = thing.num)",
    "create index thing_type on thing (type)",
    "create index thing_held on thing (held)",
    "create index thing_holders on thing (holders)",
)
ResourceOf = Callable[[GrantKey], tuple[str, str]]
MOST_REMEMBERED = 200_000  # numbers of principals kept at hand while grants are added
CACHE = 24 << 20  # bytes


class NewResource(Struct, frozen=True, gc=False):
    """A resource: `state` is `enabled`, `disabled`, `deleted` or empty, `kind` a word for its account (`guest`).

    `human`: said to be a person's; `seen` is when its user signed in last, ISO 8601 text in UTC, or empty.
    """

    type: str
    id: str
    name: str
    mail: str = ""
    state: str = ""
    kind: str = ""
    parent: str = ""
    folded: str = ""
    human: bool = False
    seen: str = ""


class NewEntitlement(Struct, frozen=True, gc=False):
    """An entitlement on the resource `type`, `resource`; `privileged` says why it counts as such, or is empty.

    `owns` is what `query.ownership` says.
    """

    type: str
    resource: str
    id: str
    name: str
    slug: str = ""
    privileged: str = ""
    folded: str = ""
    owns: int = 0


class SyncIndex:
    """The database. `ready` once everything is in it; `changes_ready` once the changes are."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.ready = False
        self.changes_ready = False
        self.counted: dict[Hashable, int] = {}
        """How many grants fit a filter, as far as it was asked; nothing is added once it is `ready`."""
        self._things: dict[tuple[str, str], int] = {}
        self._entitlements: dict[str, int] = {}
        with self._guard():
            self._db = apsw.Connection("")
            self._db.execute(f"pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -{CACHE >> 10}")
            self._db.create_scalar_function("lower", _lower, 1, deterministic=True)
            self._db.execute(TABLES)

    def close(self) -> None:
        """Let go of the database; it is gone."""
        self._db.close(force=True)

    # ------------------------------------------------------------------------------------------ filling

    def add_resources(self, things: Sequence[NewResource]) -> None:
        """Put resources in."""
        rows = ((t.type, t.id, t.name, t.mail, t.state, t.kind, t.parent, t.folded, t.human, t.seen) for t in things)
        self.put("insert into raw_thing values (?,?,?,?,?,?,?,?,?,?)", rows)

    def add_entitlements(self, entitlements: Sequence[NewEntitlement]) -> None:
        """Put entitlements in."""
        rows = ((e.type, e.resource, e.id, e.name, e.slug, e.privileged, e.folded, e.owns) for e in entitlements)
        self.put("insert into raw_entitlement values (?,?,?,?,?,?,?,?)", rows)

    def add_grants(self, grants: Sequence[GrantKey], resource_of: ResourceOf) -> None:
        """Put grants in. Who or what the sync lacks gets a place of its own, marked as missing.

        `resource_of` is asked for the resource of an entitlement that the sync lacks: (type, id), as its grants say.
        """
        rows = ((g.row, self._entitlement(g, resource_of), self._thing(g.principal_type, g.principal)) for g in grants)
        self.put("insert into held values (?,?,?)", list(rows))

    def add_changes(self, rows: Iterable[tuple[str, str, str, str, str, str, str]]) -> None:
        """Put changes in: section, mark, name, place, what, id, folded text."""
        self.put("insert into change (section, mark, name, place, what, id, folded) values (?,?,?,?,?,?,?)", rows)

    def finish_resources(self) -> None:
        """Number the resources: no more of them come."""
        self.do(THINGS_DONE)

    def finish_entitlements(self) -> None:
        """Number the entitlements."""
        self.do(ENTITLEMENTS_DONE)

    def finish_grants(self) -> Iterator[None]:
        """Index and count, a step at a time."""
        self._things, self._entitlements = {}, {}
        for statement in GRANTS_DONE:
            self.do(statement)
            yield
        self.ready = True

    def put(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        """A statement for each of the rows, all or none."""
        with self._guard(), self._db:
            self._db.executemany(sql, rows)

    def do(self, sql: str) -> None:
        """Statements, all or none."""
        with self._guard(), self._db:
            self._db.execute(sql)

    # ------------------------------------------------------------------------------------------ asking

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement."""
        return list(self.each(sql, values))

    def each(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The same, one by one, for what may be many."""
        with self._guard():
            yield from self._db.execute(sql, tuple(values))

    def number(self, sql: str, values: Sequence[object] = ()) -> int:
        """The one number of a statement."""
        rows = self.rows(sql, values)
        return int(rows[0][0]) if rows else 0

    # ------------------------------------------------------------------------------------------ inside

    def _thing(self, type_id: str, resource_id: str) -> int:
        key = (type_id, resource_id)
        num = self._things.get(key)
        if num is None:
            found = self.rows("select num from thing where type = ? and id = ? order by num limit 1", key)
            num = int(found[0][0]) if found else self._missing_thing(*key)
            if len(self._things) >= MOST_REMEMBERED:
                self._things.clear()
            self._things[key] = num
        return num

    def _entitlement(self, grant: GrantKey, resource_of: ResourceOf) -> int:
        entitlement_id = grant.entitlement
        num = self._entitlements.get(entitlement_id)
        if num is None:
            found = self.rows("select num from entitlement where id = ? order by num limit 1", (entitlement_id,))
            num = int(found[0][0]) if found else self._missing_entitlement(entitlement_id, *resource_of(grant))
            if len(self._entitlements) >= MOST_REMEMBERED:
                self._entitlements.clear()
            self._entitlements[entitlement_id] = num
        return num

    def _missing_thing(self, type_id: str, resource_id: str) -> int:
        name = f"{type_id}:{resource_id}"
        sql = (
            "insert into thing (type, id, name, mail, state, kind, parent, folded, missing)"
            " values (?,?,?,'','','','',?,1) returning num"
        )
        return self.number(sql, (type_id, resource_id, name, name.casefold()))

    def _missing_entitlement(self, entitlement_id: str, type_id: str, resource_id: str) -> int:
        sql = (
            "insert into entitlement (thing, type, id, name, slug, privileged, folded, missing)"
            " values (?,?,?,?,'','',?,1) returning num"
        )
        thing = self._thing(type_id, resource_id) if type_id else None
        return self.number(sql, (thing, type_id, entitlement_id, entitlement_id, entitlement_id.casefold()))

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except (apsw.FullError, apsw.CantOpenError, apsw.IOError) as error:
            raise FileError(
                f"{self.label}: no room for the catalogue that pages are made from ({error})",
                hint="Set TMPDIR to a folder with room.",
            ) from error


def _lower(*texts: Any) -> str:
    return str(texts[0]).casefold()
