"""One table: its footer, its index, its entries from a key on, its range deletions.

The footer ends the file: magic, version, two handles, in newer versions a checksum of its own. The first handle is
that of the *metaindex*, the names and handles of the blocks without rows, the second that of the index, whose entries
lead to data blocks, or to further index blocks if the properties say so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

from ...wire.wire_format import read_varint
from .block_formats import columnar_table, row_table
from .blocks import Handle, RangeDelete, Rows, TableFile, handle
from .cache import BlockCache, Budget
from .checksums import CRC32C, XXHASH64, masked_crc32c
from .malformed import Malformed, Unknown
from .version import COMPARER, TableDescription

__all__ = ["FOOTERS", "PEBBLE", "ROCKSDB", "StoredTable", "TableReader"]

ROCKSDB = bytes.fromhex("f7cff485b741e288")
PEBBLE = bytes.fromhex("f09faab3f09faab3")
LEVELDB = bytes.fromhex("57fb808b247547db")
FOOTERS = {1: 53, 2: 53, 3: 53, 4: 53, 5: 53, 6: 57, 7: 61}
"""The sizes of Pebble's footers, by version; RocksDB's is like that of version 1."""

COLUMNAR, CHECKED, COLUMNAR_META, COLUMNAR_PROPERTIES = 5, 6, 6, 7
"""The first versions with columnar data and index, a checksum of the footer, a columnar metaindex and properties."""

PREFIXED = 3
TWO_LEVELS = 2
SCHEMA = f"DefaultKeySchema({COMPARER},16)"
MERGERS = (b"", b"nullptr", b"pebble.concatenate")
RANGE_DELETES = ("rocksdb.range_del2", "rocksdb.range_del")
UNREAD = {"pebble.range_key": "range keys", "pebble.value_index": "values in value blocks"}
UNREAD_COUNTS = {
    "pebble.num.range-key-sets": "range keys",
    "pebble.num.range-key-dels": "range keys",
    "pebble.num.range-key-unsets": "range keys",
    "pebble.num.value-blocks": "values in value blocks",
    "pebble.num.values.in.value-blocks": "values in value blocks",
    "pebble.num.values.in.blob-files": "values in blob files",
    "rocksdb.merge.operands": "a MERGE of values",
}

OVERHEAD = 200  # bytes that an entry of an index or a range deletion takes in memory, about

Index = tuple[list[bytes], list[Handle]]
"""For each block a key that is not before its last one, and its handle."""


class TableReader:
    """A live table: `description` has the bounds of its live keys in the stored table, and their sequence numbers."""

    def __init__(self, stored: StoredTable, description: TableDescription) -> None:
        self.description = description
        self._stored = stored

    def rows(self, start: bytes, end: bytes | None, budget: Budget, *, keep: bool = False) -> Iterator[Rows]:
        """Yield the live entries with start <= key < end, block by block; `keep` caches the blocks."""
        bounds = self.description
        start = max(start, bounds.smallest)
        end = bounds.end if end is None else min(end, bounds.end)
        last = b""
        for location, upper in self._stored.blocks(start, budget):
            rows = self._stored.data(location, upper, self._sequence, budget, keep=keep)
            if not len(rows):
                continue
            first = rows.first
            if first < last:
                raise Malformed("blocks that are not in order")
            last = rows.last
            if not bounds.virtual and (first < bounds.smallest or last >= bounds.end):
                raise Malformed("keys beyond the bounds that the MANIFEST gives")
            low = bisect_left(rows.keys, start) if first < start else 0
            high = bisect_left(rows.keys, end) if last >= end else len(rows)
            if low < high:
                yield rows.part(low, high)
            if last >= end:
                return

    def range_deletes(self, budget: Budget) -> list[RangeDelete]:
        """Return the range deletions, cut to the table's bounds."""
        low, high = self.description.smallest, self.description.end
        deletions = []
        for deletion in self._stored.range_deletes(self._sequence, budget):
            budget.take(len(deletion.start) + len(deletion.end) + OVERHEAD)
            start, end = max(deletion.start, low), min(deletion.end, high)
            if start < end:
                deletions.append(RangeDelete(start, end, deletion.sequence))
        return deletions

    @property
    def _sequence(self) -> int | None:
        """The number that replaces all sequence numbers in the file: an ingested table has one number for all."""
        low, high = self.description.smallest_sequence, self.description.largest_sequence
        return low if low == high and low else None


