"""The one thread that has the files open: requests come first, the filling of catalogues goes on in between."""

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
    """The desk was closed while something was asked of it."""


class FileThread:
    """Runs what it is given in one thread, in order. `spare` are chores, taken a step at a time while nobody asks.

    What it works on may be opened before it and closed after it, by another thread.
    """

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._chores: deque[Iterator[object]] = deque()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="explore", daemon=True)
        self._thread.start()

    def submit(self, question: Callable[[], T]) -> Future[T]:
        """Have something done; gives its future."""
        answer: Future[T] = Future()
        if self._closed.is_set():
            answer.set_exception(FileThreadClosed())
        else:
            self._asked.put((question, answer))
        return answer

    async def ask(self, question: Callable[[], T]) -> T:
        """The same for a coroutine."""
        return await asyncio.wrap_future(self.submit(question))

    def spare(self, chore: Iterator[object]) -> None:
        """Work through an iterator while nothing is asked. To be called from the desk's own thread."""
        self._chores.append(chore)

    def close(self) -> None:
        """End after the question that is being answered; the others fail with Closed."""
        self._closed.set()
        self._asked.put(None)
        self._thread.join()

    def _work(self) -> None:
        while not self._closed.is_set():
            try:
                item = self._asked.get(block=not self._chores)
            except queue.Empty:
                self._step()
                continue
            if item is not None:
                self._answer(*item)
        self._chores.clear()
        while not self._asked.empty():
            item = self._asked.get()
            if item is not None:
                item[1].set_exception(FileThreadClosed())

    def _step(self) -> None:
        chore = self._chores[0]
        try:
            next(chore)
        except StopIteration:
            self._chores.remove(chore)

    def _answer(self, question: Callable[[], Any], answer: Future[Any]) -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            answer.set_result(question())
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever asked
            answer.set_exception(error)
