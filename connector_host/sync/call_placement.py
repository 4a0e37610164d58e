"""The place of hook calls: one after another in the main thread, or several at a time in worker threads.

A connector that computes its answers only loses by threads: they take turns, and handing a page over costs more than
making it. One that waits for an application gains by as many as it declares. So the calls of a phase begin alone. When
one waits, the others join it; when they do not wait, they move into the main thread.
"""

from __future__ import annotations

from collections import deque
from statistics import median

from msgspec import Struct

__all__ = ["PATIENCE", "WAIT", "CallCost", "CallPlacement"]

PATIENCE = 0.01
"""Seconds after which a call that is alone is taken to be waiting."""
WAIT = 0.0005
"""Seconds that calls must wait for threads to be worth their cost."""
SAMPLES = 5
"""The last calls, whose median decides; one of them may have been interrupted."""
MEASURED = 8
"""Calls that are measured alone, one after another, before the next ones move into the main thread."""
QUICK_CALLS = 64
"""Calls in worker threads that were quick, one after another, before one is measured alone again."""
BUSY = 0.8
"""The part of a time in which the process computed, from which on a call counts as computing."""


class CallCost(Struct, frozen=True):
    """The seconds that a call took, and those of them in which its thread computed."""

    wall: float
    processor: float

    @property
    def waited(self) -> float:
        """The seconds in which the call waited for something else."""
        return self.wall - self.processor


class CallPlacement:
    """Decision where the calls of one phase run; `workers` is the number of calls that may run at a time.

    `limit` is the number of calls that may run now, `inline` says that they run in the main thread, and `alone` that
    one runs in a worker thread to be measured.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self.inline = workers == 1
        self.alone = not self.inline
        self._waits: deque[float] = deque(maxlen=SAMPLES)
        self._measured, self._quick, self._patience = 0, 0, QUICK_CALLS

    @property
    def limit(self) -> int:
        """The number of calls that may run at a time."""
        return 1 if self.inline or self.alone else self._workers

    def overdue(self, waited: float, processor: float) -> None:
        """Record that a call that is alone has not ended; the process computed for `processor` of `waited` seconds."""
        if self.alone and processor < BUSY * waited:
            self.alone = False

    def ended(self, cost: CallCost, *, alone: bool) -> None:
        """Record the cost of a call that has ended; `alone`: no other one ran when it began."""
        if self._workers == 1 or (self.alone and not alone):
            return
        if self.inline:
            self._waits.append(cost.waited)
            self.inline = median(self._waits) <= WAIT and cost.waited <= PATIENCE
        elif self.alone:
            self._waits.append(cost.waited)
            self._measured += 1
            if self._measured == MEASURED or cost.waited > PATIENCE:
                self.alone, self.inline = False, median(self._waits) <= WAIT and cost.waited <= PATIENCE
                self._patience = QUICK_CALLS if self.inline else 2 * self._patience
                self._measured = self._quick = 0
        else:
            self._quick = self._quick + 1 if cost.wall < PATIENCE else 0
            if self._quick > self._patience:
                self.alone = True
                self._waits.clear()
