"""Work on a database: as a transaction, with a rollback journal, watched, and with errors a person can act on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import apsw

from ..errors import FileError

__all__ = ["DISK_ERRORS", "ROOM", "Watch", "on_disk_errors", "rollback_journal", "transaction", "watched"]

Watch = Callable[[str], None]
"""Called with the name of the step under way, when it begins and often during it. What it raises ends the work cleanly:
the step is undone, and what is finished stays for the next time."""

DISK_ERRORS = (apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError)
"""What SQLite raises when the disk is full or fails, or the folder may not be written to."""
ROOM = "Make room on the disk, then run the same command: it goes on. The output is as it was."
WATCH_STEPS = 100_000  # of SQLite's virtual machine: some milliseconds


@contextmanager
def transaction(db: apsw.Connection, begin: str = "begin immediate") -> Iterator[None]:
    """All of the block or nothing; a part of the transaction that is open, if one is; else `begin` opens one.

    Unlike apsw's own context manager it lets the error through with which SQLite has already rolled back: of a full
    disk, or of an interrupted statement.
    """
    nested = not db.getautocommit()
    begin, end, undo = (
        ("savepoint part", "release part", "rollback to part; release part")
        if nested
        else (begin, "commit", "rollback")
    )
    db.execute(begin)
    try:
        yield
        db.execute(end)
    except BaseException:
        if not db.getautocommit():
            db.execute(undo)
        raise


@contextmanager
def rollback_journal(db: apsw.Connection) -> Iterator[None]:
    """A rollback journal instead of a write-ahead log for the time of the block, where nobody else has the file open.

    It is as safe, with `synchronous=FULL`: with NORMAL, which is enough for the log, a power loss may leave a journal
    whose head says more than is there. And appended pages are written once instead of twice: copying a million grants
    takes 1.3 instead of 2.6 s, indexing them 3.4 instead of 4.4 s. No transaction may be open.
    """
    before = str(db.pragma("journal_mode"))
    if before == "wal":
        with suppress(apsw.BusyError, apsw.LockedError):
            db.pragma("journal_mode", "delete")
            db.pragma("synchronous", "full")
    try:
        yield
    finally:
        if before == "wal":
            with suppress(apsw.Error):  # a full disk, say; nothing depends on it, and whoever opens it next asks again
                db.pragma("journal_mode", "wal")
                db.pragma("synchronous", "normal")


@contextmanager
def watched(db: apsw.Connection, step: str, watch: Watch | None) -> Iterator[None]:
    """Call `watch` with `step` now and while statements of the block run."""
    if watch is None:
        yield
        return

    def handler() -> bool:
        watch(step)
        return False

    watch(step)
    db.set_progress_handler(handler, WATCH_STEPS, id=watched)
    try:
        yield
    finally:
        db.set_progress_handler(None, id=watched)


@contextmanager
def on_disk_errors(what: str) -> Iterator[None]:
    """Turn SQLite's errors about writing into FileError; `what` is being written."""
    try:
        yield
    except DISK_ERRORS as error:
        raise FileError(f"{what} cannot be written ({error})", hint=ROOM) from error
