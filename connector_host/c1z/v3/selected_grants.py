"""Grants of a v3 file that are found by their keys, without a table: on an entitlement, on a resource, of a principal.

The key of a grant begins with its resource and its entitlement, so such grants stand together. Their row numbers are
negative and go down with each grant that is read; a grant that is read twice has two. For a stretch of grants only its
first and last key are kept.
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
from . import grant_streams, keys
from .record_reader import GRANT_KEYS, RecordReader

__all__ = ["KeyRange", "SelectedGrants", "key_of", "key_ranges"]

KeyRange = tuple[bytes, bytes]
"""The keys from the first one up to, but without, the second one."""
MOST_QUESTIONS, MOST_GRANTS = 500, 2_000_000
"""Questions that are answered by keys, and grants that are read for them, before a table of all grants is quicker."""


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


def key_of(grant: GrantRow) -> GrantKey:
    """Return the ids of a grant."""
    return GrantKey(grant.entitlement, grant.principal_type, grant.principal, grant.row)


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
        self._last: tuple[int, list[GrantRow]] = (-1, [])

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
            for row in grant_streams.part_rows(part, decoder, iter(numbers)):
                if _matches(row, where) and where.principal in (None, row.principal_id):
                    yield row

    def keys(self, ranges: Iterable[KeyRange], where: GrantFilter) -> Iterator[GrantKey]:
        """Yield the ids of the grants of `rows`."""
        decoder = GrantRecordDecoder()
        for part, numbers in self._parts(ranges, where, decoder):
            if isinstance(part, RecordRun) and where.principal is None:
                yield from grant_streams.run_keys(part, numbers)
                continue
            for row in grant_streams.part_rows(part, decoder, iter(numbers)):
                if _matches(row, where) and where.principal in (None, row.principal_id):
                    yield key_of(row)

    def held(self, principal: ResourceId, where: GrantFilter) -> Iterator[GrantRow]:
        """Yield the grants of a principal that match the rest of a filter, by the index of them."""
        for key, grant in self._records.held(principal):
            if _matches(grant, where):
                (number,) = self._numbers(key, key, 1)
                yield with_expansion(grant._replace(row=number))

    def find(self, grant_id: str) -> GrantRow | None:
        """Return the first grant with an id, None if there is none."""
        decoder = GrantRecordDecoder()
        for part, numbers in self._parts([GRANT_KEYS], EVERY_GRANT, decoder):
            if not isinstance(part, RecordRun) or grant_id.startswith(part.id_start):
                for row in grant_streams.part_rows(part, decoder, iter(numbers)):
                    if row.id == grant_id:
                        return row
        return None

    def at(self, number: int) -> GrantRow | None:
        """Return the grant that has a number, None if there is none."""
        position = -number - 1
        if not 0 <= position < self._number:
            return None
        stretch = bisect_right(self._firsts, position) - 1
        if self._last[0] != stretch:
            decoder, numbers = GrantRecordDecoder(), count(-self._firsts[stretch] - 1, -1)
            parts = self._records.keyed_grant_runs(decoder, self._stretches[stretch])
            rows = [row for _, _, part in parts for row in grant_streams.part_rows(part, decoder, numbers)]
            self._last = stretch, rows
        return self._last[1][position - self._firsts[stretch]]

    def _parts(
        self, ranges: Iterable[KeyRange], where: GrantFilter, decoder: GrantRecordDecoder
    ) -> Iterator[tuple[RecordRun | Sequence[bytes], Sequence[int]]]:
        """Yield the parts that may match a filter, with the numbers of their grants."""
        for key_range in ranges:
            for start, names, part in self._records.keyed_grant_runs(decoder, key_range):
                numbers = self._numbers(start + names[0], start + names[-1], len(names))
                if not isinstance(part, RecordRun) or _matches(part, where):
                    yield part, numbers

    def _numbers(self, first: bytes, last: bytes, size: int) -> Sequence[int]:
        """Return the numbers of the grants from one key to another."""
        number = self._number
        self._firsts.append(number)
        self._stretches.append((first, last + b"\x00"))
        self._number += size
        return range(-number - 1, -number - 1 - size, -1)


def _matches(grants: GrantRow | RecordRun, where: GrantFilter) -> bool:
    """Return True for grants on what a filter names: a record may stand under a key that is not its own."""
    return (
        where.entitlement in (None, grants.entitlement)
        and where.resource_type in (None, grants.resource_type)
        and where.resource in (None, grants.resource)
    )
