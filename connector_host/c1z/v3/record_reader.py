"""The records of a v3 file as the rows that format v1 has for them, kind by kind, in the order of their keys.

Records tell their own ids, so keys are not taken apart here. A file from before its keys were made of those ids (its
mark is missing) is read in the order that they would have now, as the Go SDK does when it opens one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import lru_cache, partial
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import apsw

from ...errors import FileError
from ...model import ResourceId
from ...wire.v3 import record_decoding
from ...wire.v3.grant_merging import merge_grants
from ...wire.v3.record_decoding import GrantRows
from .. import timestamps
from ..pebble.database import PebbleDatabase
from ..publish.format_losses import SCOPES
from . import keys

__all__ = ["COLUMNS", "RecordReader"]

Row = tuple[Any, ...]
Entry = tuple[bytes, bytes]
PRINCIPAL = ("principal_resource_type_id", "principal_resource_id")
COLUMNS = {
    "v1_resource_types": ("external_id", "data"),
    "v1_resources": (
        *("resource_type_id", "external_id", "parent_resource_type_id", "parent_resource_id"),
        "data",
    ),
    "v1_entitlements": ("resource_type_id", "resource_id", "external_id", "data"),
    "v1_grants": (
        *("resource_type_id", "resource_id", "entitlement_id", *PRINCIPAL),
        *("external_id", "expansion", "needs_expansion", "data"),
    ),
    "v1_assets": ("external_id", "content_type", "data"),
}
"""Table -> the columns that a record gives; what discovered it comes behind them."""
ENDING = ("discovered_at", "sync_id")
AGAIN = "The file is damaged; make it again with a sync. `connector-host validate` says more."


class RecordReader:
    """The records of an open v3 database. `legacy`: its keys are of the older layout.

    `local`: times are to be this computer's wall clock, as syncs write them into format v1; else they are UTC.
    """

    def __init__(self, database: PebbleDatabase, *, legacy: bool = False, local: bool = False) -> None:
        self.database = database
        self.legacy = legacy
        self.time = lru_cache(4096)(partial(timestamps.from_nanoseconds, local=local))
        """The stored text of nanoseconds since 1970."""
        self._discovered = lru_cache(4096)(lambda moment: self.time(record_decoding.nanoseconds(moment)))
        self.unkeyed = 0
        """Records of the older layout that cannot be stored under a key of today's."""

    def entries(self, family: bytes) -> Iterator[Entry]:
        """The entries of a family, ascending by key."""
        found = self.database.items(family, keys.after(family))
        if self.legacy and family in (keys.ENTITLEMENTS, keys.GRANTS):
            return self._keyed_anew(family, found)
        return found

    def grants(self) -> Iterator[Row]:
        """The columns of every grant, as `wire.record_rows` gives them."""
        return map(GrantRows().row, self._values(keys.GRANTS))

    @property
    def indexed(self) -> bool:
        """Whether grants can be looked up by principal: the file has that index, and it is not marked as unfinished."""
        family = keys.BY_PRINCIPAL
        if self.legacy or self.database.get(keys.UNFINISHED_INDEX) is not None:
            return False
        return next(self.database.items(family, keys.after(family)), None) is not None

    def held(self, who: ResourceId) -> Iterator[tuple[bytes, Row]]:
        """The keys and columns of the grants of a principal, ascending, by the index. FileError when that is wrong."""
        tail = keys.join(who.resource_type, who.resource)
        prefix = keys.index(keys.BY_PRINCIPAL, tail) + b"\x00"
        row = GrantRows().row
        for entry, _ in self.database.items(prefix, keys.after(prefix)):
            key = keys.index(keys.GRANTS, entry[len(prefix) :], tail)
            record = self.database.get(key)
            if record is None:
                raise FileError(f"the index names a grant that is not there, of {who}", hint=AGAIN)
            yield key, row(record)

    def grant(self, key: bytes) -> Row | None:
        """The columns of the grant of a key."""
        record = self.database.get(key)
        return None if record is None else GrantRows().row(record)

    def rows(
        self, table: str, sync_id: str, lost: dict[str, int] | None = None
    ) -> tuple[tuple[str, ...], Iterator[Row]]:
        """Columns of a table of format v1, and what the records have for them, in their order, as rows of `sync_id`.

        `lost` counts records that say what no column is there for.
        """
        family, tag, decode = DECODERS[table]
        read = decode or GrantRows().row
        values = self._values(family) if lost is None or not tag else _counted(self._values(family), tag, lost)
        # where it is not told when one was discovered: the beginning of 1970, since format v1 must have a time
        rows = ((*row[:-1], self._discovered(row[-1]), sync_id) for row in map(read, values))
        return (*COLUMNS[table], *ENDING), rows

    def count(self, family: bytes) -> dict[str, int]:
        """The number of records of a family by the first part of their keys: the type of what they are on."""
        found: dict[bytes, int] = {}
        start = len(family) + 1
        last, end, number = b"", 0, 0
        for key, _ in self.entries(family):
            if last and key.startswith(last):
                number += 1
                continue
            found[last] = found.get(last, 0) + number
            end = key.find(b"\x00", start)
            last = key[: end + 1] if end >= 0 else key
            number = 1
        found[last] = found.get(last, 0) + number
        return {
            keys.split(key.removesuffix(b"\x00"))[1][0].decode(errors="replace"): number
            for key, number in found.items()
            if key
        }

    def _values(self, family: bytes) -> Iterator[bytes]:
        """The records of a family, in the order of their keys."""
        if self.legacy:
            return (value for _, value in self.entries(family))
        blocks = self.database.blocks(family, keys.after(family))
        return chain.from_iterable(values for _, values in blocks)

    def _keyed_anew(self, family: bytes, found: Iterator[Entry]) -> Iterator[Entry]:
        """The same records under today's keys. Grants that come to stand under one are made one."""
        key_of = _grant_key if family == keys.GRANTS else _entitlement_key
        self.unkeyed = 0
        with closing(apsw.Connection("")) as scratch:  # a temporary file
            scratch.execute("create table found (key blob, value blob)")
            with scratch:
                scratch.executemany("insert into found values (?, ?)", self._keyed(found, key_of))
            entries = scratch.execute("select key, value from found order by key")
            for key, same in groupby(entries, key=itemgetter(0)):
                values = [value for _, value in same]
                yield key, merge_grants(values) if family == keys.GRANTS else values[-1]

    def _keyed(self, found: Iterator[Entry], key_of: Callable[[bytes], bytes]) -> Iterator[Entry]:
        for _, value in found:
            try:
                yield key_of(value), value
            except ValueError:
                self.unkeyed += 1


