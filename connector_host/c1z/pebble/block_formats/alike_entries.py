"""Entries of a block of rows that differ in a name only, read many at a time: a fifth of the time of one by one.

The name is what a key has behind its last zero byte; it stands in the value wherever values differ. Nothing is assumed:
the bytes that such entries would have are joined and compared with those of the block.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, pairwise
from operator import lt
from struct import Struct
from typing import NamedTuple

from ....wire.wire_format import WireError, length, read_varint

__all__ = ["KEY_TRAILER", "VALUE_ELSEWHERE", "AlikeEntries", "BlockEntries", "read_alike_entries"]

KEY_TRAILER = 8
"""The bytes of a key behind those that count for its order: sequence number and kind."""
VALUE_ELSEWHERE = 0xC0
"""The bits of the byte in front of a value that say that it is in a value block, or in a blob file."""
FEWEST, MOST = 8, 256
"""Entries that are worth to be read together, and those that are read at a time."""
MOST_PLACES, MOST_GROUPS = 16, 1 << 16


class AlikeEntries(NamedTuple):
    """Entries, ascending by key. A key is the prefix and its name, the value is the name between the pieces."""

    prefix: bytes
    names: list[bytes]
    pieces: tuple[bytes, ...]

    def keys(self) -> list[bytes]:
        """Return the keys."""
        prefix = self.prefix
        return [prefix + name for name in self.names]

    def values(self) -> list[bytes]:
        """Return the values."""
        pieces = self.pieces
        return [name.join(pieces) for name in self.names]


class BlockEntries(NamedTuple):
    """All entries of a block; `trailer` is that of each key."""

    stretches: list[AlikeEntries]
    trailer: bytes


def read_alike_entries(data: bytes, limit: int, *, prefixed: bool) -> BlockEntries | None:
    """Read the entries of a block, which end at `limit`. `prefixed`: a byte precedes the values.

    None for entries that must be read one by one: others, too few, or wrong ones.
    """
    restarts = (len(data) - limit) // 4 - 1
    if not 0 < restarts <= MOST_GROUPS:
        return None
    groups = _numbers(restarts).unpack_from(data, limit)  # any of them may be wrong
    reader = _BlockReader(data, prefixed=prefixed)
    if (
        groups[0]
        or max(groups) > limit
        or not all(reader.read_group(start, end) for start, end in pairwise((*groups, limit)))
    ):
        return None
    last = b""
    for prefix, names, _ in reader.stretches:
        if prefix + names[0] <= last or not all(map(lt, names, islice(names, 1, None))):
            return None
        last = prefix + names[-1]
    return BlockEntries(reader.stretches, reader.trailer) if reader.stretches else None


@lru_cache(256)
def _numbers(count: int) -> Struct:
    return Struct(f"<{count}I")


@lru_cache(256)
def _names_layout(size: int, gap: int, number: int) -> Struct:
    """Return the layout of names of `size` bytes, with `gap` bytes between two."""
    return Struct(f"{size}s" + f"{gap}x{size}s" * (number - 1))


class _Shape(NamedTuple):
    """The bytes of entries around their names, which are of one size."""

    prefix: bytes
    size: int
    complete: bytes
    """The start of an entry whose key is complete, up to the name."""
    front: bytes
    """The start of an entry whose key shares the prefix."""
    inner: tuple[bytes, ...]
    """The bytes behind each name."""
    pieces: tuple[bytes, ...]
    stride: int
    """The bytes of an entry whose key shares the prefix."""

    def joined(self, names: list[bytes]) -> bytes:
        """Return the bytes of the entries of some names, from the first name on."""
        width = 2 * len(self.inner)
        parts = [b""] * width
        parts[1::2] = self.inner
        parts[-1] += self.front
        parts *= len(names)
        for position in range(0, width, 2):
            parts[position::width] = names
        parts[-1] = self.inner[-1]
        return b"".join(parts)


class _BlockReader:
    """Reader of one block, group by group; the key of the first entry of a group is complete."""

    def __init__(self, data: bytes, *, prefixed: bool) -> None:
        self._data, self._prefixed = data, prefixed
        self._shape: _Shape | None = None
        self.stretches: list[AlikeEntries] = []
        self.trailer = b""

    def read_group(self, at: int, end: int) -> bool:
        """Read the entries in a range. Return False if they are not like their neighbours."""
        first = at
        while at < end:
            shape, names = self._shape, []
            if shape is not None:
                names = self._names(shape, at, end, complete=at == first)
            if not names:
                shape = self._shape = self._learn(at, end, complete=at == first)
                names = [] if shape is None else self._names(shape, at, end, complete=at == first)
            if shape is None or not names:
                return False
            if at == first:
                at += len(shape.complete) - len(shape.front)
            at += shape.stride * len(names)
            if at < end and len(names) < FEWEST:
                return False
            self._add(shape, names)
        return at == end

    def _add(self, shape: _Shape, names: list[bytes]) -> None:
        if self.stretches:
            prefix, last_names, pieces = self.stretches[-1]
            if prefix == shape.prefix and pieces == shape.pieces:
                last_names += names
                return
        self.stretches.append(AlikeEntries(shape.prefix, names, shape.pieces))

    def _names(self, shape: _Shape, at: int, end: int, *, complete: bool) -> list[bytes]:
        """Return the names of the entries of a shape from a position on."""
        head = shape.complete if complete else shape.front
        at += len(head)
        number = min(MOST, (end - at + len(shape.front)) // shape.stride)
        if number < 1 or not self._data.startswith(head, at - len(head)):
            return []
        names = list(_names_layout(shape.size, shape.stride - shape.size, number).unpack_from(self._data, at))
        joined = shape.joined(names)
        stored = self._data[at : at + len(joined)]
        if joined == stored:
            return names
        return names[: (_common(joined, stored) + len(shape.front)) // shape.stride]

    def _learn(self, at: int, end: int, *, complete: bool) -> _Shape | None:
        """Return the shape of the entry at a position."""
        data = self._data
        try:
            shared, at = read_varint(data, at)
            unshared, at = read_varint(data, at)
            value_size, at = read_varint(data, at)
        except WireError:
            return None
        key_end, value = at + unshared - KEY_TRAILER, at + unshared + self._prefixed
        entry_end = at + unshared + value_size
        trailer = data[key_end : key_end + KEY_TRAILER]
        if key_end <= at or not value <= entry_end <= end or (self.trailer and trailer != self.trailer):
            return None
        if self._prefixed and data[value - 1] & VALUE_ELSEWHERE:
            return None
        self.trailer = trailer
        prefix = data[at : data.rfind(b"\x00", at, key_end) + 1] if complete else self.stretches[-1].prefix
        name = data[at + (len(prefix) if complete else 0) : key_end]
        if not name or shared != (0 if complete else len(prefix)):
            return None
        sizes = length(value_size)
        front = length(len(prefix)) + length(len(name) + KEY_TRAILER) + sizes
        complete_front = b"\x00" + length(len(prefix) + len(name) + KEY_TRAILER) + sizes + prefix
        places = self._places(name, value, entry_end, entry_end + len(front), end)
        pieces = _cut(data[value:entry_end], places, len(name))
        inner = (data[key_end:value] + pieces[0], *pieces[1:])
        stride = len(front) + len(name) * len(inner) + sum(map(len, inner))
        return _Shape(prefix, len(name), complete_front, front, inner, pieces, stride)

    def _places(self, name: bytes, start: int, stop: int, following: int, end: int) -> Iterator[int]:
        """Yield where a value has its name, and the next value, whose entry's name is at `following`, its own."""
        data, size = self._data, len(name)
        distance = following + size + KEY_TRAILER + self._prefixed - start
        next_name = data[following : following + size]
        is_last = following + size > end
        at = start
        for _ in range(MOST_PLACES):
            at = data.find(name, at, stop)
            if at < 0:
                return
            if is_last or data.startswith(next_name, at + distance):
                yield at - start
                at += size
            else:
                at += 1


def _cut(value: bytes, places: Iterator[int], size: int) -> tuple[bytes, ...]:
    """Return the pieces of a value between its names."""
    pieces = []
    at = 0
    for place in places:
        pieces.append(value[at:place])
        at = place + size
    return (*pieces, value[at:])


def _common(first: bytes, second: bytes) -> int:
    """Return the length of the common start of two different texts of one size."""
    different = int.from_bytes(first, "big") ^ int.from_bytes(second, "big")
    return len(first) - (different.bit_length() + 7) // 8
