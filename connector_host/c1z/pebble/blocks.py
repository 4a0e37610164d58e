"""The file of a table as blocks: their handles, checksums and compression, and the entries of a data block."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from operator import lt
from pathlib import Path
from typing import NamedTuple

from ...operating_system import read_at
from ...wire.wire_format import read_varint
from .block_formats.alike_entries import AlikeEntries
from .checksums import block_checksum
from .compression import decompress
from .malformed import Malformed, Unknown

__all__ = [
    "DELETE",
    "DELETES",
    "KIND",
    "MERGE",
    "NO_ROWS",
    "RANGE_DELETE",
    "SET",
    "SETS",
    "EntryColumns",
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

TRAILER = 5  # after each block: its compression, then the checksum
DELETE, SET, MERGE, SINGLE_DELETE, RANGE_DELETE, SET_WITH_DELETE, SIZED_DELETE = 0, 1, 2, 7, 15, 18, 23
KIND = 0xBF  # of a trailer's lowest byte; the 64 in it marks what the table itself makes obsolete
SETS = frozenset((SET, SET_WITH_DELETE))
DELETES = frozenset((DELETE, SINGLE_DELETE, SIZED_DELETE))
UNREAD_KINDS = {MERGE: "a MERGE of values", 19: "range keys", 20: "range keys", 21: "range keys"}


class Handle(NamedTuple):
    """The location of a block in its file: its offset, and its size without the trailer."""

    offset: int
    size: int


def handle(data: bytes, at: int = 0) -> tuple[Handle, int]:
    """Decode the handle at a position; return it with the position after it."""
    offset, at = read_varint(data, at)
    size, at = read_varint(data, at)
    return Handle(offset, size), at


class TableFile:
    """The file of a table, read block by block. Without a `descriptor` it is opened for each block."""

    def __init__(self, path: Path, size: int, descriptor: int | None = None) -> None:
        self.path, self.size = path, size
        self.checksum = 0
        self._descriptor = descriptor

    def read(self, offset: int, size: int) -> bytes:
        """Read `size` bytes at `offset`."""
        if offset < 0 or size < 0 or offset + size > self.size:
            raise Malformed("a part that would lie beyond its end")
        if self._descriptor is not None:
            data = read_at(self._descriptor, size, offset)
        else:
            with self.path.open("rb", buffering=0) as file:
                data = read_at(file.fileno(), size, offset)
        if len(data) != size:
            raise Malformed("it was truncated while it was read")
        return data

    def block(self, location: Handle) -> bytes:
        """Read a block, check it and decompress it."""
        if location.size > MOST:
            raise Malformed(f"a block of {location.size} bytes, the most is {MOST}")
        data = self.read(location.offset, location.size + TRAILER)
        if block_checksum(self.checksum, data[:-4]) != int.from_bytes(data[-4:], "little"):
            raise Malformed(f"the block at byte {location.offset} has a wrong checksum")
        return decompress(data[-5], data[:-5], MOST)


class EntryColumns(NamedTuple):
    """Entries of a block column by column."""

    keys: Sequence[bytes]
    values: Sequence[bytes]
    sequences: Sequence[int]


class Rows:
    """The entries of a data block, in order: by key, the newest of a key first.

    `kinds` is None where every entry sets a value, `plain` is that and no key twice. Rows of `stretches` are their
    entries, which are plain; columns are made of them when they are needed.
    """

    def __init__(
        self,
        columns: EntryColumns,
        kinds: Sequence[int] | None = None,
        *,
        plain: bool = False,
        stretches: Sequence[AlikeEntries] = (),
        sequence: int = 0,
    ) -> None:
        self._columns = columns
        self.kinds, self.plain, self.stretches = kinds, plain, stretches
        self._sequence = sequence
        self._size = sum(len(stretch.names) for stretch in stretches) if stretches else len(columns.keys)

    def __len__(self) -> int:
        return self._size

    @property
    def columns(self) -> EntryColumns:
        """The entries column by column."""
        if self.stretches and not self._columns.keys:
            keys = list(chain.from_iterable(map(AlikeEntries.keys, self.stretches)))
            values = list(chain.from_iterable(map(AlikeEntries.values, self.stretches)))
            self._columns = EntryColumns(keys, values, [self._sequence] * len(keys))
        return self._columns

    @property
    def keys(self) -> Sequence[bytes]:
        """The key of each entry."""
        return self.columns.keys

    @property
    def values(self) -> Sequence[bytes]:
        """The value of each entry."""
        return self.columns.values

    @property
    def sequences(self) -> Sequence[int]:
        """The sequence number of each entry."""
        return self.columns.sequences

    @property
    def first(self) -> bytes:
        """The first key."""
        return self.stretches[0].prefix + self.stretches[0].names[0] if self.stretches else self._columns.keys[0]

    @property
    def last(self) -> bytes:
        """The last key."""
        return self.stretches[-1].prefix + self.stretches[-1].names[-1] if self.stretches else self._columns.keys[-1]

    def part(self, start: int, end: int) -> Rows:
        """Return the entries from position `start` up to `end`."""
        if start == 0 and end == len(self):
            return self
        span = slice(start, end)
        entry_kinds = None if self.kinds is None else self.kinds[span]
        columns = EntryColumns(self.keys[span], self.values[span], self.sequences[span])
        return Rows(columns, entry_kinds, plain=self.plain)


NO_ROWS = Rows(EntryColumns((), (), ()))


class RangeDelete(NamedTuple):
    """The keys from `start` up to `end` are deleted, as far as their sequence number is lower."""

    start: bytes
    end: bytes
    sequence: int


def range_delete(start: bytes, end: bytes, trailer: int, sequence: int | None) -> RangeDelete:
    """Check and return a range deletion of a table. `sequence`, if any, replaces the numbers of all entries."""
    if trailer & 0xFF != RANGE_DELETE:
        raise Malformed(f"an entry of kind {trailer & 0xFF} among the range deletions")
    if start > end:
        raise Malformed("a range deletion that ends before it starts")
    return RangeDelete(start, end, trailer >> 8 if sequence is None else sequence)


def rows(keys: list[bytes], values: list[bytes], trailers: Sequence[int], sequence: int | None) -> Rows:
    """Check the order and the kinds of the entries of a data block, and return them.

    A trailer is `sequence number << 8 | kind`. `sequence`, if any, replaces the numbers of all entries.
    """
    if len(set(trailers)) == 1:
        trailer = trailers[0]
        sequences: Sequence[int] = [trailer >> 8 if sequence is None else sequence] * len(keys)
        entry_kinds = None if trailer & KIND == SET else [trailer & KIND] * len(keys)
    else:
        sequences = [trailer >> 8 for trailer in trailers] if sequence is None else [sequence] * len(keys)
        entry_kinds = [trailer & KIND for trailer in trailers]
    if entry_kinds is not None:
        distinct_kinds = set(entry_kinds)
        unknown = distinct_kinds - SETS - DELETES
        if unknown:
            raise Unknown(UNREAD_KINDS.get(min(unknown), f"an entry of kind {min(unknown)}"))
        if not distinct_kinds & DELETES:
            entry_kinds = None
    unique = all(map(lt, keys, islice(keys, 1, None)))
    if not unique and sorted(keys) != keys:
        raise Malformed("keys that are not in order")
    return Rows(EntryColumns(keys, values, sequences), entry_kinds, plain=entry_kinds is None and unique)
