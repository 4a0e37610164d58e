"""The queue of the listings that a running sync has yet to do, as a table of its working database.

One row is one listing that is under way or waiting: which hook, for what, at which page token. A page's rows and the
move of its queue row are one transaction, so a killed run resumes where its last stored page ended.

Ids only grow while a process has the queue open: work that turns up late must not get the id of work that was finished
before it, or it would lie behind those who read the queue from the last id they have seen. They are given here because
SQLite's own way to do that would leave a table of its own in the finished file.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from itertools import count

import apsw
from msgspec import Struct

from .pending_writes import PendingWrites

__all__ = ["Phase", "Queue", "QueuedListing"]

DDL = (
    """create table if not exists host_queue (
    id integer primary key,
    phase integer not null,
    hook text not null,
    resource_type text not null default '',
    resource text not null default '',
    parent_type text not null default '',
    parent text not null default '',
    page_token text,
    problem text
)""",
    "create index if not exists host_queue_phase on host_queue (phase, id) where problem is null",
)
COLUMNS = "id, phase, hook, resource_type, resource, parent_type, parent, page_token"


class Phase(enum.IntEnum):
    """The order in which things are listed."""

    RESOURCE_TYPES = 1
    RESOURCES = 2
    STATIC_ENTITLEMENTS = 3
    ENTITLEMENTS = 4
    GRANTS = 5


class QueuedListing(Struct, frozen=True, kw_only=True):
    """One listing to do: `hook` for a type, a resource or a parent, at `page_token` (None: the first page)."""

    id: int = 0
    phase: int
    hook: str
    resource_type: str = ""
    resource: str = ""
    parent_type: str = ""
    parent: str = ""
    page_token: str | None = None

    @property
    def subject(self) -> str:
        """The subject of the listing, for messages: `group`, `group:g1`, `user under org:o1`."""
        name = f"{self.resource_type}:{self.resource}" if self.resource else self.resource_type or "everything"
        return f"{name} under {self.parent_type}:{self.parent}" if self.parent_type else name


class Queue:
    """The pending actions. The caller holds the transaction.

    `writes` returns the writes that are being collected: additions, moves and ends wait there until `write`.
    """

    def __init__(self, db: apsw.Connection, writes: Callable[[], PendingWrites]) -> None:
        self._db, self._writes = db, writes
        for statement in DDL:
            db.execute(statement)
        self._ids = count(int(db.execute("select coalesce(max(id), 0) + 1 from host_queue").get))

    def push(self, actions: Iterable[QueuedListing], problem: str | None = None) -> None:
        """Add actions behind those that wait; their ids are assigned here. `problem`: they could not be read."""
        queued = self._writes().queued
        for a in actions:
            number = next(self._ids)
            queued[number] = (
                *(number, a.phase, a.hook, a.resource_type, a.resource, a.parent_type, a.parent, a.page_token),
                problem,
            )

    def write(self, writes: PendingWrites) -> None:
        """Write what waits: additions, then moves and ends, because these may be of what was just added."""
        if writes.queued:
            statement = f"insert into host_queue ({COLUMNS}, problem) values (?,?,?,?,?,?,?,?,?)"
            self._db.executemany(statement, list(writes.queued.values()))
        if writes.moved:
            moves = [(token, number) for number, token in writes.moved.items()]
            self._db.executemany("update host_queue set page_token = ? where id = ?", moves)
        if writes.finished:
            ends = [(number,) for number in writes.finished]
            self._db.executemany("delete from host_queue where id = ?", ends)

    def push_resources(self, select: str, values: Sequence[object]) -> int:
        """Add the rows of a statement, `phase, hook, resource_type, resource`, and return their number."""
        first = next(self._ids)
        self._db.execute(
            "insert into host_queue (id, phase, hook, resource_type, resource)"
            f" select ? + row_number() over () - 1, * from ({select})",
            (first, *values),
        )
        added = self._db.changes()
        self._ids = count(first + added)
        return added

    def pending(self, phase: int, after: int, limit: int) -> list[QueuedListing]:
        """Return the next actions of a phase with ids above `after`, oldest first."""
        rows = self._db.execute(
            f"select {COLUMNS} from host_queue where phase = ? and id > ? and problem is null order by id limit ?",
            (phase, after, limit),
        )
        return [_action(row) for row in rows]

    def remaining(self) -> int:
        """Return the number of actions left, without the unread ones."""
        return int(self._db.execute("select count(*) from host_queue where problem is null").get)

    def count_pending(self, phase: int) -> int:
        """Return the number of actions of a phase that are left, without the unread ones."""
        statement = "select count(*) from host_queue where phase = ? and problem is null"
        return int(self._db.execute(statement, (phase,)).get)

    def advance(self, action: QueuedListing, page_token: str) -> None:
        """Move an action whose page is stored to its next page."""
        self._writes().move(action.id, page_token)

    def finish(self, action: QueuedListing) -> None:
        """Remove an action whose last page is stored."""
        self._writes().finish(action.id)

    def set_unread(self, action: QueuedListing, problem: str) -> None:
        """Record that an action could not be read; it stays in the table, to be retried by the next run."""
        self._db.execute("update host_queue set problem = ? where id = ?", (problem, action.id))

    def push_unread(self, action: QueuedListing, problem: str) -> None:
        """Add a page that was stored but has gaps as one that could not be read, to be retried by the next run."""
        self.push([action], problem)

    def unread(self) -> list[tuple[QueuedListing, str]]:
        """Return the actions that could not be read, and why."""
        rows = self._db.execute(f"select {COLUMNS}, problem from host_queue where problem is not null order by id")
        return [(_action(row[:-1]), row[-1]) for row in rows]

    def retry_unread(self) -> int:
        """Make the unread ones pending again, and return their number."""
        self._db.execute("update host_queue set problem = null where problem is not null")
        return self._db.changes()


def _action(row: tuple[object, ...]) -> QueuedListing:
    names = ("id", "phase", "hook", "resource_type", "resource", "parent_type", "parent", "page_token")
    return QueuedListing(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type]