DECODERS: dict[str, tuple[bytes, int, Callable[[bytes], Row] | None]] = {
    "v1_resource_types": (keys.RESOURCE_TYPES, 0, record_decoding.resource_type),
    "v1_resources": (keys.RESOURCES, 0x62, record_decoding.resource),
    "v1_entitlements": (keys.ENTITLEMENTS, 0x5A, record_decoding.entitlement),
    "v1_grants": (keys.GRANTS, 0x52, None),
    "v1_assets": (keys.ASSETS, 0, record_decoding.asset),
}
"""Table -> the family of its records, the tag of their `source_scope_key`, what makes a row (None: `GrantRows`)."""


def _counted(values: Iterator[bytes], tag: int, lost: dict[str, int]) -> Iterator[bytes]:
    """The same records; those with a text of this tag, which no table has a column for, are counted."""
    mark, number = bytes((tag,)), 0
    for value in values:
        if mark in value and record_decoding.has_scope(value, tag):
            number += 1
        yield value
    lost[SCOPES] = lost.get(SCOPES, 0) + number


def _entitlement_key(record: bytes) -> bytes:
    kind, name, entitlement_id, _, _ = record_decoding.entitlement(record)
    return keys.entitlement(kind, name, entitlement_id)


def _grant_key(record: bytes) -> bytes:
    kind, name, entitlement_id, principal_type, principal, *_ = GrantRows().row(record)
    if not principal_type or not principal:
        raise ValueError("a grant is stored under its principal, which is empty")
    return keys.grant(keys.entitlement_parts(kind, name, entitlement_id), principal_type, principal)
