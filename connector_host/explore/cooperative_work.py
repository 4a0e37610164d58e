"""Steps of long work that is not written as an iterator.

The work has a thread of its own, but never runs at the same time as the thread that steps it: one of them waits.
An open database that both use is therefore never used by two threads at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

__all__ = ["WorkCancelled", "run_in_steps"]


class WorkCancelled(BaseException):
    """Raised by `pause` when the work was cancelled."""


def run_in_steps(work: Callable[[Callable[[], None]], None]) -> Iterator[None]:
    """Run `work(pause)`: each step lasts until the next `pause()`. An error of the work is raised by the step."""
    step_ended, step_begun = threading.Semaphore(0), threading.Semaphore(0)
    ended = threading.Event()
    errors: list[BaseException] = []

    def pause() -> None:
        step_ended.release()
        step_begun.acquire()
        if ended.is_set():
            raise WorkCancelled

    def run() -> None:
        step_begun.acquire()
        try:
            if not ended.is_set():
                work(pause)
        except WorkCancelled:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again by the step
            errors.append(error)
        finished.set()
        step_ended.release()

    finished = threading.Event()
    thread = threading.Thread(target=run, name="explore-turns", daemon=True)
    thread.start()
    try:
        while True:
            step_begun.release()
            step_ended.acquire()
            if finished.is_set():
                break
            yield
    finally:
        if not finished.is_set():
            ended.set()
            step_begun.release()
        thread.join()
    if errors:
        raise errors[0]
