"""The buffer of the pages of a running sync, and the counters that are written with them.

Pages are collected in memory and written together by `flush`: a few times a second while pages come quickly, and
whenever the run would wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import apsw

from ...c1z import transactions
from .page_writer import PageWriter
from .pending_writes import PendingWrites
from .queue import Queue, QueuedListing

__all__ = ["PageBuffer", "disk_transaction"]


class PageBuffer:
    """The pages of one sync on their way into its database. Used by one thread."""

    def __init__(self, db: apsw.Connection, sync_id: str) -> None:
        self._db = db
        self.sync_id = sync_id
        self._pending, self._page, self._is_open = PendingWrites(), PendingWrites(), False
        self.queue = Queue(db, lambda: self._page)
        self._writer = PageWriter(db, sync_id, self.queue)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction: all or nothing. Pages that wait are written in front of it."""
        waiting, self._pending, self._page, self._is_open = self._pending, PendingWrites(), PendingWrites(), True
        try:
            with disk_transaction(self._db):
                self._writer.write(waiting)
                yield
                self._writer.write(self._page)
        except BaseException:
            self._pending = waiting
            raise
        finally:
            self._page, self._is_open = PendingWrites(), False

    @contextmanager
    def page(self) -> Iterator[None]:
        """Collect the writes of a page, for the next `flush` or transaction; none of them when the block raises.

        The block reads nothing that it wrote.
        """
        self._page = PendingWrites()
        try:
            yield
            self._pending.add(self._page)
        finally:
            self._page = PendingWrites()

    @property
    def pending_pages(self) -> int:
        """The number of pages that wait to be written."""
        return self._pending.pages

    def flush(self) -> None:
        """Write what waits, in one transaction."""
        if self._is_open:
            page, self._page = self._page, PendingWrites()
            self._writer.write(page)
        elif self._pending.pages:
            with disk_transaction(self._db):
                self._writer.write(self._pending)
            self._pending = PendingWrites()

    def waiting_listings(self, phase: int, after: int, limit: int) -> list[QueuedListing]:
        """Return the next listings of a phase in the queue with ids above `after`, oldest first."""
        if self._pending.queued:
            self.flush()
        return self.queue.pending(phase, after, limit)

    def attempt(self, write: Callable[[], None]) -> None:
        """Call `write` within a page or transaction; what it wrote is undone when it raises."""
        if self._is_open:
            self.flush()
        marks = {table: len(rows) for table, rows in self._page.rows.items()}
        try:
            if self._is_open:
                with transactions.transaction(self._db):
                    write()
                    self.flush()
            else:
                write()
        except BaseException:
            for table, rows in self._page.rows.items():
                del rows[marks.get(table, 0) :]
            raise

    def _flush_table(self, table: str) -> None:
        if self._is_open or table in self._pending.rows:
            self.flush()

    # ----------------------------------------------------------------------------------------------- state

    def state(self, key: str, default: int = 0) -> int:
        """Return a number the host keeps with the sync."""
        self.flush()
        value = self._db.execute("select value from host_state where key = ?", (key,)).get
        return default if value is None else int(value)

    def set_state(self, key: str, value: int) -> None:
        """Keep a number."""
        self._page.states[key] = value

    def count_up(self, counters: Mapping[str, int]) -> None:
        """Add to counters; they outlive a killed run."""
        self._page.count(counters)

    def remark(self, counter: str, names: Iterable[str]) -> None:
        """Keep examples of what a counter counts, as far as there is room."""
        self._page.remark(counter, names)

    def remarks(self, counter: str) -> list[str]:
        """Return the examples of a counter."""
        self.flush()
        return [
            str(name) for (name,) in self._db.execute("select name from host_remarks where counter = ?", (counter,))
        ]

    def count_items(self, hook: str, resource_type: str, items: int, malformed: int) -> None:
        """Add to the numbers of items and malformed items of a hook and resource type."""
        self._page.count_items(hook, resource_type, items, malformed)

    def item_counts(self, hook: str, resource_type: str) -> tuple[int, int]:
        """Return the numbers of items and malformed items of a hook and resource type."""
        self.flush()
        statement = "select items, malformed from host_items where hook = ? and resource_type = ?"
        row = self._db.execute(statement, (hook, resource_type)).fetchone()
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def malformed_counts(self) -> list[tuple[str, str, int, int]]:
        """Return hook, resource type, items and malformed items, where there are malformed ones."""
        self.flush()
        rows = self._db.execute("select hook, resource_type, items, malformed from host_items where malformed > 0")
        return [(str(hook), str(name), int(items), int(malformed)) for hook, name, items, malformed in rows]

    def counters(self) -> dict[str, int]:
        """Return all counters, by name."""
        self.flush()
        rows = self._db.execute("select substr(key, 7), value from host_state where key like 'count:%' order by key")
        return {str(name): int(value) for name, value in rows}


@contextmanager
def disk_transaction(db: apsw.Connection) -> Iterator[None]:
    """Open a transaction of which errors of the disk are FileError."""
    with transactions.on_disk_errors("the working state"), transactions.transaction(db):
        yield
