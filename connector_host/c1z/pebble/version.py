"""The set of tables of a database: the MANIFEST, a log of changes to that set, and the markers that point to it.

Each record is one change, a row of tagged fields. Replaying all of them leaves the live tables, by level: those of
level 0 may overlap, those of a deeper level do not. A live table may be *virtual*: the part within its bounds of a
backing file that has further, dead rows. Tags and their fields are those of Pebble 2.1 (docs/c1z-v3.md, The
database); an unknown tag is refused, because the change it describes would be lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from ...wire.wire_format import length, read_varint
from ..zstd_frames import fresh_file
from .malformed import Malformed, Unknown
from .record_log import RecordWriter, read_records

__all__ = ["COMPARER", "MARKER", "TableDescription", "Version", "read_version", "write_version"]

COMPARER = "leveldb.BytewiseComparator"
LEVELS = 7
FORMATS = range(13, 25)
"""The format major versions that this version reads: those that the Go SDK opened in August 2026."""

MARKER = 24
"""The format major version that is written."""

MOST_MANIFEST = 64 << 20
RANGE_DELETE = 15
SENTINEL = (1 << 56) - 1  # a sequence number of bounds only: the key itself is not part of the table
SPAN_KINDS = (15, 19, 20, 21)  # range deletion, range keys
FORMAT_MARKER = re.compile(r"marker\.format-version\.(\d{6,})\.(\d{3,})")
MANIFEST_MARKER = re.compile(r"marker\.manifest\.(\d{6,})\.(MANIFEST-\d{6,})")

UNREAD = {
    7: "a table of LevelDB",
    102: "a table of RocksDB",
    104: "range keys",
    107: "values in blob files",
    108: "values in blob files",
    200: "column families",
    201: "column families",
    202: "column families",
    203: "column families",
}
UNREAD_CUSTOM = {
    65: "a table in another folder",
    67: "a synthetic key prefix",
    68: "a synthetic key suffix",
    69: "values in blob files",
    70: "values in blob files",
}


class TableDescription(Struct, frozen=True, kw_only=True):
    """A live table: the keys from `smallest` up to, but without, `end` of a file.

    `largest_sequence` is that of its newest entry; where `smallest_sequence` is the same, it replaces the sequence
    numbers of all entries in the file. `file` is the number in the file's name, `size` its bytes.
    """

    level: int
    number: int
    file: int
    size: int
    smallest: bytes
    end: bytes
    smallest_sequence: int
    largest_sequence: int
    virtual: bool = False

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.file:06d}.sst"


class Version(Struct, frozen=True):
    """The live tables by level, in the order of their keys (level 0: of their age), and the oldest log that counts."""

    tables: tuple[TableDescription, ...]
    log_number: int
    format_version: int


def read_version(folder: Path) -> Version:
    """Read the markers and the MANIFEST of a folder. Raises Malformed, Unknown and OSError."""
    names = [path.name for path in folder.iterdir()]
    format_version = int(_marked(FORMAT_MARKER, names, "format version"))
    if format_version not in FORMATS:
        raise Unknown(f"the format major version is {format_version}, not {FORMATS[0]} to {FORMATS[-1]}")
    manifest = folder / _marked(MANIFEST_MARKER, names, "manifest")
    if not manifest.is_file():
        raise Malformed(f"{manifest.name} is missing")
    if manifest.stat().st_size > MOST_MANIFEST:
        raise Malformed(f"{manifest.name} is over {MOST_MANIFEST >> 20} MiB")
    state = _State()
    for record in read_records(manifest.read_bytes()):
        state.apply(record)
    return Version(_in_order(state.tables.values()), state.log_number, format_version)


def _marked(pattern: re.Pattern[str], names: Iterable[str], subject: str) -> str:
    """Return the value of the newest marker of a kind. A marker is an empty file; its name is its content."""
    markers = [(int(match[1]), match[2]) for match in map(pattern.fullmatch, names) if match]
    if not markers:
        raise Malformed(f"the marker of the {subject} is missing")
    return max(markers)[1]


def _in_order(tables: Iterable[TableDescription]) -> tuple[TableDescription, ...]:
    """Sort tables by level and key; those of a deeper level must not overlap."""
    ordered = sorted(
        tables,
        key=lambda table: (
            table.level,
            table.smallest if table.level else b"",
            table.largest_sequence,
            table.number,
        ),
    )
    for table, following in pairwise(ordered):
        if table.level == following.level and table.level and table.end > following.smallest:
            raise Malformed(f"tables {table.number} and {following.number} of level {table.level} overlap")
    return tuple(ordered)


# ------------------------------------------------------------------------------------------------------------ replay


@dataclass
class _State:
    """The state after the records so far."""

    tables: dict[tuple[int, int], TableDescription] = field(default_factory=dict)
    backings: dict[int, int] = field(default_factory=dict)
    log_number: int = 0

    def apply(self, record: bytes) -> None:
        """Replay one change. Tables are removed before others are added, in whatever order the record has them."""
        fields = _Fields(record)
        added: list[tuple[TableDescription, int | None]] = []
        while fields.at < len(record):
            tag = fields.number()
            if tag in (100, 103):
                added.append(_new_table(fields, with_properties=tag == 103))
            elif tag in SIMPLE:
                SIMPLE[tag](self, fields)
            else:
                raise Unknown(UNREAD.get(tag, f"a change of kind {tag} in the MANIFEST"))
        for table, backing in added:
            self._add(table, backing)
        for number in fields.removed_backings:
            if self.backings.pop(number, None) is None:
                raise Malformed(f"backing file {number} is removed, and was never added")

    def comparer(self, fields: _Fields) -> None:
        """Check the order of keys: only one is known."""
        name = fields.block()
        if name != COMPARER.encode():
            raise Unknown(f"keys in the order {name[:60]!r}")

    def log(self, fields: _Fields) -> None:
        """Set the oldest log that still counts."""
        self.log_number = fields.number()

    def backing(self, fields: _Fields) -> None:
        """Add a file that virtual tables may be parts of."""
        number, size = fields.number(), fields.number()
        if number in self.backings:
            raise Malformed(f"backing file {number} is added twice")
        self.backings[number] = size

    def removed_backing(self, fields: _Fields) -> None:
        """Remove a backing file after this change."""
        fields.removed_backings.append(fields.number())

    def deleted(self, fields: _Fields) -> None:
        """Remove a table from its level."""
        level, number = fields.number(), fields.number()
        if self.tables.pop((level, number), None) is None:
            raise Malformed(f"table {number} is deleted from level {level}, and was never added")

    def _add(self, table: TableDescription, backing: int | None) -> None:
        key = (table.level, table.number)
        if key in self.tables:
            raise Malformed(f"table {table.number} is added twice")
        if backing is not None:
            if backing not in self.backings:
                raise Malformed(f"table {table.number} is part of file {backing}, which was never added")
            table = replace(table, file=backing, size=self.backings[backing], virtual=True)
        self.tables[key] = table


def _skip(*field_types: str) -> Callable[[_State, _Fields], None]:
    """Return a function that skips fields without a meaning for readers."""

    def skip(_: _State, fields: _Fields) -> None:
        for field_type in field_types:
            fields.block() if field_type == "block" else fields.number()

    return skip


class _Fields:
    """The fields of a record, one after another."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0
        self.removed_backings: list[int] = []

    def number(self) -> int:
        value, self.at = read_varint(self.data, self.at)
        return value

    def block(self) -> bytes:
        size = self.number()
        end = self.at + size
        if end > len(self.data):
            raise Malformed("a field runs past its record")
        value = self.data[self.at : end]
        self.at = end
        return value


