"""The entries of the grants on one entitlement, concatenated from what their records have in common.

Texts here hold a byte in each character (latin-1): formatting texts is twice as quick as joining bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from ...wire.v3.run_records import RunRecords, record_end
from ...wire.wire_format import length
from ..pebble.table_writer import TAIL, RowGroup, row_groups
from . import keys
from .grant_runs import GrantRun, RunEntitlement
from .principal_index import GROUP

__all__ = ["OtherRecords", "RunGroups"]

OtherRecords = Mapping[str, Mapping[str, bytes]]
"""The records of the grants on an entitlement that are not in runs, by the key parts of a principal: type, id."""


class EntryShape(NamedTuple):
    """The bytes around the ids of principals of one length, in an entry behind another of the group.

    The entry is the start, the id, the middle, the id, the second middle, the id, the end.
    """

    start: str
    middle: str
    second_middle: str
    end: str
    complete: str
    """The start of an entry whose key is complete."""
    value_bytes: int


class RunGroups:
    """The entries of the grants in runs, and their entries of the index by principal.

    `moment_of` returns the content of the Timestamp of a time of discovery. `add_to_index` is called with the
    entitlement's key parts, the key parts of the principals.
    """

    def __init__(self, moment_of: Callable[[str], bytes], add_to_index: Callable[[bytes, list[str]], None]) -> None:
        self._moment_of, self._add_to_index = moment_of, add_to_index

    def groups(self, entitlement: RunEntitlement, other_records: OtherRecords) -> Iterator[RowGroup]:
        """Yield the entries on an entitlement, ascending by key, together with those of its other grants."""
        runs_by_type: dict[str, list[GrantRun]] = {}
        for run in entitlement.runs:
            runs_by_type.setdefault(_byte_text(run.principal_type), []).append(run)
        tails: list[str] = []
        for type_text in sorted({*runs_by_type, *other_records}):
            prefix = b"\x00".join((keys.GRANTS, entitlement.parts, type_text.encode("latin-1"), b""))
            others = other_records.get(type_text, {})
            ends = self._ends(runs_by_type.get(type_text, ()))
            ends.update(dict.fromkeys(others, ""))
            names = sorted(ends)
            tails += [f"{type_text}\0{name}" for name in names]
            if type_text not in runs_by_type:
                yield from row_groups((prefix + name.encode("latin-1"), others[name]) for name in names)
                continue
            run = runs_by_type[type_text][0]
            records = RunRecords(*entitlement.ids, run.principal_type, run.id_start)
            shapes = EntryShapes(prefix, records, others)
            for start in range(0, len(names), GROUP):
                part = names[start : start + GROUP]
                yield shapes.group(part, [ends[name] for name in part])
        self._add_to_index(entitlement.parts, tails)

    def _ends(self, runs: Iterable[GrantRun]) -> dict[str, str]:
        """Return the end of the record of each name in runs."""
        ends: dict[str, str] = {}
        for (discovered_at, message_end), alike in groupby(runs, key=attrgetter("discovered_at", "message_end")):
            end = record_end(self._moment_of(discovered_at), message_end).decode("latin-1")
            joined = "\0".join([name for run in alike for name in run.names])  # no name has a NUL
            ends.update(dict.fromkeys(_byte_text(joined).split("\0"), end))
        return ends


class EntryShapes(dict[tuple[int, str], EntryShape]):
    """The shapes of the entries whose keys begin with `prefix`, by the length of an id and the end of the record."""

    def __init__(self, prefix: bytes, records: RunRecords, other_records: Mapping[str, bytes]) -> None:
        super().__init__()
        self._prefix, self._records, self._other_records = prefix, records, other_records

    def __missing__(self, key: tuple[int, str]) -> EntryShape:
        size, end = key
        head, middle = self._records.around(size)
        shape = self[key] = self._shape(size, (TAIL + head, middle), end, len(head) + size + len(middle) + size)
        return shape

    def _shape(self, size: int, middles: tuple[bytes, bytes], end: str, start_bytes: int) -> EntryShape:
        """Return the shape of an entry with an id of `size` bytes, and a value of `start_bytes` in front of its end."""
        value_bytes = start_bytes + len(end)
        value_length = length(value_bytes + 1)
        start = length(len(self._prefix)) + length(size + 8) + value_length
        complete = b"\x00" + length(len(self._prefix) + size + 8) + value_length + self._prefix
        start_text, middle, second_middle, complete_text = (
            part.decode("latin-1") for part in (start, *middles, complete)
        )
        return EntryShape(start_text, middle, second_middle, end, complete_text, value_bytes)

    def group(self, names: list[str], ends: list[str]) -> RowGroup:
        """Return the entries of these names, which are sorted."""
        shapes = list(map(self.__getitem__, zip(map(len, names), ends, strict=True)))
        rows = [
            f"{start}{name}{middle}{name}{second_middle}{name}{end}"
            for name, (start, middle, second_middle, end, _, _) in zip(names, shapes, strict=True)
        ]
        if self._other_records:
            for position, name in enumerate(names):
                record = self._other_records.get(name)
                if record is not None:
                    shape = shapes[position] = self._shape(len(name), (TAIL, b""), record.decode("latin-1"), 0)
                    rows[position] = f"{shape.start}{name}{shape.middle}{shape.end}"
        rows[0] = shapes[0].complete + rows[0][len(shapes[0].start) :]
        return RowGroup(
            self._prefix + names[0].encode("latin-1"),
            self._prefix + names[-1].encode("latin-1"),
            len(names),
            len(self._prefix) * len(names) + sum(map(len, names)),
            sum([shape.value_bytes for shape in shapes]),
            "".join(rows).encode("latin-1"),
        )


def _byte_text(text: str) -> str:
    """Return the bytes of a text as a text."""
    return text if text.isascii() else text.encode().decode("latin-1")
