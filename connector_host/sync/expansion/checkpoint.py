"""Expansion as a step of a sync: its checkpoint is in the working database, and it can be stopped."""

from __future__ import annotations

from contextlib import AbstractContextManager

from ...errors import Stopped
from ...run import Run
from ..observers import Observers
from ..working.database import WorkingSync
from .expander import expand

__all__ = ["expand_sync", "restart_expansion"]

DONE = "expansion nodes done"


def expand_sync(work: WorkingSync, run: Run, observers: Observers) -> None:
    """Expand all grants of a collected sync, from where an earlier attempt ended."""
    if not work.state("expandable"):
        return
    observers.working("expanding")
    rows, place = work.expansion_rows(), StoredProgress(work, run, observers)
    with work.written_once():
        work.unpack_grants()
        folded = rows.prepare(again=place.done > 0)
        if folded and not place.done:
            with work.transaction():
                work.count_up({"merged grants": folded})
        expand(rows, place)


def restart_expansion(work: WorkingSync) -> None:
    """Start an expansion that has begun again, because more grants are to come; the caller holds the transaction.

    The grants that it generated so far become rows and stay.
    """
    if work.state(DONE):
        work.unpack_all_grants()
        work.set_state(DONE, 0)


class StoredProgress:
    def __init__(self, work: WorkingSync, run: Run, observers: Observers) -> None:
        self._work, self._run, self._observers = work, run, observers
        self.done = work.state(DONE)

    def transaction(self) -> AbstractContextManager[object]:
        """Open a transaction: all or nothing."""
        return self._work.transaction()

    def finished(self, nodes: int, created: int, dropped_edges: int) -> None:
        """Store how many nodes are done, and what the last of them added."""
        self._work.set_state(DONE, nodes)
        self._work.count_up({"expanded": created, "dropped expansion edges": dropped_edges})

    def report(self, nodes: int, of: int) -> None:
        """Report progress to observers; Stopped when the run is to end."""
        if self._run.stopping.is_set():
            raise Stopped("the run was stopped")
        self._observers.working("expanding", nodes, of)
