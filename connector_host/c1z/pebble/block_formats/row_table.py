"""Blocks of rows of tables of RocksDBv2 and of Pebble's versions 1 to 4, and small blocks of other tables.

An entry is three varints (the bytes that its key shares with the key before, the further bytes of the key, the length
of the value), then the bytes. At intervals a key is complete, a *restart*; the offsets of these and their number end
the block. In data blocks a key ends in an 8-byte trailer, the sequence number and the kind of the entry. From version 3
on, the value of a SET is preceded by a byte with its location.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import gt

from ....wire.wire_format import read_varint
from ..blocks import (
    KIND,
    MOST_ROWS,
    MOST_SHARED,
    NO_ROWS,
    SET,
    Handle,
    RangeDelete,
    Rows,
    handle,
    range_delete,
    rows,
)
from ..malformed import Malformed, Unknown
from .alike_entries import KEY_TRAILER, VALUE_ELSEWHERE, AlikeEntries, read_alike_entries

__all__ = ["data_rows", "index_entries", "pairs", "range_deletes"]

OVERHEAD = MOST_SHARED // MOST_ROWS


def data_rows(data: bytes, sequence: int | None, *, prefixed: bool) -> Rows:
    """Decode the entries of a data block. `prefixed`: a byte precedes the values (from version 3 on)."""
    alike = read_alike_entries(data, _end(data), prefixed=prefixed)
    if alike is not None and alike.trailer[0] & KIND == SET and _is_small(alike.stretches):
        number = int.from_bytes(alike.trailer, "little") >> 8 if sequence is None else sequence
        return Rows(NO_ROWS.columns, plain=True, stretches=alike.stretches, sequence=number)
    keys, tails, starts, ends = _entries(data)
    if len(set(tails)) == 1:
        trailers: Sequence[int] = [int.from_bytes(tails[0], "little")] * len(tails)
    else:
        trailers = [int.from_bytes(tail, "little") for tail in tails]
    if prefixed:
        starts = _skip_prefixes(data, starts, ends, tails)
    values = [data[start:end] for start, end in zip(starts, ends, strict=True)]
    return rows(keys, values, trailers, sequence)


def index_entries(data: bytes) -> tuple[list[bytes], list[Handle]]:
    """Decode an index block: for each block a key that is not before its last one, and its handle.

    Properties of blocks that may follow a handle are ignored.
    """
    keys, _, starts, _ = _entries(data)
    return keys, [handle(data, start)[0] for start in starts]


def range_deletes(data: bytes, sequence: int | None) -> list[RangeDelete]:
    """Decode a block of range deletions: the key is the start of one, the value its end."""
    return [
        range_delete(key, data[start:end], int.from_bytes(tail, "little"), sequence)
        for key, tail, start, end in zip(*_entries(data), strict=True)
    ]


def pairs(data: bytes) -> dict[str, bytes]:
    """Decode a block of names, which have no trailers, and values."""
    keys, _, starts, ends = _entries(data, trailer=0)
    values = [data[start:end] for start, end in zip(starts, ends, strict=True)]
    return {key.decode("utf-8", "replace"): value for key, value in zip(keys, values, strict=True)}


def _is_small(stretches: list[AlikeEntries]) -> bool:
    """Return True if the keys of the entries share few enough bytes."""
    return sum((len(stretch.prefix) + OVERHEAD) * len(stretch.names) for stretch in stretches) <= MOST_SHARED


def _skip_prefixes(data: bytes, starts: list[int], ends: list[int], tails: list[bytes]) -> list[int]:
    """Return the starts of the values without the byte that precedes those of a SET."""
    sets = starts
    if {tail[0] & KIND for tail in tails} != {SET}:
        sets = [at for at, tail in zip(starts, tails, strict=True) if tail[0] & KIND == SET]
    if any(prefix & VALUE_ELSEWHERE for prefix in set(map(data.__getitem__, sets))):
        raise Unknown("values that are not in the table's rows (value blocks, blob files)")
    if sets is starts:
        value_starts = [at + 1 for at in starts]
    else:
        prefixed = set(sets)
        value_starts = [at + 1 if at in prefixed else at for at in starts]
    if any(map(gt, value_starts, ends)):
        raise Malformed("a value without the byte of its location")
    return value_starts


def _entries(data: bytes, trailer: int = KEY_TRAILER) -> tuple[list[bytes], list[bytes], list[int], list[int]]:
    """Return the keys of a block without their trailers, the trailers, and the starts and ends of the values."""
    limit = _end(data)
    keys: list[bytes] = []
    tails: list[bytes] = []
    starts: list[int] = []
    ends: list[int] = []
    key = tail = b""
    at, spare = 0, MOST_SHARED
    while at < limit:
        shared, unshared, size = data[at], data[at + 1], data[at + 2]
        if shared | unshared < 0x80 and (size < 0x80 or data[at + 3] < 0x80):  # nearly always
            if size < 0x80:
                at += 3
            else:
                size = size & 0x7F | data[at + 3] << 7
                at += 4
        else:
            shared, at = read_varint(data, at)
            unshared, at = read_varint(data, at)
            size, at = read_varint(data, at)
        middle = at + unshared
        spare -= shared + OVERHEAD
        if shared <= len(key) and unshared >= trailer and spare >= 0:  # always, except in tables of RocksDB
            key = key[:shared] + data[at : middle - trailer]
            tail = data[middle - trailer : middle]
        else:
            key, tail = _complete_key(key + tail, data[at:middle], shared, trailer, spare)
        at = middle + size
        keys.append(key)
        tails.append(tail)
        starts.append(middle)
        ends.append(at)
    if at != limit:
        raise Malformed("an entry that runs past its block")
    return keys, tails, starts, ends


def _complete_key(before: bytes, unshared: bytes, shared: int, trailer: int, spare: int) -> tuple[bytes, bytes]:
    """Return a key and its trailer, which may begin like that of the key before."""
    key = before[:shared] + unshared
    if shared > len(before) or len(key) < trailer or spare < 0:
        raise Malformed("a key that shares more than exists, or too much")
    return key[: len(key) - trailer], key[len(key) - trailer :]


def _end(data: bytes) -> int:
    """Return the position at which the entries end and the restarts begin."""
    restarts = int.from_bytes(data[-4:], "little")
    limit = len(data) - 4 * (restarts + 1)
    if len(data) < 4 or limit < 0:
        raise Malformed("a block with more restarts than bytes")
    return limit