class StoredTable:
    """The file of a table, which several virtual ones may be parts of."""

    def __init__(self, file: TableFile, budget: Budget, cache: BlockCache) -> None:
        self._file, self._cache = file, cache
        meta, index = self._read_footer()
        names = self._names(meta, budget)
        self._range_deletes = next((names[name] for name in RANGE_DELETES if name in names), None)
        self._two_levels = self._read_properties(names.get("rocksdb.properties"), budget)
        self._top = self._index(index, budget)

    def blocks(self, start: bytes, budget: Budget) -> Iterator[tuple[Handle, bytes]]:
        """Yield the data blocks that may hold `start` or later keys, each with a key not before its last."""
        if not self._two_levels:
            yield from _from(self._top, start)
            return
        beyond = 0
        for location, upper in _from(self._top, start):
            keys, handles = self._index(location, budget)
            if not keys:
                continue
            if keys[-1] > upper or handles[0].offset < beyond:
                raise Malformed("an index that is not in order")
            beyond = sum(handles[-1])
            yield from _from((keys, handles), start)

    def data(self, location: Handle, upper: bytes, sequence: int | None, budget: Budget, *, keep: bool) -> Rows:
        """Return a data block, from the cache if possible; `keep` stores it in the cache."""
        cached = self._cache.get((self, location, sequence))
        if cached is not None:
            return cached
        data = self._block(location, budget)
        if self._version >= COLUMNAR:
            rows = columnar_table.data_rows(data, sequence)
        else:
            rows = row_table.data_rows(data, sequence, prefixed=self._version >= PREFIXED)
        if len(rows) and rows.last > upper:
            raise Malformed("a block with keys beyond those that the index gives")
        if keep:
            self._cache.put((self, location, sequence), rows, len(data))
        return rows

    def range_deletes(self, sequence: int | None, budget: Budget) -> list[RangeDelete]:
        """Return all range deletions."""
        if self._range_deletes is None:
            return []
        read = columnar_table.range_deletes if self._version >= COLUMNAR else row_table.range_deletes
        return read(self._block(self._range_deletes, budget), sequence)

    def _block(self, location: Handle, budget: Budget) -> bytes:
        data = self._file.block(location)
        budget.take(len(data))
        return data

    def _index(self, location: Handle, budget: Budget) -> Index:
        read = columnar_table.index_entries if self._version >= COLUMNAR else row_table.index_entries
        keys, handles = read(self._block(location, budget))
        budget.take(sum(map(len, keys)) + OVERHEAD * len(keys))
        if sorted(keys) != keys:
            raise Malformed("an index that is not in order")
        if any(block.offset + block.size > following.offset for block, following in pairwise(handles)):
            raise Malformed("blocks that overlap")  # so no block is read twice: the work is bounded by the file's size
        return keys, handles

    def _read_footer(self) -> tuple[Handle, Handle]:
        """Read the handles of metaindex and index; set version and checksum."""
        size = self._file.size
        magic = self._file.read(size - 8, 8)
        number = int.from_bytes(self._file.read(size - 12, 4), "little")
        self._version = _version(magic, number)
        length = FOOTERS[max(self._version, 1)]
        footer = self._file.read(size - length, length)
        self._file.checksum = footer[0]
        if footer[0] not in (CRC32C, XXHASH64):
            raise Unknown(f"a table with checksums of type {footer[0]}")
        if self._version >= CHECKED:
            stored = int.from_bytes(footer[-16:-12], "little")
            if masked_crc32c(footer[:-16] + footer[-12:]) != stored:
                raise Malformed("its footer has a wrong checksum")
        meta, at = handle(footer, 1)
        index, _ = handle(footer, at)
        return meta, index

    def _names(self, location: Handle, budget: Budget) -> dict[str, Handle]:
        """Read the handles of the blocks without rows, by name."""
        data = self._block(location, budget)
        handles = columnar_table.pairs(data) if self._version >= COLUMNAR_META else row_table.pairs(data)
        for name, feature in UNREAD.items():
            if name in handles:
                raise Unknown(feature)
        return {name: handle(value)[0] for name, value in handles.items()}

    def _read_properties(self, location: Handle | None, budget: Budget) -> bool:
        """Refuse features that are not read; return True when the index has two levels."""
        if location is None:
            raise Malformed("its properties are missing")
        data = self._block(location, budget)
        properties = columnar_table.pairs(data) if self._version >= COLUMNAR_PROPERTIES else row_table.pairs(data)
        comparer = properties.get("rocksdb.comparator", COMPARER.encode())
        if comparer != COMPARER.encode():
            raise Unknown(f"keys in the order {comparer[:60]!r}")
        schema = properties.get("pebble.colblk.schema", b"")
        if self._version >= COLUMNAR and schema != SCHEMA.encode():
            raise Unknown(f"keys of the schema {schema[:60]!r}")
        if properties.get("rocksdb.merge.operator", b"") not in MERGERS:
            raise Unknown(f"values merged by {properties['rocksdb.merge.operator'][:60]!r}")
        for name, feature in UNREAD_COUNTS.items():
            if name in properties and read_varint(properties[name], 0)[0]:
                raise Unknown(feature)
        index_type = int.from_bytes(properties.get("rocksdb.block.based.table.index.type", b""), "little")
        if index_type not in (0, TWO_LEVELS):
            raise Unknown(f"an index of type {index_type}")
        return index_type == TWO_LEVELS


def _version(magic: bytes, number: int) -> int:
    """Return the version of a table: Pebble's, and 0 for RocksDB's version 2."""
    if magic == PEBBLE:
        if number not in FOOTERS:
            raise Unknown(f"a table of Pebble's version {number}")
        return number
    if magic == ROCKSDB:
        if number != 2:
            raise Unknown(f"a table of RocksDB's version {number}")
        return 0
    if magic == LEVELDB:
        raise Unknown("a table of LevelDB")
    raise Malformed(f"it ends in {magic.hex()}, as no table does")


def _from(index: Index, start: bytes) -> Iterator[tuple[Handle, bytes]]:
    keys, handles = index
    for n in range(bisect_left(keys, start), len(keys)):
        yield handles[n], keys[n]
