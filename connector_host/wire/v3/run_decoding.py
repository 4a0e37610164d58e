"""Decoding of many `GrantRecord`s at once: on one entitlement, to principals of one type, they differ in few bytes.

Nothing is assumed: the records that the names of the principals would have are built and compared with the stored ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby, repeat
from typing import Any, NamedTuple

import msgspec

from ...errors import FileError
from ..grant_row import GrantRow, grant_row
from ..grants.grant_fields import PrincipalStarts
from ..grants.packed_grants import PackedGrants, RunPacker
from ..wire_format import length, read_varint
from .record_decoding import GrantRecordDecoder, annotations_and_sources, grant_fields
from .run_records import RunRecords

__all__ = ["RecordEnd", "RecordRun", "RunDecoder"]

MOMENT = 0x2A
MOST_ENDS = 65536


class RecordEnd(NamedTuple):
    """The end of a record: the time of discovery, as the content of a Timestamp, and the end of its message."""

    discovered: bytes
    message_end: bytes


class RecordRun(NamedTuple):
    """Grants on one entitlement to principals of one type, with the usual ids and without an expansion."""

    resource_type: str
    resource: str
    entitlement: str
    principal_type: str
    names: list[bytes]
    """The ids of the principals, in UTF-8; none is empty, and none has a byte 00 or 01."""
    entitlement_field: bytes
    """The field of their messages that names the entitlement."""
    ends: list[RecordEnd]

    def at(self, positions: Sequence[int]) -> RecordRun:
        """Return the grants at some positions."""
        return self._replace(names=[self.names[n] for n in positions], ends=[self.ends[n] for n in positions])

    @property
    def id_start(self) -> str:
        """The start of the ids of the grants, up to that of the principal."""
        return f"{self.entitlement}:{self.principal_type}:"

    def principals(self) -> list[str]:
        """Return the ids of the principals."""
        return b"\x00".join(self.names).decode().split("\x00") if self.names else []

    def message_ends(self) -> dict[bytes, int]:
        """Return the different ends of the messages, each with the position of its first grant."""
        if self.ends.count(self.ends[0]) == len(self.ends):
            return {self.ends[0].message_end: 0}
        positions: dict[bytes, int] = {}
        for position, end in enumerate(self.ends):
            positions.setdefault(end.message_end, position)
        return positions

    def messages(self) -> list[bytes]:
        """Return the messages of format v1."""
        start, principal_type, starts = self.id_start.encode(), self.principal_type.encode(), PrincipalStarts()
        parts: dict[int, tuple[bytes, bytes]] = {}
        names = self.names
        for size in set(map(len, names)):
            head = self.entitlement_field + starts[principal_type, size]
            parts[size] = head, b"\x1a" + length(len(start) + size) + start
        if len(parts) == 1:
            ((head, middle),) = parts.values()
            return [b"".join((head, name, middle, name, end)) for name, (_, end) in zip(names, self.ends, strict=True)]
        own_parts = [parts[len(name)] for name in names]
        return [
            b"".join((head, name, middle, name, end))
            for name, (head, middle), (_, end) in zip(names, own_parts, self.ends, strict=True)
        ]

    def columns(self) -> tuple[Iterable[Any], ...]:
        """Return the columns of the rows of the grants, without the row number; those of one value do not end."""
        shared = (self.resource_type, self.resource, self.entitlement, self.principal_type)
        start, principals = self.id_start, self.principals()
        ids = [start + name for name in principals]
        return (*map(repeat, shared), principals, ids, repeat(None), repeat(0), self.messages())

    def packed(self, packer: RunPacker) -> Iterator[tuple[bytes, PackedGrants]]:
        """Yield the grants in the packed form, in their order, with the time of their discovery as in `RecordEnd`."""
        shared = self.resource_type, self.resource, self.entitlement, self.entitlement_field
        principals, position = self.principals(), 0
        for end, alike in groupby(self.ends):
            names = principals[position : position + sum(1 for _ in alike)]
            position += len(names)
            text = msgspec.json.encode(names).decode()
            for run in packer.pack(shared, self.principal_type, names, text, end.message_end):
                yield end.discovered, run

    def rows(self, numbers: Iterable[int]) -> Iterator[GrantRow]:
        """Return the rows of the grants with these row numbers."""
        return map(grant_row, zip(*self.columns(), numbers, strict=False))


class RunDecoder:
    """Decoder of runs of grants. `decoder` decodes the first record of each."""

    def __init__(self, decoder: GrantRecordDecoder) -> None:
        self._decoder = decoder
        self._ends = _RecordEnds()
        self._last_pieces: tuple[bytes, ...] = ()
        self._last_size = 0
        self._last: GrantRow | None = None

    def run(self, names: list[bytes], records: Sequence[bytes]) -> RecordRun | None:
        """Decode the records of principals with these ids; None for those that are to be decoded one by one."""
        joined = _joined(names)
        first = None if joined is None else self._usual(records[0])
        if joined is None or first is None:
            return None
        shapes = _RunShapes(_run_records(first))
        starts, sizes = shapes.starts(list(map(len, names)), joined.decode("latin-1").split("\x00"))
        if b"".join([record[:size] for record, size in zip(records, sizes, strict=True)]) != starts:
            return None
        raw_ends = [record[size:] for record, size in zip(records, sizes, strict=True)]
        ends = [end for end in map(self._ends.__getitem__, raw_ends) if end]
        return _run(first, names, ends) if len(ends) == len(records) else None

    def run_between(self, names: list[bytes], pieces: tuple[bytes, ...]) -> RecordRun | None:
        """Decode records that are the id of the principal between pieces; the ids are of one size."""
        if len(pieces) != 3 or _joined(names) is None:
            return None
        size = len(names[0])
        if pieces != self._last_pieces or self._last_size != size:
            first = self._usual(names[0].join(pieces))
            if first is None or _run_records(first).around(size) != pieces[:2]:
                return None
            self._last_pieces, self._last_size, self._last = pieces, size, first
        end = self._ends[pieces[2]]
        return None if end is None or self._last is None else _run(self._last, names, [end] * len(names))

    def _usual(self, record: bytes) -> GrantRow | None:
        """Decode a record; None for a damaged one, and for one that no run has."""
        try:
            row, _ = self._decoder.row(record)
        except FileError:
            return None
        return row if row.entitlement and row.principal_type else None


def _joined(names: list[bytes]) -> bytes | None:
    """Return ids joined by zero bytes; None if one of them is empty, escaped or no text."""
    joined = b"\x00".join(names)
    if b"\x01" in joined or joined.count(b"\x00") >= len(names) or b"" in names:
        return None
    with suppress(UnicodeDecodeError):
        joined.decode()
        return joined
    return None


def _run_records(first: GrantRow) -> RunRecords:
    """Return the encoder of the records of a run with this grant."""
    start = f"{first.entitlement}:{first.principal_type}:"
    return RunRecords(first.resource_type, first.resource, first.entitlement, first.principal_type, start)


def _run(first: GrantRow, names: list[bytes], ends: list[RecordEnd]) -> RecordRun:
    size, start = read_varint(first.data, 1)
    field = first.data[: start + size]
    return RecordRun(first.resource_type, first.resource, first.entitlement, first.principal_type, names, field, ends)


class _RunShapes(dict[int, tuple[str, str, int]]):
    """Head, middle and size of what stands in front of the end of a record, by the size of an id."""

    def __init__(self, records: RunRecords) -> None:
        super().__init__()
        self._records = records

    def __missing__(self, size: int) -> tuple[str, str, int]:
        head, middle = self._records.around(size)
        shape = self[size] = head.decode("latin-1"), middle.decode("latin-1"), len(head) + len(middle) + 2 * size
        return shape

    def starts(self, sizes: list[int], names: list[str]) -> tuple[bytes, list[int]]:
        """Return what stands in front of the ends of the records of these names, joined, and the size of each."""
        if sizes.count(sizes[0]) == len(sizes):
            head, middle, start_size = self[sizes[0]]
            texts = [f"{head}{name}{middle}{name}" for name in names]
            start_sizes = [start_size] * len(names)
        else:
            shapes = [self[size] for size in sizes]
            texts = [f"{head}{name}{middle}{name}" for name, (head, middle, _) in zip(names, shapes, strict=True)]
            start_sizes = [size for _, _, size in shapes]
        return "".join(texts).encode("latin-1"), start_sizes


class _RecordEnds(dict[bytes, RecordEnd | None]):
    """The ends of records, decoded; None for one that has more than a time, annotations and sources."""

    def __missing__(self, raw: bytes) -> RecordEnd | None:
        if len(self) >= MOST_ENDS:
            self.clear()
        end = None
        with suppress(FileError):  # decoded alone, the record says so
            fields, annotations, sources = grant_fields(raw)
            if not fields.keys() - {MOMENT}:
                end = RecordEnd(fields.get(MOMENT, b""), annotations_and_sources(annotations, sources))
        self[raw] = end
        return end
