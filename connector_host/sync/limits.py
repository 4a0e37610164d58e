"""The bounds of a run: the number of calls in a time, and the duration of the whole."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from ..errors import BudgetSpent, ConnectorError, Stopped
from ..model import RateLimit, RateLimitStatus
from ..run import Run

__all__ = ["Pace", "deadline"]

LONGEST_WINDOW = 3600.0


class _Window:
    """At most `requests` starts in any `seconds`: a start is `seconds` after the one `requests` before it."""

    def __init__(self, limit: RateLimit) -> None:
        self._seconds = limit.seconds
        self._starts: deque[float] = deque(maxlen=limit.requests)

    def next(self, at: float) -> float:
        """Return the earliest time from `at` on that a call may start."""
        full = len(self._starts) == self._starts.maxlen
        return max(at, self._starts[0] + self._seconds) if full else at

    def take(self, at: float) -> None:
        """Record that a call starts at `at`."""
        self._starts.append(at)


class Pace:
    """The rate limits that the calls of all threads of a run share. Every attempt of a call counts."""

    def __init__(self, limits: Iterable[RateLimit], run: Run, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._windows = [(frozenset(limit.hooks), _Window(limit)) for limit in limits]
        self._run, self._clock = run, clock
        self._lock = threading.Lock()
        self._remaining = 0  # calls that the application allows until `_reset`
        self._reset = 0.0

    def reserve(self, hook: str) -> float:
        """Reserve the next start for a call of `hook`; return the seconds to wait for it."""
        windows = [window for hooks, window in self._windows if not hooks or hook in hooks]
        if not windows and not self._reset:
            return 0.0
        with self._lock:
            now = self._clock()
            at = self._allowed(now)
            for _ in windows:  # the place after one window may be full in another: that many rounds settle it
                for window in windows:
                    at = window.next(at)
            for window in windows:
                window.take(at)
        return at - now

    def _allowed(self, now: float) -> float:
        """Return when the next call may start by what the application reported, and count that call."""
        if not self._reset or self._reset <= now:
            self._reset = 0.0
            return now
        if self._remaining > 0:
            self._remaining -= 1
            return now
        return self._reset

    def report(self, status: RateLimitStatus) -> None:
        """Record what the application reported of its limit: calls left, and the time when its window ends.

        Until then no more calls start than are left. At most `LONGEST_WINDOW` seconds are waited: a later time is more
        often a fault of the connector than of the application.
        """
        if status.reset_at is None:
            return
        reset_at = status.reset_at if status.reset_at.tzinfo is not None else status.reset_at.replace(tzinfo=UTC)
        seconds = min((reset_at - datetime.now(UTC)).total_seconds(), LONGEST_WINDOW)
        with self._lock:
            if seconds > 0:
                self._remaining, self._reset = max(0, status.remaining), self._clock() + seconds
            else:
                self._reset = 0.0

    def wait(self, seconds: float) -> None:
        """Wait for the reserved start; Stopped when the run stops."""
        if not self._run.sleep(seconds):
            raise Stopped("the run was stopped")


@contextmanager
def deadline(run: Run, seconds: float | None) -> Iterator[None]:
    """Stop `run` when the block takes longer than so many seconds; what leaves it is then BudgetSpent."""
    if seconds is None:
        yield
        return
    spent = threading.Event()

    def spend() -> None:
        if not run.stopping.is_set():
            spent.set()
            run.stop(_budget_spent(seconds))

    timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), spend)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (Stopped, ConnectorError) as error:  # a call that is cut short may fail in its own way
        if not spent.is_set():
            raise
        raise _budget_spent(seconds) from error
    finally:
        timer.cancel()


def _budget_spent(seconds: float) -> BudgetSpent:
    return BudgetSpent(
        f"the deadline of {seconds:g} seconds has passed",
        hint="The checkpoint is kept: run the same command again to resume.",
    )
