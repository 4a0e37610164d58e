"""The merge of sources of entries into one stream of live entries: the newest of each key, unless it is deleted.

Each source yields blocks of entries in order. Where only one of them has keys in a stretch, its blocks pass unchanged;
only where sources overlap, their keys are compared one by one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

from .blocks import DELETES, NO_ROWS, EntryColumns, RangeDelete, Rows

__all__ = ["Gaps", "merge"]


class Gaps:
    """Range deletions as stretches that do not overlap: in each, entries older than a sequence number are deleted."""

    def __init__(self, deletions: Iterable[RangeDelete]) -> None:
        self._deletions: list[RangeDelete] = []
        self._starts: list[bytes] = []
        self._stretches: list[RangeDelete] = []
        self.add(deletions)

    def add(self, deletions: Iterable[RangeDelete]) -> None:
        """Add the deletions of a table that is opened before any of the keys that they delete is merged."""
        before = len(self._deletions)
        self._deletions += deletions
        if len(self._deletions) > before:
            self._stretches = list(_flatten(sorted(self._deletions)))
            self._starts = [stretch.start for stretch in self._stretches]

    def within(self, first: bytes, last: bytes) -> Sequence[RangeDelete]:
        """Return the stretches that touch the keys from `first` to `last`."""
        low = bisect_right(self._starts, first)
        if low and self._stretches[low - 1].end > first:
            low -= 1
        return self._stretches[low : bisect_right(self._starts, last)]


def _flatten(deletions: Sequence[RangeDelete]) -> Iterator[RangeDelete]:
    """Split range deletions, sorted by their starts, at all starts and ends; yield the newest of each part."""
    bounds = sorted({bound for deletion in deletions for bound in (deletion.start, deletion.end)})
    heap: list[tuple[int, bytes]] = []
    at = 0
    for start, end in pairwise(bounds):
        while at < len(deletions) and deletions[at].start <= start:
            heappush(heap, (-deletions[at].sequence, deletions[at].end))
            at += 1
        while heap and heap[0][1] <= start:
            heappop(heap)
        if heap:
            yield RangeDelete(start, end, -heap[0][0])


class _Cursor:
    """A position in a source."""

    def __init__(self, blocks: Iterator[Rows]) -> None:
        self._blocks = blocks
        self.rows = NO_ROWS
        self.at = 0
        self.key = b""

    def move(self, at: int) -> bool:
        """Move to a position of the block, or to the next block; return False at the end of the source."""
        while at >= len(self.rows):
            following = next(self._blocks, None)
            if following is None:
                return False
            self.rows, at = following, 0
        self.at = at
        self.key = self.rows.keys[at] if at else self.rows.first
        return True


def merge(sources: Iterable[Iterator[Rows]], gaps: Gaps) -> Iterator[Rows]:
    """Yield the live entries of all sources together, in parts no larger than the blocks of the sources.

    Keys ascend, each comes once. Their kinds and sequence numbers mean nothing any more.
    """
    heap = [
        (cursor.key, number, cursor)
        for number, cursor in enumerate(_Cursor(source) for source in sources)
        if cursor.move(0)
    ]
    heapify(heap)
    done: bytes | None = None  # the last key whose newest entry has been seen
    while heap:
        key, number, cursor = heappop(heap)
        rows, at = cursor.rows, cursor.at
        if heap and heap[0][0] == key:
            yield from _live(_newest(key, [cursor, *(cursor_at_key for _, _, cursor_at_key in heap)]), 0, 1, done, gaps)
            end = bisect_right(rows.keys, key, at)
            done = key
        else:
            end = bisect_left(rows.keys, heap[0][0], at) if heap and heap[0][0] <= rows.last else len(rows)
            yield from _live(rows, at, end, done, gaps)
            done = rows.last if end == len(rows) else rows.keys[end - 1]
        if cursor.move(end):
            heappush(heap, (cursor.key, number, cursor))


def _newest(key: bytes, cursors: Iterable[_Cursor]) -> Rows:
    """Return the newest entry of a key: each source has its own newest first."""
    at_key = [cursor for cursor in cursors if cursor.key == key]
    newest = max(at_key, key=lambda cursor: cursor.rows.sequences[cursor.at])
    return newest.rows.part(newest.at, newest.at + 1)


def _live(rows: Rows, start: int, end: int, done: bytes | None, gaps: Gaps) -> Iterator[Rows]:
    """Yield the live entries of a stretch in which no other source has keys. `done` is the key before."""
    first = rows.keys[start] if start else rows.first
    stretches = gaps.within(first, rows.last if end == len(rows) else rows.keys[end - 1])
    if rows.plain and first != done and not stretches:
        yield rows.part(start, end)
        return
    keys, values = rows.keys, rows.values
    live: Sequence[int] = range(start, end)
    if not rows.plain or first == done:
        live = [n for n in live if keys[n] != (keys[n - 1] if n > start else done)]
    if stretches:
        deleted = {
            n
            for stretch in stretches
            for n in range(bisect_left(keys, stretch.start, start, end), bisect_left(keys, stretch.end, start, end))
            if rows.sequences[n] < stretch.sequence
        }
        live = [n for n in live if n not in deleted]
    if rows.kinds is not None:
        live = [n for n in live if rows.kinds[n] not in DELETES]
    if live:
        yield Rows(EntryColumns([keys[n] for n in live], [values[n] for n in live], ()), plain=True)
