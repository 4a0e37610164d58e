"""The calls of a run that are under way, and the actions that wait for their turn."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from msgspec import Struct

from ..model import Page
from .call_placement import PATIENCE, CallCost, CallPlacement
from .hook_calls import Caller
from .working.database import WorkingSync
from .working.queue import QueuedListing

__all__ = ["Calls", "Fetched", "Inline", "Waiting"]

T = TypeVar("T")
FETCH_AHEAD = 64
"""Actions read from the queue at a time."""


class Fetched(Struct, frozen=True):
    """A page, the seconds its call took, and what the call cost with its waits and retries."""

    page: Page[Any]
    seconds: float
    cost: CallCost


class Inline(Executor):
    """Executor that runs each call at once in this thread: handing pages over costs too much when nothing waits."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Return a future that has its result already."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is read
            future.set_exception(error)
        return future


class Calls:
    """The hook calls of a phase that are under way, handed out as they end."""

    def __init__(self, pool: Executor, caller: Caller, workers: int) -> None:
        self._pool, self._caller, self._inline = pool, caller, Inline()
        self._running: dict[Future[Fetched], tuple[QueuedListing, bool]] = {}  # and whether it began alone
        self._ended: SimpleQueue[Future[Fetched]] = SimpleQueue()
        self.placement = CallPlacement(workers)

    def __len__(self) -> int:
        return len(self._running)

    @property
    def have_room(self) -> bool:
        """True when another call may start now."""
        return len(self._running) < self.placement.limit

    def start(self, action: QueuedListing, question: Callable[[Any], Page[Any]]) -> None:
        """Start the call of an action, or make it at once."""
        pool, alone = self._inline if self.placement.inline else self._pool, not self._running
        future = pool.submit(self._fetch, action, question)
        self._running[future] = action, alone
        future.add_done_callback(self._ended.put)

    def _fetch(self, action: QueuedListing, question: Callable[[Any], Page[Any]]) -> Fetched:
        started, computed = time.perf_counter(), time.thread_time()
        page, seconds = self._caller.call(action.hook, action.subject, question)
        return Fetched(page, seconds, CallCost(time.perf_counter() - started, time.thread_time() - computed))

    def next(self, seconds: float) -> tuple[QueuedListing, Future[Fetched]] | None:
        """Return the next call that has ended, or None after so many seconds, or sooner when more calls may start."""
        alone = self.placement.alone and seconds > 0
        started, computed = time.perf_counter(), time.process_time()
        try:
            future = self._ended.get(timeout=min(seconds, PATIENCE) if alone else seconds)
        except Empty:
            if alone:
                self.placement.overdue(time.perf_counter() - started, time.process_time() - computed)
            return None
        action, began_alone = self._running.pop(future)
        if future.exception() is None:
            self.placement.ended(future.result().cost, alone=began_alone)
        return action, future

    def cancel(self) -> None:
        """Cancel the calls that have not begun."""
        for future in self._running:
            future.cancel()


class Waiting:
    """Iterator over the actions of a phase in queue order; may be asked again after it had none.

    The next page of a listing that has begun comes first.
    """

    def __init__(self, work: WorkingSync, phase: int, skip: Callable[[QueuedListing], bool]) -> None:
        self._work, self._phase, self._skip = work, phase, skip
        self._continued: deque[QueuedListing] = deque()
        self._ready: deque[QueuedListing] = deque()
        self._last = 0

    def __iter__(self) -> Waiting:
        return self

    def __next__(self) -> QueuedListing:
        if self._continued:
            return self._continued.popleft()
        while True:
            if not self._ready:
                self._ready.extend(self._work.waiting_listings(self._phase, self._last, FETCH_AHEAD))
                if not self._ready:
                    raise StopIteration
                self._last = self._ready[-1].id
            action = self._ready.popleft()
            if not self._skip(action):
                return action

    def peek(self) -> QueuedListing | None:
        """Return the action that comes next, and leave it there."""
        action = next(self, None)
        if action is not None:
            (self._continued if action.page_token else self._ready).appendleft(action)
        return action

    def add_next_page(self, action: QueuedListing) -> None:
        """Add the next page of a listing, in front."""
        self._continued.append(action)
