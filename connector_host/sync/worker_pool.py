"""The calls of a run that are under way, and the actions that wait for their turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from ..model import Page
from .hook_calls import Caller
from .working.database import WorkingSync
from .working.queue import QueuedListing

__all__ = ["Calls", "Fetched", "Inline", "Waiting"]

T = TypeVar("T")
Fetched = tuple[Page[Any], float]
"""A page, and the seconds its call took."""
FETCH_AHEAD = 64
"""Actions read from the queue at a time."""


class Inline(Executor):
    """Executor that runs each call at once in this thread: with one worker, handing pages over costs too much."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Return a future that has its result already."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is read
            future.set_exception(error)
        return future


class Calls:
    """The hook calls under way in the pool, handed out as they end."""

    def __init__(self, pool: Executor, caller: Caller) -> None:
        self._pool, self._caller = pool, caller
        self._running: dict[Future[Fetched], QueuedListing] = {}
        self._ended: SimpleQueue[Future[Fetched]] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._running)

    def start(self, action: QueuedListing, question: Callable[[Any], Page[Any]]) -> None:
        """Submit the call of an action."""
        future = self._pool.submit(self._caller.call, action.hook, action.subject, question)
        self._running[future] = action
        future.add_done_callback(self._ended.put)

    def next(self, seconds: float) -> tuple[QueuedListing, Future[Fetched]] | None:
        """Return the next call that has ended, or None after so many seconds."""
        try:
            future = self._ended.get(timeout=seconds)
        except Empty:
            return None
        return self._running.pop(future), future

    def cancel(self) -> None:
        """Cancel the calls that have not begun."""
        for future in self._running:
            future.cancel()


class Waiting:
    """Iterator over the actions of a phase in queue order; may be asked again after it had none."""

    def __init__(self, work: WorkingSync, phase: int, skip: Callable[[QueuedListing], bool]) -> None:
        self._work, self._phase, self._skip = work, phase, skip
        self._ready: deque[QueuedListing] = deque()
        self._last = 0

    def __iter__(self) -> Waiting:
        return self

    def __next__(self) -> QueuedListing:
        while True:
            if not self._ready:
                self._ready.extend(self._work.queue.pending(self._phase, self._last, FETCH_AHEAD))
                if not self._ready:
                    raise StopIteration
                self._last = self._ready[-1].id
            action = self._ready.popleft()
            if not self._skip(action):
                return action
