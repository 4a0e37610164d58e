"""The records of a v3 file as the rows that format v1 has for them, kind by kind, in the order of their keys.

Records contain their own ids, so keys are not decoded here. A file from before its keys were made of those ids (its
mark is missing) is read in the order that its keys would have today, as the Go SDK does when it opens one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import lru_cache, partial
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

from msgspec import Struct

from ...errors import FileError
from ...model import ResourceId
from ...wire.grant_row import GrantColumns, GrantRow
from ...wire.grants.packed_grants import PackedGrants, RunPacker
from ...wire.v3 import record_decoding
from ...wire.v3.format_losses import FormatLoss, LossCounter
from ...wire.v3.grant_merging import merge_grants
from ...wire.v3.record_decoding import GrantRecordDecoder
from ...wire.v3.run_decoding import RecordRun, RunDecoder
from .. import timestamps, transactions
from ..pebble.pebble_database import PebbleDatabase, Rows
from ..sqlite_connections import DAMAGED, SCRATCH, open_database
from ..types import ResourceRow
from ..v1.schema import GRANTS, OBJECT_COLUMNS
from . import keys

__all__ = ["GRANT_COLUMNS", "GRANT_KEYS", "STORED_COLUMNS", "RecordReader"]

Row = tuple[Any, ...]
Entry = tuple[bytes, bytes]
GRANTS_AT_ONCE = 2_000
SHORTEST_RUN = 8
"""Grants that are worth to be decoded together."""
GRANT_SCOPE = 0x52
GRANT_KEYS = keys.GRANTS, keys.after(keys.GRANTS)
"""The first key of the grants, and the first one behind them."""
ENDING = ("discovered_at", "sync_id")
STORED_COLUMNS = {table: columns[:-1] for table, columns in OBJECT_COLUMNS.items()}
"""Table -> the columns that a record gives; `ENDING` follows them."""
GRANT_COLUMNS = (*STORED_COLUMNS[GRANTS], *ENDING)


class RecordReader:
    """The records of an open v3 database. `legacy`: its keys are of the older layout.

    `local`: times become this computer's wall clock, as syncs write them into format v1; otherwise they are UTC.
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
        """Yield the entries of a family, ascending by key."""
        items = self.database.items(family, keys.after(family))
        if self.legacy and family in (keys.ENTITLEMENTS, keys.GRANTS):
            return self._rekeyed(family, items)
        return items

    def grant_runs(self, decoder: GrantRecordDecoder) -> Iterator[RecordRun | Sequence[bytes]]:
        """Yield every grant: runs of those that are alike, and the records of others for the `decoder`."""
        return (part for _, _, part in self.keyed_grant_runs(decoder))

    def keyed_grant_runs(
        self, decoder: GrantRecordDecoder, key_range: tuple[bytes, bytes] = GRANT_KEYS
    ) -> Iterator[tuple[bytes, list[bytes], RecordRun | Sequence[bytes]]]:
        """Yield the parts of `grant_runs` with the common start of their keys, and the remainder of each key.

        `key_range` is where to begin and where to end; the older layout is read as a whole.
        """
        if self.legacy:
            yield from ((key, [b""], (value,)) for key, value in self.entries(keys.GRANTS))
            return
        runs = RunDecoder(decoder)
        for rows in self.database.blocks(*key_range):
            for stretch in rows.stretches:
                run = runs.run_between(stretch.names, stretch.pieces) if len(stretch.names) >= SHORTEST_RUN else None
                yield stretch.prefix, stretch.names, stretch.values() if run is None else run
            if not rows.stretches:
                for start, names, records in _stretches(rows):
                    run = runs.run(names, records) if len(names) >= SHORTEST_RUN else None
                    yield start, names, records if run is None else run

    def grant_columns(self) -> Iterator[GrantColumns]:
        """Yield every grant, some thousand at a time."""
        decoder, records = GrantRecordDecoder(), self._values(keys.GRANTS)
        while batch := list(islice(records, GRANTS_AT_ONCE)):
            yield decoder.columns(batch)

    def resources(self) -> Iterator[ResourceRow]:
        """Yield every resource as the row that it has in a table."""
        for number, resource in enumerate(map(record_decoding.resource, self._values(keys.RESOURCES)), 1):
            resource_type, resource_id, parent_type, parent, data, _ = resource
            yield ResourceRow(resource_type, resource_id, parent_type or "", parent or "", data, number)

    def resource(self, resource_id: ResourceId) -> bytes | None:
        """Return the message of the resource that is stored under the key of an id, None if there is none."""
        try:
            record = self.database.get(keys.resource(resource_id.resource_type, resource_id.resource))
        except UnicodeEncodeError:  # bytes of a command line that are no text
            return None
        if record is None:
            return None
        resource_type, full_id, _, _, data, _ = record_decoding.resource(record)
        return data if (resource_type, full_id) == (resource_id.resource_type, str(resource_id)) else None

    @property
    def indexed(self) -> bool:
        """True when grants can be looked up by principal: the file has that index, and it is not marked unfinished."""
        family = keys.BY_PRINCIPAL
        if self.legacy or self.database.get(keys.UNFINISHED_INDEX) is not None:
            return False
        return self.database.first(family, keys.after(family)) is not None

    def held(self, principal: ResourceId) -> Iterator[tuple[bytes, GrantRow]]:
        """Yield the keys and rows of the grants of a principal, ascending. FileError when the index is wrong."""
        tail = keys.join(principal.resource_type, principal.resource)
        prefix = keys.index(keys.BY_PRINCIPAL, tail) + b"\x00"
        decode = GrantRecordDecoder().row
        for entry, _ in self.database.items(prefix, keys.after(prefix)):
            key = keys.index(keys.GRANTS, entry[len(prefix) :], tail)
            record = self.database.get(key)
            if record is None:
                raise FileError(f"the index of grants names a missing grant of {principal}", hint=DAMAGED)
            yield key, decode(record)[0]

    def rows(self, table: str, sync_id: str, lost: LossCounter | None = None) -> tuple[tuple[str, ...], Iterator[Row]]:
        """Return columns of a table of format v1 and the rows of the records for it, as rows of `sync_id`.

        Not of grants: see `grant_parts`. `lost` counts the records that have values without a column.
        """
        record_kind = RECORD_KINDS[table]
        values = self._values(record_kind.family)
        if lost is not None and record_kind.scope_tag:
            values = _counted(values, record_kind.scope_tag, lost)
        # a record without a time of discovery gets the beginning of 1970, because format v1 must have one
        discovered = self._discovered
        rows = ((*row[:-1], discovered(row[-1]), sync_id) for row in map(record_kind.decode, values))
        return (*STORED_COLUMNS[table], *ENDING), rows

    def grant_parts(
        self, sync_id: str, lost: LossCounter | None = None
    ) -> Iterator[tuple[list[Row], list[tuple[str, PackedGrants]]]]:
        """Yield the grants in order, some at a time: rows of `GRANT_COLUMNS`, or packed, with their discovery."""
        decoder, packer, discovered = GrantRecordDecoder(), RunPacker(), self._discovered
        for part in self.grant_runs(decoder):
            if isinstance(part, RecordRun):
                yield [], [(discovered(moment), run) for moment, run in part.packed(packer)]
                continue
            records = iter(part) if lost is None else _counted(iter(part), GRANT_SCOPE, lost)
            yield [(*grant[:-1], discovered(moment), sync_id) for grant, moment in map(decoder.row, records)], []

    def count(self, family: bytes) -> dict[str, int]:
        """Count the records of a family by the first part of their keys: the type of the resource they are on."""
        counts: Counter[bytes] = Counter()
        start = len(family) + 1
        for block_keys in self._keys(family):
            position = 0
            while position < len(block_keys):
                key = block_keys[position]
                cut = key.find(b"\x00", start) + 1
                end = bisect_left(block_keys, keys.after(key[:cut]), position) if cut else position + 1
                counts[key[:cut] or key] += end - position
                position = end
        return {keys.first_part(key).decode(errors="replace"): number for key, number in counts.items()}

    def _keys(self, family: bytes) -> Iterator[Sequence[bytes]]:
        """Yield the keys of a family, ascending, some at a time."""
        if self.legacy and family in (keys.ENTITLEMENTS, keys.GRANTS):
            return ((key,) for key, _ in self.entries(family))
        return (rows.keys for rows in self.database.blocks(family, keys.after(family)))

    def _values(self, family: bytes) -> Iterator[bytes]:
        """Yield the records of a family, in the order of their keys."""
        if self.legacy:
            return (value for _, value in self.entries(family))
        blocks = self.database.blocks(family, keys.after(family))
        return chain.from_iterable(rows.values for rows in blocks)

    def _rekeyed(self, family: bytes, items: Iterator[Entry]) -> Iterator[Entry]:
        """Yield the same records under today's keys. Grants that get the same key are merged."""
        key_of = _grant_key if family == keys.GRANTS else _entitlement_key
        self.unkeyed = 0
        with closing(open_database(None, SCRATCH)) as scratch, transactions.on_disk_errors("a temporary database"):
            scratch.execute("create table record (key blob, value blob)")
            with transactions.transaction(scratch):
                scratch.executemany("insert into record values (?, ?)", self._keyed(items, key_of))
            entries = scratch.execute("select key, value from record order by key")
            for key, group in groupby(entries, key=itemgetter(0)):
                values = [value for _, value in group]
                yield key, merge_grants(values) if family == keys.GRANTS else values[-1]

    def _keyed(self, items: Iterator[Entry], key_of: Callable[[bytes], bytes | None]) -> Iterator[Entry]:
        for _, value in items:
            key = key_of(value)
            if key is None:
                self.unkeyed += 1
            else:
                yield key, value


