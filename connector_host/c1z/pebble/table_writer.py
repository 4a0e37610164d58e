"""The writer of a new table: row blocks of Pebble's version 4, uncompressed, because the envelope compresses the file.

The table is like one that Pebble ingests: sequence number 0 in its entries, the real one in the MANIFEST.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from struct import pack
from typing import IO, NamedTuple

from ...errors import FileError
from ...wire.wire_format import length, varint
from .blocks import MOST, SET, Handle
from .checksums import CRC32C, block_checksum
from .compression import NONE
from .table import FOOTERS, PEBBLE
from .version import COMPARER

__all__ = ["BLOCK", "TAIL", "RowGroup", "TableWriter", "row_block", "row_groups"]

VERSION = 4
BLOCK = 32 << 10
GROUP = 16
"""The bytes of a data block, and the entries of a group: Pebble's defaults."""

TRAILER = SET.to_bytes(8, "little")
"""The end of a key: sequence number 0, and the kind."""
TAIL = TRAILER + b"\x00"
"""The bytes between key and value; the zero says that the value follows."""


class RowGroup(NamedTuple):
    """Entries of a data block, encoded, ascending by key; the first key is complete, and a restart of the block.

    `key_bytes` are those of the keys without trailers.
    """

    first: bytes
    last: bytes
    entries: int
    key_bytes: int
    value_bytes: int
    data: bytes


class TableWriter:
    """Writer of entries, ascending by key, as a table. `size` is the number of bytes written."""

    def __init__(self, out: IO[bytes]) -> None:
        self.size = 0
        self.smallest = b""
        self.largest = b""
        self._out = out
        self._index: list[tuple[bytes, bytes]] = []
        self._entries = self._key_bytes = self._value_bytes = 0

    def add_block(self, groups: Sequence[RowGroup]) -> None:
        """Write a data block of these groups of entries."""
        if not self._index:
            self.smallest = groups[0].first
        self.largest = groups[-1].last
        restarts, at = [], 0
        for group in groups:
            restarts.append(at)
            at += len(group.data)
            self._entries += group.entries
            self._key_bytes += group.key_bytes + len(TRAILER) * group.entries
            self._value_bytes += group.value_bytes
        location = self._write(b"".join([group.data for group in groups]) + _restarts(restarts))
        self._index.append((self.largest + TRAILER, _handle(location)))

    def finish(self) -> None:
        """Write the parts after the data: index, properties, metaindex, footer."""
        data = self.size
        index = self._write(row_block(self._index))
        properties = self._write(row_block(self._properties(data, index.size)))
        meta = self._write(row_block([(b"rocksdb.properties", _handle(properties))]))
        footer = bytes((CRC32C,)) + _handle(meta) + _handle(index)
        footer = footer.ljust(FOOTERS[VERSION] - 12, b"\x00") + VERSION.to_bytes(4, "little") + PEBBLE
        self._out.write(footer)
        self.size += len(footer)

    def _write(self, block: bytes) -> Handle:
        if len(block) > MOST:  # our reader refuses larger ones
            raise FileError(
                f"an entry of {len(block)} bytes is too large for a c1z of format v3, the most is {MOST}",
                hint="Write format v1 (--storage-engine sqlite), or leave that object out in the connector.",
            )
        block += bytes((NONE,))
        self._out.write(block + block_checksum(CRC32C, block).to_bytes(4, "little"))
        location = Handle(self.size, len(block) - 1)
        self.size += len(block) + 4
        return location

    def _properties(self, data: int, index: int) -> list[tuple[bytes, bytes]]:
        properties = {
            "rocksdb.block.based.table.index.type": bytes(4),
            "rocksdb.comparator": COMPARER.encode(),
            "rocksdb.compression": b"NoCompression",
            "rocksdb.data.size": varint(data),
            "rocksdb.deleted.keys": varint(0),
            "rocksdb.filter.size": varint(0),
            "rocksdb.index.size": varint(index),
            "rocksdb.merge.operands": varint(0),
            "rocksdb.merge.operator": b"pebble.concatenate",
            "rocksdb.num.data.blocks": varint(len(self._index)),
            "rocksdb.num.entries": varint(self._entries),
            "rocksdb.num.range-deletions": varint(0),
            "rocksdb.property.collectors": b"[]",
            "rocksdb.raw.key.size": varint(self._key_bytes),
            "rocksdb.raw.value.size": varint(self._value_bytes),
        }
        return [(name.encode(), value) for name, value in sorted(properties.items())]


def row_groups(items: Iterable[tuple[bytes, bytes]]) -> Iterator[RowGroup]:
    """Yield entries as groups. They ascend by key, each key once (else ValueError)."""
    keys: list[bytes] = []
    values: list[bytes] = []
    size = 0
    last: bytes | None = None
    for key, value in items:
        if last is not None and key <= last:
            raise ValueError(f"{key!r} follows {last!r}: keys must ascend")
        if size >= BLOCK or len(keys) == GROUP:
            yield _group(keys, values)
            keys, values, size = [], [], 0
        keys.append(key)
        values.append(value)
        size += len(key) + len(value)
        last = key
    if keys:
        yield _group(keys, values)


def _group(keys: list[bytes], values: list[bytes]) -> RowGroup:
    """Encode a group. All its keys share the common start of the first and the last of them."""
    first, *later_keys = keys
    shared = _common(first, keys[-1]) if later_keys else 0
    parts = [b"\x00", length(len(first) + 8), length(len(values[0]) + 1), first, TAIL, values[0]]
    parts += _later_parts([key[shared:] for key in later_keys], values[1:], length(shared))
    return RowGroup(first, keys[-1], len(keys), sum(map(len, keys)), sum(map(len, values)), b"".join(parts))


def _later_parts(keys: list[bytes], values: list[bytes], head: bytes) -> Iterable[bytes]:
    """Return the parts of entries without the shared start of their keys; mostly all have the same sizes."""
    key_sizes, value_sizes = list(map(len, keys)), list(map(len, values))
    if keys and key_sizes.count(key_sizes[0]) == len(keys) == value_sizes.count(value_sizes[0]):
        front = head + length(key_sizes[0] + 8) + length(value_sizes[0] + 1)
        return chain.from_iterable(zip(repeat(front), keys, repeat(TAIL), values, strict=False))
    return chain.from_iterable(
        (head, length(key_size + 8), length(value_size + 1), key, TAIL, value)
        for key_size, value_size, key, value in zip(key_sizes, value_sizes, keys, values, strict=True)
    )


def _common(first: bytes, second: bytes) -> int:
    """Return the length of the common start of two different keys."""
    size = min(len(first), len(second))
    different = int.from_bytes(first[:size], "big") ^ int.from_bytes(second[:size], "big")
    return size - (different.bit_length() + 7) // 8


def row_block(entries: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Encode a block of rows whose keys are all complete."""
    parts: list[bytes] = []
    restarts: list[int] = []
    at = 0
    for key, value in entries:
        entry = b"\x00" + length(len(key)) + length(len(value)) + key + value
        parts.append(entry)
        restarts.append(at)
        at += len(entry)
    return b"".join(parts) + _restarts(restarts)


def _restarts(offsets: list[int]) -> bytes:
    offsets = offsets or [0]
    return pack(f"<{len(offsets) + 1}I", *offsets, len(offsets))


def _handle(location: Handle) -> bytes:
    return varint(location.offset) + varint(location.size)
