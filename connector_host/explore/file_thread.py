"""The one thread that reads the open files: requests come first, background work fills the time between them."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

__all__ = ["FileThread", "FileThreadClosed"]

T = TypeVar("T")


class FileThreadClosed(RuntimeError):
    """Raised for tasks that were waiting when the thread was closed."""


class FileThread:
    """Runs tasks in one thread, in order; background work advances a step at a time while no task waits.

    The files may be opened before the thread begins and closed after it ended, by another thread.
    """

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._background: deque[Iterator[object]] = deque()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="explore", daemon=True)
        self._thread.start()

    def submit(self, task: Callable[[], T]) -> Future[T]:
        """Queue a task and return its future."""
        future: Future[T] = Future()
        if self._closed.is_set():
            future.set_exception(FileThreadClosed())
        else:
            self._tasks.put((task, future))
        return future

    async def run(self, task: Callable[[], T]) -> T:
        """Queue a task and await its result."""
        return await asyncio.wrap_future(self.submit(task))

    def add_background_work(self, work: Iterator[object]) -> None:
        """Add an iterator to work through while no task waits. Call it from a task, in the thread itself."""
        self._background.append(work)

    def close(self) -> None:
        """End after the task that is running; the waiting ones fail with FileThreadClosed."""
        self._closed.set()
        self._tasks.put(None)
        self._thread.join()

    def _loop(self) -> None:
        while not self._closed.is_set():
            try:
                entry = self._tasks.get(block=not self._background)
            except queue.Empty:
                self._step()
                continue
            if entry is not None:
                self._run_task(*entry)
        self._background.clear()
        while not self._tasks.empty():
            entry = self._tasks.get()
            if entry is not None:
                entry[1].set_exception(FileThreadClosed())

    def _step(self) -> None:
        work = self._background[0]
        try:
            next(work)
        except StopIteration:
            self._background.remove(work)

    def _run_task(self, task: Callable[[], Any], future: Future[Any]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(task())
        except BaseException as error:  # noqa: BLE001 - raised again where the result is awaited
            future.set_exception(error)
