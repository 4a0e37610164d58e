"""Grants of a v3 file that are found by their keys, without a table: on an entitlement, on a resource, of a principal.

The key of a grant begins with its resource and its entitlement, so such grants stand together. Their row numbers are
negative and go down with each grant that is read; a grant that is read twice has two. For a stretch of grants only its
range of keys is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from ...model import ResourceId
from ...wire.grant_row import GrantRow
from ...wire.v3.record_decoding import GrantRecordDecoder, with_expansion
from ...wire.v3.run_decoding import RecordRun
from ..types import EVERY_GRANT, EntitlementRow, GrantFilter, GrantKey
from . import keys
from .grant_streams import key_of, part_rows, run_keys
from .record_reader import GRANT_KEYS, RecordReader

__all__ = ["KeyRange", "SelectedGrants", "key_ranges"]

KeyRange = tuple[bytes, bytes]
"""The keys from the first one up to, but without, the second one."""
MOST_QUESTIONS, MOST_GRANTS = 500, 2_000_000
"""Questions that are answered by keys, and grants that are read for them, before a table of all grants is quicker."""
LONG_STRETCH = 256
"""Grants of a stretch to which no more are added."""


def key_ranges(where: GrantFilter, entitlements: Iterable[EntitlementRow]) -> list[KeyRange] | None:
    """Return the keys among which the grants of a filter are; None if they are anywhere.

    `entitlements` are those with the id that the filter names: grants on others of this id are not looked for. Without
    any, all keys are returned.
    """
    if where.entitlement is None:
        if where.resource_type is None or where.principal is not None:
            return None
        on = keys.join(where.resource_type, *([] if where.resource is None else [where.resource]))
        return [_under(keys.index(keys.GRANTS, on))]
    ranges = []
    for row in entitlements:
        parts = keys.entitlement_parts(row.resource_type, row.resource, row.id)
        if parts is None:
            return [GRANT_KEYS]
        if where.principal is None:
            ranges.append(_under(keys.index(keys.GRANTS, parts)))
        else:
            key = keys.grant(parts, where.principal.resource_type, where.principal.resource)
            ranges.append((key, key + b"\x00"))
    return ranges or [GRANT_KEYS]


def _under(start: bytes) -> KeyRange:
    return start + b"\x00", keys.after(start + b"\x00")


class SelectedGrants:
    """The grants of a file, read by their keys, and the numbers that they got."""

    def __init__(self, records: RecordReader) -> None:
        self._records = records
        self._questions = self._number = 0
        self._stretches: list[KeyRange] = []
        self._firsts: list[int] = []
        """The number of grants read before each stretch."""
        self._last: tuple[KeyRange, list[GrantRow]] = (GRANT_KEYS, [])

    def are_quicker(self) -> bool:
        """Return True as long as they answer one more question quicker than a table; call it once for each."""
        if self._records.legacy:
            return False
        self._questions += 1
        return self._questions <= MOST_QUESTIONS and self._number < MOST_GRANTS

    def rows(self, ranges: Iterable[KeyRange], where: GrantFilter) -> Iterator[GrantRow]:
        """Yield the grants in these ranges that match a filter."""
        decoder = GrantRecordDecoder()
        for part, numbers in self._parts(ranges, where, decoder):
            for row in part_rows(part, decoder, iter(numbers)):
                if _is_wanted(row, where):
                    yield row

    def keys(self, ranges: Iterable[KeyRange], where: GrantFilter) -> Iterator[GrantKey]:
        """Yield the ids of the grants of `rows`."""
        decoder = GrantRecordDecoder()
        for part, numbers in self._parts(ranges, where, decoder):
            if isinstance(part, RecordRun) and where.principal is None:
                yield from run_keys(part, numbers)
                continue
            for row in part_rows(part, decoder, iter(numbers)):
                if _is_wanted(row, where):
                    yield key_of(row)

    def principals(self, ranges: list[KeyRange], where: GrantFilter) -> Iterator[ResourceId]:
        """Yield each principal of the grants of `rows` once."""
        # on one entitlement a principal has one key
        may_repeat = where.entitlement is None or len(ranges) > 1 or GRANT_KEYS in ranges
        seen: set[tuple[str, str]] = set()
        for _, principal_type, principal, _ in self.keys(ranges, where):
            if may_repeat:
                if (principal_type, principal) in seen:
                    continue
                seen.add((principal_type, principal))
            yield ResourceId(principal_type, principal)

    def held(self, principal: ResourceId, where: GrantFilter) -> Iterator[GrantRow]:
        """Yield the grants of a principal that match the rest of a filter, by the index of them."""
        for key, grant in self._records.held(principal):
            if _matches(grant, where):
                yield with_expansion(grant._replace(row=self._first_number(key, key, 1)))

    def find(self, grant_id: str) -> GrantRow | None:
        """Return the first grant with an id, None if there is none."""
        decoder = GrantRecordDecoder()
        for part, numbers in self._parts([GRANT_KEYS], EVERY_GRANT, decoder):
            if not isinstance(part, RecordRun) or grant_id.startswith(part.id_start):
                for row in part_rows(part, decoder, iter(numbers)):
                    if row.id == grant_id:
                        return row
        return None

    def at(self, number: int) -> GrantRow | None:
        """Return the grant that has a number, None if there is none."""
        position = -number - 1
        if not 0 <= position < self._number:
            return None
        stretch = bisect_right(self._firsts, position) - 1
        first, key_range = self._firsts[stretch], self._stretches[stretch]
        if self._last[0] != key_range:
            decoder = GrantRecordDecoder()
            parts = self._records.keyed_grant_runs(decoder, key_range)
            self._last = key_range, [row for _, _, part in parts for row in part_rows(part, decoder, count())]
        return self._last[1][position - first]._replace(row=number)

    def _parts(
        self, ranges: Iterable[KeyRange], where: GrantFilter, decoder: GrantRecordDecoder
    ) -> Iterator[tuple[RecordRun | Sequence[bytes], Sequence[int]]]:
        """Yield the parts that may match a filter, with the numbers of their grants."""
        for key_range in ranges:
            stretch = -1
            for start, names, part in self._records.keyed_grant_runs(decoder, key_range):
                first = self._first_number(start + names[0], start + names[-1], len(names), stretch)
                stretch = len(self._stretches) - 1
                if not isinstance(part, RecordRun) or _matches(part, where):
                    yield part, range(first, first - len(names), -1)

    def _first_number(self, first: bytes, last: bytes, size: int, before: int = -1) -> int:
        """Return the number of the first of some grants, from one key to another.

        They follow the grants of the stretch `before`, and are added to it if it is short and the last one.
        """
        number, end = self._number, last + b"\x00"
        self._number += size
        if before == len(self._stretches) - 1 >= 0 and number - self._firsts[before] < LONG_STRETCH:
            self._stretches[before] = self._stretches[before][0], end
        else:
            self._firsts.append(number)
            self._stretches.append((first, end))
        return -number - 1


def _is_wanted(grant: GrantRow, where: GrantFilter) -> bool:
    return _matches(grant, where) and (where.principal is None or where.principal == grant.principal_id)


def _matches(grants: GrantRow | RecordRun, where: GrantFilter) -> bool:
    """Return True for grants on what a filter names: a record may stand under a key that is not its own."""
    return (
        where.entitlement in (None, grants.entitlement)
        and where.resource_type in (None, grants.resource_type)
        and where.resource in (None, grants.resource)
    )
