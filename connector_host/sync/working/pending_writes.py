"""Writes of pages that are not in the working database yet: they are written together, a few times a second.

A page's writes are collected apart and added as a whole when the page is complete, so the rows of a page and the move
of its queued listing still reach the database together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

__all__ = ["PendingWrites", "QueueRow", "Row"]

Row = tuple[object, ...]
QueueRow = tuple[object, ...]
"""The columns of a queued listing, the id first and the problem last."""


class PendingWrites:
    """Rows by table, moves of the queue, states, counters and remarks; each is empty or waits to be written."""

    def __init__(self) -> None:
        self.pages = 0
        self.rows: dict[str, list[Row]] = {}
        self.queued: dict[int, QueueRow] = {}
        self.moved: dict[int, str] = {}
        self.finished: set[int] = set()
        self.states: dict[str, int] = {}
        self.counters: Counter[str] = Counter()
        self.items: dict[tuple[str, str], tuple[int, int]] = {}
        self.remarks: dict[str, list[str]] = {}

    def add_rows(self, table: str, rows: Iterable[Row]) -> None:
        """Add rows of a table, behind those that wait."""
        self.rows.setdefault(table, []).extend(rows)

    def move(self, listing: int, page_token: str) -> None:
        """Move a listing of the queue to a page token."""
        self.moved[listing] = page_token

    def finish(self, listing: int) -> None:
        """Remove a listing from the queue."""
        self.moved.pop(listing, None)
        if self.queued.pop(listing, None) is None:
            self.finished.add(listing)

    def count(self, counters: Mapping[str, int]) -> None:
        """Add to counters."""
        for name, number in counters.items():
            self.counters[name] += number

    def count_items(self, hook: str, resource_type: str, items: int, malformed: int) -> None:
        """Add to the numbers of items and malformed items of a hook and resource type."""
        before = self.items.get((hook, resource_type), (0, 0))
        self.items[hook, resource_type] = before[0] + items, before[1] + malformed

    def remark(self, counter: str, names: Iterable[str]) -> None:
        """Add examples of a counter."""
        self.remarks.setdefault(counter, []).extend(names)

    def add(self, page: PendingWrites) -> None:
        """Add the writes of a complete page."""
        self.pages += 1
        for table, rows in page.rows.items():
            self.add_rows(table, rows)
        self.queued.update(page.queued)
        self.moved.update(page.moved)
        for listing in page.finished:
            self.finish(listing)
        self.states.update(page.states)
        if page.counters:
            self.count(page.counters)
        for (hook, resource_type), numbers in page.items.items():
            self.count_items(hook, resource_type, *numbers)
        for counter, names in page.remarks.items():
            self.remark(counter, names)
