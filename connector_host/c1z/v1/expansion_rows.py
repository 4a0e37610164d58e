"""The grants of one sync as expansion reads and writes them, in the order it needs."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from itertools import repeat
from typing import Any

import apsw
import msgspec
from msgspec import Struct

from ...wire.grant_row import GrantRow, grant_row
from ...wire.grants.packed_grants import PackedGrants
from .. import timestamps
from . import schema
from .packed_rows import (
    COLLECTED_GRANTS,
    PACKED,
    add_packed,
    add_runs,
    create_packed,
    drop_packed,
    insert_packed,
    unpack_principals,
)
from .schema import BY_HOLDER, GRANTS, OBJECT_COLUMNS

__all__ = [
    "EVERYBODY",
    "Destination",
    "ExpansionRows",
    "Principal",
    "PrincipalSpan",
    "StoredHolder",
    "index_generated",
]

Principal = tuple[str, str]
"""type, id"""

StoredHolder = tuple[str, str, bytes]
"""principal type, principal id, data."""

REPLACED = ("data",)
"""The columns that a generated grant replaces in a row that has its id."""
BY_ENTITLEMENT = "host_grants_by_entitlement"


class Destination(Struct, frozen=True):
    """An entitlement on which grants are to be created: the ids of its resource and its message."""

    resource_type: str
    resource: str
    id: str
    data: bytes


class PrincipalSpan(Struct, frozen=True):
    """A range of principals by type and id: those after `after`, up to and including `upto` (None: to the end)."""

    after: Principal = ("", "")
    upto: Principal | None = None


EVERYBODY = PrincipalSpan()
"""All principals."""


def _within(principal: str) -> str:
    """Return the condition that a principal, two expressions, lies in a span."""
    return f"({principal}) > (:low_type, :low) and (:high_type is null or ({principal}) <= (:high_type, :high))"


# row values are compared by the index; a principal without an id is none
WITHIN = (
    f"{_within('principal_resource_type_id, principal_resource_id')} and principal_resource_type_id <> ''"
    " and principal_resource_id <> ''"
)


def index_generated(db: apsw.Connection) -> int:
    """Build the unique index of expanded grants, and return the number of repeated ids that were folded.

    A generated grant whose id exists replaces the message there, nothing else.
    """
    return schema.build_unique_index(db, GRANTS, None, REPLACED)


class ExpansionRows:
    """Reader and writer of the grants of one sync of an open database. The caller holds the transactions.

    Generated grants stay packed until `finish` or the sealing of the sync; so do runs of collected ones, until
    expansion changes one of them.
    """

    def __init__(self, db: apsw.Connection, sync_id: str) -> None:
        self._db, self._sync_id = db, sync_id
        create_packed(db)

    def prepare(self, *, again: bool = False) -> int:
        """Prepare the grants for expansion, and return the number of repeated ids that were folded.

        The index that expansion reads by is built; every other index is dropped, because rows are added quicker
        without. `again`: an earlier attempt has added some rows already.
        """
        folded = schema.build_unique_index(self._db, GRANTS, None, REPLACED if again else ())
        for index in schema.TABLES[GRANTS].indexes:
            if index.name != BY_HOLDER and not index.where:
                self._db.execute(f"drop index if exists {index.name}")
        schema.create_index(self._db, GRANTS, BY_HOLDER)
        self._db.execute(f"create index if not exists {BY_ENTITLEMENT} on {PACKED} (entitlement)")
        return folded

    def finish(self) -> None:
        """Make rows of the packed grants, and build the unique index again."""
        add_packed(self._db, self._sync_id)
        drop_packed(self._db)
        index_generated(self._db)

    def expandable(self) -> Iterator[GrantRow]:
        """Yield the grants to be expanded, in the order they were stored; each has an `expansion`."""
        rows = self._db.execute(
            f"select {', '.join(OBJECT_COLUMNS[GRANTS])} from v1_grants"
            " where sync_id = ? and expansion is not null and needs_expansion = 1 order by id",
            (self._sync_id,),
        )
        return map(grant_row, rows)

    def entitlement(self, entitlement_id: str) -> Destination | None:
        """Return an entitlement, None if the sync lacks it."""
        row = self._db.execute(
            "select resource_type_id, resource_id, external_id, data from v1_entitlements"
            " where external_id = ? and sync_id = ?",
            (entitlement_id, self._sync_id),
        ).fetchone()
        return None if row is None else Destination(*row)

    def holders(self, entitlement_id: str, span: PrincipalSpan) -> Iterator[StoredHolder]:
        """Yield the grants on an entitlement whose principals lie in `span`, without those that have no principal."""
        return self._db.execute(
            "select principal_resource_type_id, principal_resource_id, data from v1_grants"
            f" where entitlement_id = :on and sync_id = :sync and {WITHIN}",
            self._values(entitlement_id, span),
        )

    def packed_holders(self, entitlement_id: str, span: PrincipalSpan) -> Iterator[tuple[str, bool, list[str]]]:
        """Yield the principals of packed grants on an entitlement that lie in `span`.

        They are a type, True for grants of the connector and False for generated ones, and ids.
        """
        runs = self._db.execute(
            f"select principal_type, {COLLECTED_GRANTS}, names from {PACKED} where entitlement = ?", (entitlement_id,)
        )
        for principal_type, collected, text in runs:
            names = msgspec.json.decode(text, type=list[str])
            if span is not EVERYBODY:
                low, high = span.after, span.upto
                names = [
                    name
                    for name in names
                    if low < (principal_type, name) and (high is None or (principal_type, name) <= high)
                ]
            yield principal_type, bool(collected), names

    def unpack_holders(self, entitlement_id: str, brought: Callable[[str, str], bool]) -> None:
        """Make rows of the packed grants on an entitlement to principals of which `brought` is true (type, id)."""
        unpack_principals(self._db, self._sync_id, entitlement_id, brought)

    def held(self, entitlement_id: str, span: PrincipalSpan) -> Iterator[tuple[str, str, int]]:
        """Yield the same grants without their messages: principal type, principal, row number."""
        return self._db.execute(
            "select principal_resource_type_id, principal_resource_id, id from v1_grants"
            f" where entitlement_id = :on and sync_id = :sync and {WITHIN}",
            self._values(entitlement_id, span),
        )

    def numbers(self, entitlements: Container[str]) -> dict[str, int]:
        """Return the number of grants on each of these entitlements that has any."""
        rows = self._db.execute(
            "select name, sum(number) from ("
            "select entitlement_id as name, count(*) as number from v1_grants where sync_id = ? group by 1 union all"
            f" select entitlement, sum(number) from {PACKED} group by 1) group by 1",
            (self._sync_id,),
        )
        return {str(name): int(number) for name, number in rows if name in entitlements}

    def boundary(self, entitlement_id: str, span: PrincipalSpan, most: int) -> Principal | None:
        """Return the principal up to which an entitlement has `most` grants in `span`; None when it has fewer."""
        row = self._db.execute(
            "select * from (select principal_resource_type_id, principal_resource_id from v1_grants"
            f" where entitlement_id = :on and sync_id = :sync and {WITHIN} order by 1, 2 limit :most + 1)"
            f" union all select g.principal_type, n.value from {PACKED} as g, json_each(g.names) as n"
            f" where g.entitlement = :on and {_within('g.principal_type, n.value')}"
            " order by 1, 2 limit 1 offset :most",
            {**self._values(entitlement_id, span), "most": most},
        ).fetchone()
        return None if row is None else (row[0], row[1])

    def _values(self, entitlement_id: str, span: PrincipalSpan) -> dict[str, str | None]:
        (low_type, low), high = span.after, span.upto
        return {
            "on": entitlement_id,
            "sync": self._sync_id,
            "low_type": low_type,
            "low": low,
            "high_type": high[0] if high else None,
            "high": high[1] if high else None,
        }

    def message(self, row: int) -> bytes:
        """Return the message of a row."""
        return bytes(self._db.execute("select data from v1_grants where id = ?", (row,)).get)

    def add(self, grants: Iterable[GrantRow]) -> None:
        """Store generated grants."""
        self._db.executemany(
            schema.insert_statement(GRANTS, OBJECT_COLUMNS[GRANTS], sync_id=self._sync_id, now=timestamps.now()),
            grants,
        )

    def add_packed_runs(self, runs: Iterable[PackedGrants]) -> None:
        """Store generated grants packed, as they are."""
        self._db.executemany(insert_packed(timestamps.now()), runs)

    def add_runs(self, runs: Iterable[PackedGrants]) -> None:
        """Store generated grants that are packed as rows."""
        add_runs(self._db, self._sync_id, zip(repeat(timestamps.now()), runs, strict=False))

    def update(self, messages: Iterable[tuple[bytes, int]]) -> None:
        """Replace the messages of rows: (data, row number)."""
        self._db.executemany("update v1_grants set data = ? where id = ?", messages)

    def messages(self) -> Iterator[tuple[int, str, bytes]]:
        """Yield row number, entitlement id and data of all grants. Rows that were yielded may be changed meanwhile."""
        rows: Any = [(0,)]
        while rows:
            rows = self._db.execute(
                "select id, entitlement_id, data from v1_grants where sync_id = ? and id > ? order by id limit 10000",
                (self._sync_id, rows[-1][0]),
            ).fetchall()
            yield from rows

    def change(self, deleted: Iterable[tuple[int]], updated: Iterable[tuple[bytes, int]]) -> None:
        """Delete rows by number, and replace the messages of others."""
        self._db.executemany("delete from v1_grants where id = ?", deleted)
        self.update(updated)
