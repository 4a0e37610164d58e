"""Early flushing of the write-ahead log of a running sync, so that no one waits for it later.

SQLite syncs the log before it moves it into the database, 64 MiB at a time, and the sync waits: over a second for
1,000,000 grants. The waiting is done here, in a thread, a little at a time. Nothing depends on it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...operating_system import DESCRIPTOR_FLAGS, sync_descriptor

__all__ = ["flushed_early"]

PAUSE = 0.1  # seconds


@contextmanager
def flushed_early(database: Path) -> Iterator[None]:
    """Flush the log of the database at `database` again and again, in a thread beside the block.

    Only the log: SQLite's locks are on the other two files, and a process that closes a file loses its locks on it.
    """
    over = threading.Event()
    log = database.with_name(f"{database.name}-wal")

    def run() -> None:
        with suppress(OSError):  # SQLite meets it, too, and says so
            while not over.wait(PAUSE):
                if not log.exists():
                    continue
                descriptor = os.open(log, os.O_RDONLY | DESCRIPTOR_FLAGS)
                try:
                    sync_descriptor(descriptor)
                finally:
                    os.close(descriptor)

    thread = threading.Thread(target=run, name="flushing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
