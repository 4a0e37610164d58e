"""A table's file as blocks: where they lie, their checksums, their compression; and what a data block decodes to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from operator import lt
from pathlib import Path
from typing import NamedTuple

from ...wire.wire_format import read_varint
from .checksums import block_checksum
from .compression import decompress
from .malformed import Malformed, Unknown

__all__ = [
    "DELETE",
    "DELETES",
    "KIND",
    "MERGE",
    "RANGE_DELETE",
    "SET",
    "SETS",
    "Handle",
    "RangeDelete",
    "Rows",
    "TableFile",
    "handle",
    "range_delete",
    "rows",
]

MOST = 64 << 20
"""The most bytes of a block, decoded: one holds 32 KiB, or a single row that is larger."""

MOST_ROWS = 1 << 19
MOST_SHARED = 64 << 20
"""The most entries of a block, and the most bytes that its keys may share: little bytes must not become much memory."""

TRAILER = 5  # behind each block: its compression, then the checksum
DELETE, SET, MERGE, SINGLE_DELETE, RANGE_DELETE, SET_WITH_DELETE, SIZED_DELETE = 0, 1, 2, 7, 15, 18, 23
KIND = 0xBF  # of a trailer's lowest byte; the 64 in it marks what the table itself makes obsolete
SETS = frozenset((SET, SET_WITH_DELETE))
DELETES = frozenset((DELETE, SINGLE_DELETE, SIZED_DELETE))
OTHERS = {MERGE: "a MERGE of values", 19: "range keys", 20: "range keys", 21: "range keys"}


class Handle(NamedTuple):
    """Where a block lies in its file: its offset, and its size without the trailer."""

    offset: int
    size: int


def handle(data: bytes, at: int = 0) -> tuple[Handle, int]:
    """The handle at a position, and where it ends."""
    offset, at = read_varint(data, at)
    size, at = read_varint(data, at)
    return Handle(offset, size), at


class TableFile:
    """The file of a table: gives blocks, checked and decompressed. Without a `descriptor` it is opened each time."""

    def __init__(self, path: Path, size: int, descriptor: int | None = None) -> None:
        self.path, self.size = path, size
        self.checksum = 0
        self._descriptor = descriptor

    def read(self, offset: int, size: int) -> bytes:
        """So many bytes of the file."""
        if offset < 0 or size < 0 or offset + size > self.size:
            raise Malformed("a part that would lie beyond its end")
        if self._descriptor is not None:
            data = os.pread(self._descriptor, size, offset)
        else:
            with self.path.open("rb", buffering=0) as file:
                data = os.pread(file.fileno(), size, offset)
        if len(data) != size:
            raise Malformed("it was truncated while it was read")
        return data

    def block(self, where: Handle) -> bytes:
        """A block's content."""
        if where.size > MOST:
            raise Malformed(f"a block of {where.size} bytes, the most is {MOST}")
        data = self.read(where.offset, where.size + TRAILER)
        if block_checksum(self.checksum, data[:-4]) != int.from_bytes(data[-4:], "little"):
            raise Malformed(f"the block at byte {where.offset} has a wrong checksum")
        return decompress(data[-5], data[:-5], MOST)


class Rows(NamedTuple):
    """The entries of a data block, in order: by key, the newest of a key first.

    `kinds` is None where every entry sets a value, `plain` is that and no key twice.
    """

    keys: Sequence[bytes]
    values: Sequence[bytes]
    sequences: Sequence[int]
    kinds: Sequence[int] | None = None
    plain: bool = False

    def part(self, start: int, end: int) -> Rows:
        """The entries of some positions."""
        cut = slice(start, end)
        kinds = None if self.kinds is None else self.kinds[cut]
        return Rows(self.keys[cut], self.values[cut], self.sequences[cut], kinds, self.plain)


class RangeDelete(NamedTuple):
    """The keys from `start` up to `end` are deleted, as far as their sequence number is lower."""

    start: bytes
    end: bytes
    sequence: int


def range_delete(start: bytes, end: bytes, trailer: int, sequence: int | None) -> RangeDelete:
    """A range deletion of a table, checked. `sequence` stands for the numbers of all entries if it is given."""
    if trailer & 0xFF != RANGE_DELETE:
        raise Malformed(f"an entry of kind {trailer & 0xFF} among the range deletions")
    if start > end:
        raise Malformed("a range deletion that ends before it starts")
    return RangeDelete(start, end, trailer >> 8 if sequence is None else sequence)


def rows(keys: list[bytes], values: list[bytes], trailers: Sequence[int], sequence: int | None) -> Rows:
    """Entries of a data block, checked for order and kinds.

    A trailer is `sequence number << 8 | kind`. `sequence` stands for the numbers of all entries if it is given.
    """
    different = set(trailers)
    if len(different) == 1:
        trailer = trailers[0]
        sequences: Sequence[int] = [trailer >> 8 if sequence is None else sequence] * len(keys)
        kinds = None if trailer & KIND == SET else [trailer & KIND] * len(keys)
    else:
        sequences = [trailer >> 8 for trailer in trailers] if sequence is None else [sequence] * len(keys)
        kinds = [trailer & KIND for trailer in trailers]
    if kinds is not None:
        found = set(kinds)
        unknown = found - SETS - DELETES
        if unknown:
            raise Unknown(OTHERS.get(min(unknown), f"an entry of kind {min(unknown)}"))
        if not found & DELETES:
            kinds = None
    unique = all(map(lt, keys, islice(keys, 1, None)))
    if not unique and sorted(keys) != keys:
        raise Malformed("keys that are not in order")
    return Rows(keys, values, sequences, kinds, kinds is None and unique)
