"""The grants of one sync as expansion reads and writes them, in the order it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apsw
from msgspec import Struct

from ...wire.stored_grants import GeneratedRow
from .. import timestamps
from . import schema

__all__ = ["EVERYBODY", "Destination", "ExpandableGrant", "ExpansionRows", "Holder", "Principal", "Span"]

Principal = tuple[str, str]
"""type, id"""

Holder = tuple[str, str, bytes]
"""principal type, principal id, data."""

BY_HOLDER = "idx_grants_entitlement_id_principal_id_v1"
KEPT = ("data",)
"""All that a generated grant replaces in a row that has its id."""


class ExpandableGrant(Struct, frozen=True):
    """A connector's grant with its expansion: who holds `entitlement`, and the serialised GrantExpandable."""

    id: str
    entitlement: str
    principal_type: str
    principal: str
    expansion: bytes


class Destination(Struct, frozen=True):
    """An entitlement that grants are to be made on: its resource's ids and its message."""

    resource_type: str
    resource: str
    id: str
    data: bytes


class Span(Struct, frozen=True):
    """A range of principals by type and id: those after `after`, up to and with `upto` (None: all that follow)."""

    after: Principal = ("", "")
    upto: Principal | None = None


EVERYBODY = Span()
"""All principals."""

# row values are compared by the index; a principal without id is none
WITHIN = (
    "(principal_resource_type_id, principal_resource_id) > (:low_type, :low) and principal_resource_type_id <> ''"
    " and principal_resource_id <> '' and (:high_type is null"
    " or (principal_resource_type_id, principal_resource_id) <= (:high_type, :high))"
)


class ExpansionRows:
    """Reads and writes within one sync of an open database. The caller holds the transactions."""

    def __init__(self, db: apsw.Connection, sync_id: str) -> None:
        self._db, self._sync_id = db, sync_id

    def prepare(self, *, again: bool = False) -> int:
        """Get the grants ready to be expanded; the number of repeated ids that were folded.

        What expansion reads by is built; every other index goes, because rows are added quicker without. `again`: an
        earlier attempt has added some already.
        """
        folded = schema.build_unique_index(self._db, "v1_grants", self._sync_id, KEPT if again else ())
        for index in schema.TABLES["v1_grants"].indexes:
            if index.name != BY_HOLDER and not index.where:
                self._db.execute(f"drop index if exists {index.name}")
        schema.create_index(self._db, "v1_grants", BY_HOLDER)
        return folded

    def finish(self) -> None:
        """Build the unique index again. A generated grant whose id was taken replaces the message there, no more."""
        schema.build_unique_index(self._db, "v1_grants", self._sync_id, KEPT)

    def expandable(self) -> Iterator[ExpandableGrant]:
        """The grants to be expanded, in the order they were stored."""
        rows = self._db.execute(
            "select external_id, entitlement_id, principal_resource_type_id, principal_resource_id, expansion"
            " from v1_grants where sync_id = ? and expansion is not null and needs_expansion = 1 order by id",
            (self._sync_id,),
        )
        return (ExpandableGrant(*row) for row in rows)

    def entitlement(self, entitlement_id: str) -> Destination | None:
        """An entitlement's row, or None."""
        row = self._db.execute(
            "select resource_type_id, resource_id, external_id, data from v1_entitlements"
            " where external_id = ? and sync_id = ?",
            (entitlement_id, self._sync_id),
        ).fetchone()
        return None if row is None else Destination(*row)

    def holders(self, entitlement_id: str, span: Span) -> Iterator[Holder]:
        """The grants on an entitlement whose principals lie in `span`; those without a principal are left out."""
        return self._db.execute(
            "select principal_resource_type_id, principal_resource_id, data from v1_grants"
            f" where entitlement_id = :on and sync_id = :sync and {WITHIN}",
            self._values(entitlement_id, span),
        )

    def held(self, entitlement_id: str, span: Span) -> Iterator[tuple[str, str, int]]:
        """The same without the messages: principal type, principal, row id."""
        return self._db.execute(
            "select principal_resource_type_id, principal_resource_id, id from v1_grants"
            f" where entitlement_id = :on and sync_id = :sync and {WITHIN}",
            self._values(entitlement_id, span),
        )

    def numbers(self) -> dict[str, int]:
        """How many grants each entitlement has; those without any are left out."""
        rows = self._db.execute(
            "select entitlement_id, count(*) from v1_grants where sync_id = ? group by 1", (self._sync_id,)
        )
        return {str(name): int(number) for name, number in rows}

    def boundary(self, entitlement_id: str, span: Span, most: int) -> Principal | None:
        """The principal up to which an entitlement has `most` grants in `span`; None when it has no more than that."""
        row = self._db.execute(
            "select principal_resource_type_id, principal_resource_id from v1_grants"
            f" where entitlement_id = :on and sync_id = :sync and {WITHIN}"
            " order by principal_resource_type_id, principal_resource_id limit 1 offset :most",
            {**self._values(entitlement_id, span), "most": most},
        ).fetchone()
        return None if row is None else (row[0], row[1])

    def _values(self, entitlement_id: str, span: Span) -> dict[str, str | None]:
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
        """The message of a row."""
        return bytes(self._db.execute("select data from v1_grants where id = ?", (row,)).get)

    def add(self, grants: Iterable[GeneratedRow]) -> None:
        """Store generated grants."""
        self._db.executemany(
            "insert into v1_grants (resource_type_id, resource_id, entitlement_id, principal_resource_type_id,"
            " principal_resource_id, external_id, data, sync_id, discovered_at)"
            f" values (?,?,?,?,?,?,?,'{self._sync_id}','{timestamps.now()}')",
            grants,
        )

    def update(self, messages: Iterable[tuple[bytes, int]]) -> None:
        """Replace the messages of rows: (data, row id)."""
        self._db.executemany("update v1_grants set data = ? where id = ?", messages)

    def messages(self) -> Iterator[tuple[int, str, bytes]]:
        """All grants: row id, entitlement id, data. Rows that were given already may be changed meanwhile."""
        rows: Any = [(0,)]
        while rows:
            rows = self._db.execute(
                "select id, entitlement_id, data from v1_grants where sync_id = ? and id > ? order by id limit 10000",
                (self._sync_id, rows[-1][0]),
            ).fetchall()
            yield from rows

    def change(self, deleted: Iterable[tuple[int]], updated: Iterable[tuple[bytes, int]]) -> None:
        """Delete rows by id, replace the messages of others."""
        self._db.executemany("delete from v1_grants where id = ?", deleted)
        self.update(updated)
