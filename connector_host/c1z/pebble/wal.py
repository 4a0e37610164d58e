"""The write-ahead log: batches of changes that are not in a table yet.

A record is a batch: the sequence number of its first change (8 bytes), the number of changes (4 bytes), then for each
its kind, its key and, for most kinds, its value, each with its length before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ...wire.wire_format import length, read_varint
from .blocks import DELETE, DELETES, MERGE, RANGE_DELETE, SETS, EntryColumns, RangeDelete, Rows
from .malformed import Malformed, Unknown
from .record_log import RecordWriter, read_records

__all__ = ["Change", "LogContent", "write_log"]

MOST_LOGS = 256 << 20
"""The most bytes of logs: they are held in memory. Pebble keeps a log far smaller, and the Go SDK leaves it empty."""

HEADER = 12
BLOCK = 512  # entries
LOG_DATA = 3
WITHOUT_VALUE = frozenset((DELETE, LOG_DATA, 7))
UNREAD_KINDS = {
    MERGE: "a MERGE of values",
    19: "range keys",
    20: "range keys",
    21: "range keys",
    22: "a table that a log ingests",
    24: "a range that a log excises",
    26: "a table that a log ingests",
}

Change = tuple[int, bytes, bytes]
"""A kind, a key, a value (the end of a range deletion)."""


class LogContent:
    """The content of the logs of a database: entries in order, and range deletions."""

    def __init__(self, logs: Iterable[tuple[int, Path]] = ()) -> None:
        self.range_deletes: list[RangeDelete] = []
        self._entries: list[tuple[bytes, int, int, bytes]] = []
        logs = sorted(logs)
        if sum(path.stat().st_size for _, path in logs) > MOST_LOGS:
            raise Malformed(f"write-ahead logs of over {MOST_LOGS >> 20} MiB")
        for number, path in logs:
            newest = number == logs[-1][0]
            for record in read_records(path.read_bytes(), number, torn=newest):
                self._replay(record)
        self._entries.sort(key=lambda entry: (entry[0], -entry[1]))

    def _replay(self, record: bytes) -> None:
        sequence = int.from_bytes(record[:8], "little")
        for change_kind, key, value in _changes(record):
            if change_kind == RANGE_DELETE:
                if key > value:
                    raise Malformed("a range deletion that ends before it starts")
                self.range_deletes.append(RangeDelete(key, value, sequence))
            else:
                self._entries.append((key, sequence, change_kind, value))
            sequence += 1

    def rows(self, start: bytes, end: bytes | None) -> Iterator[Rows]:
        """Yield the entries with start <= key < end in blocks."""
        low = _position(self._entries, start)
        high = len(self._entries) if end is None else _position(self._entries, end)
        for at in range(low, high, BLOCK):
            keys, sequences, entry_kinds, values = zip(*self._entries[at : min(at + BLOCK, high)], strict=True)
            yield Rows(EntryColumns(keys, values, sequences), entry_kinds)


def _position(entries: list[tuple[bytes, int, int, bytes]], key: bytes) -> int:
    """Return the position of the first entry whose key is not less than `key`."""
    low, high = 0, len(entries)
    while low < high:
        middle = (low + high) // 2
        if entries[middle][0] < key:
            low = middle + 1
        else:
            high = middle
    return low


def _changes(record: bytes) -> Iterator[Change]:
    """Yield the changes of a batch. Data for other readers of the log are skipped, and have no sequence number."""
    count = int.from_bytes(record[8:HEADER], "little")
    at = HEADER
    while at < len(record):
        change_kind = record[at]
        key, at = _string(record, at + 1)
        value = b""
        if change_kind not in WITHOUT_VALUE:
            value, at = _string(record, at)
        if change_kind == LOG_DATA:
            continue
        if change_kind not in SETS and change_kind not in DELETES and change_kind != RANGE_DELETE:
            raise Unknown(UNREAD_KINDS.get(change_kind, f"a change of kind {change_kind} in a log"))
        count -= 1
        yield change_kind, key, value
    if count or len(record) < HEADER:
        raise Malformed("a batch whose number of changes is wrong")


def _string(record: bytes, at: int) -> tuple[bytes, int]:
    size, at = read_varint(record, at)
    if at + size > len(record):
        raise Malformed("a change that runs past its batch")
    return record[at : at + size], at + size


def write_log(batches: Iterable[tuple[int, Iterable[Change]]], number: int, family: int = 4) -> bytes:
    """Encode a log of batches, each with the sequence number of its first change; `family` as for `RecordWriter`."""
    writer = RecordWriter(number, family)
    for sequence, batch in batches:
        changes = list(batch)
        count = sum(change_kind != LOG_DATA for change_kind, _, _ in changes)
        record = sequence.to_bytes(8, "little") + count.to_bytes(4, "little")
        for change_kind, key, value in changes:
            record += bytes((change_kind,)) + length(len(key)) + key
            if change_kind not in WITHOUT_VALUE:
                record += length(len(value)) + value
        writer.add(record)
    return bytes(writer.data)
