"""Columnar blocks of tables of Pebble's versions 5 to 7.

A block is a header (version 1, the number of columns, the number of rows; before it some bytes of its own for some
kinds of block), for each column its type and offset, then the columns, then one byte of padding. All numbers are
little-endian; an array of numbers of several bytes begins at a multiple of their width from the block's start. Types:

1 flags: an encoding byte, 0 for none set, else an array of 64-bit words and a summary;
2 numbers: an encoding byte, the width (0, 1, 2, 4, 8 bytes) and 0x80 for a base (8 bytes) that is added to each;
3 byte strings: the offsets of their ends as numbers, one more than rows, then the bytes;
4 sorted byte strings: the power of two of a bundle's size, then as type 3 a prefix of all, and for each bundle its
  prefix and the remainders of its rows; an empty remainder repeats the string before.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from struct import Struct, unpack_from

from ..blocks import MOST_ROWS, MOST_SHARED, NO_ROWS, Handle, RangeDelete, Rows, range_delete, rows
from ..malformed import Malformed, Unknown

__all__ = ["data_rows", "index_entries", "pairs", "range_deletes"]

FLAGS, NUMBERS, STRINGS, SORTED = 1, 2, 3, 4
HEADER = Struct("<BHI")
COLUMN = Struct("<BI")
DATA = (SORTED, STRINGS, NUMBERS, FLAGS, STRINGS, FLAGS, FLAGS)
"""The columns of a data block: key, key suffix, trailer, whether the key is new, value, value elsewhere, obsolete."""

INDEX = (STRINGS, NUMBERS, NUMBERS, STRINGS)
"""The columns of an index block: separator, offset, size, properties."""

SPANS = (STRINGS, NUMBERS, NUMBERS, STRINGS, STRINGS)
"""The columns of range deletions: bounds, the first entry at a bound; trailer, suffix, value of each entry."""

PAIRS = (STRINGS, STRINGS)
WIDTHS = {1: "B", 2: "H", 4: "I", 8: "Q"}
BASED = 0x80


def data_rows(data: bytes, sequence: int | None) -> Rows:
    """Decode the entries of a data block."""
    block = _Block(data, 4, DATA)
    if not block.rows:
        return NO_ROWS
    if any(block.strings(1)):
        raise Unknown("keys with suffixes of their own")
    if block.flagged(5):
        raise Unknown("values that are not in the table's rows (value blocks, blob files)")
    return rows(block.sorted_strings(0), block.strings(4), block.numbers(2), sequence)


def index_entries(data: bytes) -> tuple[list[bytes], list[Handle]]:
    """Decode an index block: for each block a key that is not before its last one, and its handle."""
    block = _Block(data, 0, INDEX)
    return block.strings(0), [Handle(*location) for location in zip(block.numbers(1), block.numbers(2), strict=True)]


def range_deletes(data: bytes, sequence: int | None) -> list[RangeDelete]:
    """Decode a block of range deletions: between two bounds lie the entries from the first of each."""
    block = _Block(data, 4, SPANS)
    count = int.from_bytes(data[:4], "little")
    bounds, firsts, trailers = block.strings(0, count), block.numbers(1, count), block.numbers(2)
    if count and (list(firsts) != sorted(firsts) or firsts[-1] > len(trailers)):
        raise Malformed("range deletions whose bounds are not in order")
    return [
        range_delete(bounds[n], bounds[n + 1], trailer, sequence)
        for n in range(count - 1)
        for trailer in trailers[firsts[n] : firsts[n + 1]]
    ]


def pairs(data: bytes) -> dict[str, bytes]:
    """Decode a block of names and values."""
    block = _Block(data, 0, PAIRS)
    names = [name.decode("utf-8", "replace") for name in block.strings(0)]
    return dict(zip(names, block.strings(1), strict=True))


class _Block:
    """A columnar block; `custom` bytes precede its header, `column_types` are the columns it must have."""

    def __init__(self, data: bytes, custom: int, column_types: Sequence[int]) -> None:
        self.data = data
        version, columns, count = HEADER.unpack_from(data, custom)
        self.rows = int(count)
        if version != 1:
            raise Unknown(f"columnar blocks of version {version}")
        at = custom + HEADER.size
        if columns != len(column_types):
            raise Unknown(f"a columnar block with {columns} columns instead of {len(column_types)}")
        entries = [COLUMN.unpack_from(data, at + COLUMN.size * n) for n in range(columns)]
        if [column_type for column_type, _ in entries] != list(column_types):
            raise Unknown("a columnar block with other columns")
        self._starts = [offset for _, offset in entries] + [len(data) - 1]
        if sorted(self._starts) != self._starts or self._starts[0] < at + COLUMN.size * columns:
            raise Malformed("columns that are not in order")
        self._count(self.rows)

    def numbers(self, column: int, count: int | None = None) -> Sequence[int]:
        """Return a column of numbers."""
        numbers, _ = self._numbers(self._starts[column], self._starts[column + 1], self._count(count))
        return numbers

    def strings(self, column: int, count: int | None = None) -> list[bytes]:
        """Return a column of byte strings."""
        count = self._count(count)
        if not count:
            return []
        ends, base = self._ends(column, self._starts[column], count + 1)
        data = self.data
        if ends[0]:
            raise Malformed("byte strings that do not begin at their start")
        if not ends[-1]:
            return [b""] * count
        return [data[base + start : base + end] for start, end in pairwise(ends)]

    def sorted_strings(self, column: int) -> list[bytes]:
        """Return a column of sorted byte strings."""
        start, data = self._starts[column], self.data
        size = 1 << data[start]
        bundles = -(-self.rows // size)
        ends, base = self._ends(column, start + 1, 1 + bundles + self.rows)
        ends = [base + end for end in ends]
        shared = data[base : ends[0]]
        strings: list[bytes] = []
        spare = MOST_SHARED
        for first in range(1, len(ends), size + 1):
            prefix = shared + data[ends[first - 1] : ends[first]]
            part = ends[first : first + size + 1]
            spare -= len(prefix) * len(part)
            if spare < 0:
                raise Malformed("keys that share too much")
            if len(set(part[1:])) == len(part) - 1:
                strings += [prefix + data[low:high] for low, high in pairwise(part)]
            else:
                strings += _with_repeated(data, prefix, part)
        return strings

    def flagged(self, column: int) -> bool:
        """Return True when any flag of a column is set."""
        start, end = self._starts[column], self._starts[column + 1]
        return self.data[start] != 0 and any(self.data[start + 1 : end])

    def _count(self, count: int | None) -> int:
        if count is None:
            return self.rows
        if count > min(len(self.data), MOST_ROWS):  # every row takes a byte at least
            raise Malformed(f"a block with {count} rows")
        return count

    def _ends(self, column: int, start: int, count: int) -> tuple[Sequence[int], int]:
        """Return the ends of byte strings, and the position at which the bytes begin."""
        limit = self._starts[column + 1]
        ends, base = self._numbers(start, limit, count)
        if base + ends[-1] != limit or list(ends) != sorted(ends):
            raise Malformed("byte strings that do not fill their column")
        return ends, base

    def _numbers(self, at: int, limit: int, count: int) -> tuple[Sequence[int], int]:
        """Decode `count` numbers at a position; return them with the position after them."""
        if not count:
            return (), at
        encoding = self.data[at]
        at += 1
        base = 0
        if encoding & BASED:
            base = int.from_bytes(self.data[at : at + 8], "little")
            at += 8
        width = encoding & ~BASED
        if not width:
            return [base] * count, at
        if width not in WIDTHS:
            raise Malformed(f"numbers of {width} bytes")
        at = -(-at // width) * width
        end = at + width * count
        if end > limit:
            raise Malformed("numbers that run past their column")
        numbers = unpack_from(f"<{count}{WIDTHS[width]}", self.data, at)
        return [base + number for number in numbers] if base else numbers, end


def _with_repeated(data: bytes, prefix: bytes, ends: Sequence[int]) -> list[bytes]:
    """Return the strings of a bundle in which a string may repeat the one before."""
    strings: list[bytes] = []
    for start, end in pairwise(ends):
        strings.append(strings[-1] if start == end and strings else prefix + data[start:end])
    return strings
