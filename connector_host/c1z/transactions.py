"""Work on a database: in a transaction, watched, and with errors that people can act on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import apsw

from ..errors import FileError

__all__ = ["DISK_ERRORS", "ROOM", "Watch", "is_disk_error", "on_disk_errors", "step_progress", "transaction", "watched"]

Watch = Callable[[str], None]
"""Called with the name of the current step, when it begins and often during it. An exception ends the work cleanly: the
step is undone, and finished steps stay for the next time."""

DISK_ERRORS = (apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError)
"""The errors of SQLite for a full or failing disk, and for a folder that may not be written to."""
ROOM = "Make room on the disk, then run the same command again. The output is unchanged."
WATCH_STEPS = 100_000  # of SQLite's virtual machine: some milliseconds


@contextmanager
def transaction(db: apsw.Connection, begin: str = "begin immediate") -> Iterator[None]:
    """Commit the block, or roll it back when it raises. Inside an open transaction the block is a part of that one.

    Unlike apsw's own context manager it passes on an error with which SQLite has already rolled back: that of a full
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


def step_progress(watch: Watch | None, step: str) -> Callable[[int], None] | None:
    """Return the progress function, for work that reports sizes, that calls `watch` with `step`; None without one."""
    return None if watch is None else (lambda _size: watch(step))


@contextmanager
def on_disk_errors(target: str) -> Iterator[None]:
    """Turn errors of the disk, SQLite's and the system's, into FileError; `target` names the file that is written."""
    try:
        yield
    except DISK_ERRORS as error:
        raise FileError(f"{target} cannot be written ({error})", hint=ROOM) from error
    except OSError as error:
        raise FileError(f"{target} cannot be written ({error.strerror})", hint=ROOM) from error


def is_disk_error(error: FileError) -> bool:
    """Return True for an error of the disk, False for one about the content of a file."""
    return isinstance(error.__cause__, (OSError, *DISK_ERRORS))
