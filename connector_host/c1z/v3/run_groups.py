"""The entries of the grants on one entitlement, concatenated from what their records have in common.

Texts here hold a byte in each character (latin-1): formatting texts is twice as quick as joining bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby, repeat
from operator import attrgetter
from typing import NamedTuple

from ...wire.v3.run_records import RunRecords, record_end
from ...wire.wire_format import length
from ..pebble.table_writer import TAIL, RowGroup
from . import keys
from .grant_runs import GrantRun, RunEntitlement
from .principal_index import GROUP

__all__ = ["RunGroups"]


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

    def groups(self, entitlement: RunEntitlement) -> Iterator[RowGroup]:
        """Yield the entries on an entitlement, ascending by key."""
        tails: list[str] = []
        for principal_type, runs in groupby(entitlement.runs, key=attrgetter("principal_type")):
            yield from self._of_type(entitlement, principal_type, list(runs), tails)
        self._add_to_index(entitlement.parts, tails)

    def _of_type(
        self, entitlement: RunEntitlement, principal_type: str, runs: Sequence[GrantRun], tails: list[str]
    ) -> Iterator[RowGroup]:
        alike = [
            (record_end(self._moment_of(discovered_at), message_end).decode("latin-1"), _byte_texts(members))
            for (discovered_at, message_end), members in groupby(runs, key=attrgetter("discovered_at", "message_end"))
        ]
        if len(alike) == 1:
            end, names = alike[0]
            names.sort()
            ends = [end] * len(names)
        else:
            by_name = dict(chain.from_iterable(zip(members, repeat(end)) for end, members in alike))
            names = sorted(by_name)
            ends = [by_name[name] for name in names]
        type_text = principal_type.encode().decode("latin-1")
        tails += [f"{type_text}\0{name}" for name in names]
        prefix = b"\x00".join((keys.GRANTS, entitlement.parts, principal_type.encode(), b""))
        shapes = EntryShapes(prefix, RunRecords(*entitlement.ids, principal_type, runs[0].id_start))
        for start in range(0, len(names), GROUP):
            yield shapes.group(names[start : start + GROUP], ends[start : start + GROUP])


class EntryShapes(dict[tuple[int, str], EntryShape]):
    """The shapes of the entries whose keys begin with `prefix`, by the length of an id and the end of the record."""

    def __init__(self, prefix: bytes, records: RunRecords) -> None:
        super().__init__()
        self._prefix, self._records = prefix, records

    def __missing__(self, key: tuple[int, str]) -> EntryShape:
        size, end = key
        head, middle = self._records.around(size)
        value_bytes = len(head) + size + len(middle) + size + len(end)
        value_length = length(value_bytes + 1)
        start = length(len(self._prefix)) + length(size + 8) + value_length
        complete = b"\x00" + length(len(self._prefix) + size + 8) + value_length + self._prefix
        start_text, middle_text, second, complete_text = (
            part.decode("latin-1") for part in (start, TAIL + head, middle, complete)
        )
        shape = self[key] = EntryShape(start_text, middle_text, second, end, complete_text, value_bytes)
        return shape

    def group(self, names: list[str], ends: list[str]) -> RowGroup:
        """Return the entries of these names, which are sorted."""
        shapes = list(map(self.__getitem__, zip(map(len, names), ends, strict=True)))
        rows = [
            f"{start}{name}{middle}{name}{second_middle}{name}{end}"
            for name, (start, middle, second_middle, end, _, _) in zip(names, shapes, strict=True)
        ]
        rows[0] = shapes[0].complete + rows[0][len(shapes[0].start) :]
        return RowGroup(
            self._prefix + names[0].encode("latin-1"),
            self._prefix + names[-1].encode("latin-1"),
            len(names),
            len(self._prefix) * len(names) + sum(map(len, names)),
            sum([shape.value_bytes for shape in shapes]),
            "".join(rows).encode("latin-1"),
        )


def _byte_texts(runs: Iterable[GrantRun]) -> list[str]:
    """Return the names in runs as texts of their bytes; no name has a NUL."""
    joined = "\0".join([name for run in runs for name in run.names])
    return (joined if joined.isascii() else joined.encode().decode("latin-1")).split("\0")