class RecordKind(Struct, frozen=True):
    """The records that become the rows of a table; `scope_tag` is the tag of their `source_scope_key`, 0 for none."""

    family: bytes
    scope_tag: int
    decode: Callable[[bytes], Row]
    """Decodes one record."""


RECORD_KINDS = {
    "v1_resource_types": RecordKind(keys.RESOURCE_TYPES, 0, record_decoding.resource_type),
    "v1_resources": RecordKind(keys.RESOURCES, 0x62, record_decoding.resource),
    "v1_entitlements": RecordKind(keys.ENTITLEMENTS, 0x5A, record_decoding.entitlement),
    "v1_assets": RecordKind(keys.ASSETS, 0, record_decoding.asset),
}


def _stretches(rows: Rows) -> Iterator[tuple[bytes, list[bytes], Sequence[bytes]]]:
    """Yield grants on one entitlement to principals of one type: all but the last part of the keys, these, records."""
    row_keys, position = rows.keys, 0
    while position < len(row_keys):
        cut = row_keys[position].rfind(b"\x00") + 1
        start = row_keys[position][:cut]
        end = bisect_left(row_keys, keys.after(start), position) if cut else position + 1
        yield start, [key[cut:] for key in row_keys[position:end]], rows.values[position:end]
        position = end


def _counted(values: Iterator[bytes], tag: int, lost: LossCounter) -> Iterator[bytes]:
    """Yield the same records; count those with a text of this tag, which no table has a column for."""
    mark, number = bytes((tag,)), 0
    for value in values:
        if mark in value and record_decoding.has_scope(value, tag):
            number += 1
        yield value
    lost[FormatLoss.SCOPES] += number


def _entitlement_key(record: bytes) -> bytes | None:
    type_id, resource_id, entitlement_id, _, _ = record_decoding.entitlement(record)
    return keys.entitlement(type_id, resource_id, entitlement_id)


def _grant_key(record: bytes) -> bytes | None:
    grant, _ = GrantRecordDecoder().row(record)
    parts = keys.entitlement_parts(grant.resource_type, grant.resource, grant.entitlement)
    if parts is None or not grant.principal_type or not grant.principal:
        return None
    return keys.grant(parts, grant.principal_type, grant.principal)