SIMPLE: dict[int, Callable[[_State, _Fields], None]] = {
    1: _State.comparer,
    2: _State.log,
    3: _skip("number"),  # the next file number
    4: _skip("number"),  # the last sequence number
    5: _skip("number", "block"),  # the position at which a compaction resumes
    6: _State.deleted,
    9: _skip("number"),  # another log, long unused
    10: _skip("block", "block", "number", "number"),  # an excised range; the bounds of the tables have it already
    11: _skip("number", "number"),  # a table to be compacted
    105: _State.backing,
    106: _State.removed_backing,
}


def _new_table(fields: _Fields, *, with_properties: bool) -> tuple[TableDescription, int | None]:
    """Read the fields of a table, and the number of its backing file if it is virtual."""
    level, number, size = fields.number(), fields.number(), fields.number()
    smallest, largest = fields.block(), fields.block()
    low, high = fields.number(), fields.number()
    backing = None
    while with_properties and (tag := fields.number()) != 1:
        if tag == 66:
            backing = fields.number()
        elif tag < 64:
            fields.block()  # may be ignored, by the format's own rule
        else:
            raise Unknown(UNREAD_CUSTOM.get(tag, f"a table with property {tag} in the MANIFEST"))
    if level >= LEVELS or low > high or len(smallest) < 8 or len(largest) < 8:
        raise Malformed(f"table {number} has a wrong level, bound or sequence number")
    table = TableDescription(
        level=level,
        number=number,
        file=number,
        size=size,
        smallest=smallest[:-8],
        end=_end(largest),
        smallest_sequence=low,
        largest_sequence=high,
    )
    if table.smallest >= table.end:
        raise Malformed(f"table {number} has bounds in the wrong order")
    return table, backing


def _end(largest: bytes) -> bytes:
    """Return the first key beyond a table, from its largest internal key."""
    trailer = int.from_bytes(largest[-8:], "little")
    if trailer >> 8 == SENTINEL and trailer & 0xFF in SPAN_KINDS:
        return largest[:-8]
    return largest[:-8] + b"\x00"


# ------------------------------------------------------------------------------------------------------------- write


def write_version(folder: Path, tables: Iterable[TableDescription], *, next_file: int, last_sequence: int) -> None:
    """Write a MANIFEST of these tables and the markers into a folder without them. No log is needed.

    Raises FileError.
    """
    record = bytearray()
    record += b"\x01" + _block(COMPARER.encode())
    record += b"\x02" + length(next_file) + b"\x03" + length(next_file + 1) + b"\x04" + length(last_sequence)
    for table in tables:
        trailer = (table.smallest_sequence << 8 | 1).to_bytes(8, "little")
        record += b"\x67" + length(table.level) + length(table.number) + length(table.size)
        record += _block(table.smallest + trailer) + _block(table.end[:-1] + trailer)
        record += length(table.smallest_sequence) + length(table.largest_sequence) + b"\x01"
    writer = RecordWriter()
    writer.add(bytes(record))
    manifest = "MANIFEST-000001"
    markers = f"marker.format-version.000001.{MARKER:03d}", f"marker.manifest.000001.{manifest}"
    for name, data in ((manifest, bytes(writer.data)), *((marker, b"") for marker in markers)):
        with fresh_file(folder / name) as file:
            file.write(data)


def _block(data: bytes) -> bytes:
    return length(len(data)) + data
