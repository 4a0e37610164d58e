"""The writer of a new table: row blocks of Pebble's version 4, uncompressed, because the envelope compresses the file.

The table is like one that Pebble ingests: sequence number 0 in its entries, the real one in the MANIFEST.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, repeat
from struct import pack
from typing import IO

from ...errors import FileError
from ...wire.wire_format import length, varint
from .blocks import MOST, SET, Handle
from .checksums import CRC32C, block_checksum
from .compression import NONE
from .table import FOOTERS, PEBBLE
from .version import COMPARER

__all__ = ["TableWriter", "row_block"]

VERSION = 4
BLOCK = 32 << 10
RESTART = 16
"""The bytes of a data block, and the entries from one complete key to the next: Pebble's defaults."""

TRAILER = SET.to_bytes(8, "little")
TAIL = TRAILER + b"\x00"  # between key and value; the zero says that the value follows


class TableWriter:
    """Writer of entries, ascending by key, as a table. `size` is the number of bytes written."""

    def __init__(self, out: IO[bytes]) -> None:
        self.size = 0
        self.smallest = b""
        self.largest = b""
        self._out = out
        self._index: list[tuple[bytes, bytes]] = []
        self._entries = self._key_bytes = self._value_bytes = 0

    def add_block(self, keys: list[bytes], values: list[bytes]) -> None:
        """Write a data block of these entries."""
        if not self._index:
            self.smallest = keys[0]
        self.largest = keys[-1]
        self._entries += len(keys)
        self._key_bytes += sum(map(len, keys)) + len(TRAILER) * len(keys)
        self._value_bytes += sum(map(len, values))
        location = self._write(_data_block(keys, values))
        self._index.append((keys[-1] + TRAILER, _handle(location)))

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


def _data_block(keys: list[bytes], values: list[bytes]) -> bytes:
    """Encode a data block. The keys between two restarts share the common start of the first and the last of them."""
    groups: list[bytes] = []
    restarts: list[int] = []
    at = 0
    for start in range(0, len(keys), RESTART):
        first, *later_keys = keys[start : start + RESTART]
        shared = _common(first, later_keys[-1]) if later_keys else 0
        later_values = values[start + 1 : start + RESTART]
        later_keys = [key[shared:] for key in later_keys]
        group = b"\x00" + length(len(first) + 8) + length(len(values[start]) + 1) + first + TAIL + values[start]
        group += b"".join(_later_parts(later_keys, later_values, length(shared)))
        groups.append(group)
        restarts.append(at)
        at += len(group)
    return b"".join(groups) + _restarts(restarts)


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


def _common(first: bytes, second: bytes) -> int:
    """Return the length of the common start of two different keys."""
    size = min(len(first), len(second))
    different = int.from_bytes(first[:size], "big") ^ int.from_bytes(second[:size], "big")
    return size - (different.bit_length() + 7) // 8
