"""The checks of a v1 database in a thread: SQLite's own takes as long as all other reading, and needs no Python."""

from __future__ import annotations

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread

from .checks import integrity
from .guarded_database import GuardedDatabase

__all__ = ["BackgroundCheck"]


class BackgroundCheck:
    """A running check of a database that nobody else uses meanwhile; `close` ends it early."""

    def __init__(self, database: GuardedDatabase) -> None:
        self._database = database
        self._results: SimpleQueue[str | BaseException | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="integrity", daemon=True)
        self._thread.start()

    def faults(self) -> Iterator[str]:
        """Yield one sentence for each fault as it comes. Raises FileError like `checks.integrity`. Once only."""
        while (result := self._results.get()) is not None:
            if isinstance(result, BaseException):
                raise result
            yield result

    def close(self) -> None:
        """Interrupt the check, and wait for its end."""
        self._database.interrupt()
        self._thread.join()

    def _run(self) -> None:
        try:
            for fault in integrity(self._database):
                self._results.put(fault)
        except BaseException as error:  # noqa: BLE001 - it is raised where the faults are read
            self._results.put(error)
        else:
            self._results.put(None)
