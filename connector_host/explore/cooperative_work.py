"""Long work that cannot be cut into an iterator, in turns all the same: it pauses, others go on, it is let go on.

The work has a thread of its own, but never runs beside the thread that steps it: one waits while the other works.
What both use (an open database) is therefore never used by two at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

__all__ = ["WorkCancelled", "run_in_steps"]


class WorkCancelled(BaseException):
    """Raised by `pause` where nobody wants the work any more."""


def run_in_steps(work: Callable[[Callable[[], None]], None]) -> Iterator[None]:
    """Run `work(pause)`; each step of the iterator lasts until the next `pause()`. What it raises, the step raises."""
    ours, theirs = threading.Semaphore(0), threading.Semaphore(0)
    ended = threading.Event()
    raised: list[BaseException] = []

    def pause() -> None:
        ours.release()
        theirs.acquire()
        if ended.is_set():
            raise WorkCancelled

    def run() -> None:
        theirs.acquire()
        try:
            if not ended.is_set():
                work(pause)
        except WorkCancelled:
            pass
        except BaseException as error:  # noqa: BLE001 - it is raised where the step was taken
            raised.append(error)
        finished.set()
        ours.release()

    finished = threading.Event()
    thread = threading.Thread(target=run, name="explore-turns", daemon=True)
    thread.start()
    try:
        while True:
            theirs.release()
            ours.acquire()
            if finished.is_set():
                break
            yield
    finally:
        if not finished.is_set():
            ended.set()
            theirs.release()
        thread.join()
    if raised:
        raise raised[0]
