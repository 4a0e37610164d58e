"""Blocks of rows, as tables of RocksDBv2 and of Pebble's versions 1 to 4 have them, and small blocks of others, too.

An entry is three varints: how many bytes its key shares with the key before, how many follow, how long the value is;
then those. Every some entries a key is whole, a *restart*; the offsets of these and their number end the block. In data
blocks a key ends in an 8-byte trailer, the sequence number and the kind of the entry. From version 3 on the value of a
SET has a byte before it that says where the value is.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...wire.fields import read_varint
from .blocks import MOST_ROWS, MOST_SHARED, SET, Handle, RangeDelete, Rows, handle, range_delete, rows
from .faults import Malformed, Unknown

__all__ = ["data_rows", "index_entries", "pairs", "range_deletes"]

ELSEWHERE = 0xC0  # bits of a value's prefix: it is in a value block, or in a blob file
TRAILER = 8
OVERHEAD = MOST_SHARED // MOST_ROWS


def data_rows(data: bytes, sequence: int | None, *, prefixed: bool) -> Rows:
    """The entries of a data block. `prefixed` says that values have a byte before them (from version 3 on)."""
    keys, tails, values = _split(data)
    if len(set(tails)) == 1:
        trailers: Sequence[int] = [int.from_bytes(tails[0], "little")] * len(tails)
    else:
        trailers = [int.from_bytes(tail, "little") for tail in tails]
    if prefixed:
        values = _unprefixed(values, trailers)
    return rows(keys, values, trailers, sequence)


def index_entries(data: bytes) -> tuple[list[bytes], list[Handle]]:
    """An index block: for each block, a key that is not before its last one, and where it lies.

    Properties of blocks that may follow a handle are passed over.
    """
    keys, _, values = _split(data)
    return keys, [handle(value)[0] for value in values]


def range_deletes(data: bytes, sequence: int | None) -> list[RangeDelete]:
    """The range deletions in their block: the key is where one starts, the value where it ends."""
    keys, tails, values = _split(data)
    return [
        range_delete(key, value, int.from_bytes(tail, "little"), sequence)
        for key, tail, value in zip(keys, tails, values, strict=True)
    ]


def pairs(data: bytes) -> dict[str, bytes]:
    """A block of names and what belongs to them."""
    keys, values = _entries(data)
    return {key.decode("utf-8", "replace"): value for key, value in zip(keys, values, strict=True)}


def _split(data: bytes) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """Keys without trailers, the trailers, the values."""
    internal, values = _entries(data)
    if internal and min(map(len, internal)) < TRAILER:
        raise Malformed("a key without its trailer")
    return [key[:-TRAILER] for key in internal], [key[-TRAILER:] for key in internal], values


def _unprefixed(values: list[bytes], trailers: Sequence[int]) -> list[bytes]:
    """Values without the byte before them, which only a SET has."""
    if len(set(trailers)) > 1:
        is_set = [trailer & 0xBF == SET for trailer in trailers]
        prefixes = {value[0] for value, has in zip(values, is_set, strict=True) if has}
        values = [value[1:] if has else value for value, has in zip(values, is_set, strict=True)]
    elif trailers and trailers[0] & 0xBF == SET:
        prefixes = {value[0] for value in values}
        values = [value[1:] for value in values]
    else:
        return values
    if any(prefix & ELSEWHERE for prefix in prefixes):
        raise Unknown("values that are not in the table's rows (value blocks, blob files)")
    return values


def _entries(data: bytes) -> tuple[list[bytes], list[bytes]]:
    """The keys and values of a block."""
    limit = _end(data)
    keys: list[bytes] = []
    values: list[bytes] = []
    key = b""
    at, spare = 0, MOST_SHARED
    while at < limit:
        shared, rest, size = data[at], data[at + 1], data[at + 2]
        if shared | rest < 0x80 and (size < 0x80 or data[at + 3] < 0x80):  # nearly always
            if size < 0x80:
                at += 3
            else:
                size = size & 0x7F | data[at + 3] << 7
                at += 4
        else:
            shared, at = read_varint(data, at)
            rest, at = read_varint(data, at)
            size, at = read_varint(data, at)
        spare -= shared + OVERHEAD
        if shared > len(key) or spare < 0:
            raise Malformed("keys that share more than there is, or too much")
        middle = at + rest
        key = key[:shared] + data[at:middle]
        at = middle + size
        keys.append(key)
        values.append(data[middle:at])
    if at != limit:
        raise Malformed("an entry that runs past its block")
    return keys, values


def _end(data: bytes) -> int:
    """Where the entries end and the restarts begin."""
    restarts = int.from_bytes(data[-4:], "little")
    limit = len(data) - 4 * (restarts + 1)
    if len(data) < 4 or limit < 0:
        raise Malformed("a block with more restarts than bytes")
    return limit
