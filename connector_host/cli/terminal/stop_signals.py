"""What a signal does to a run: the first asks it to stop and keep its checkpoint, the second ends it at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ...errors import Stopped
from ...run import Run

__all__ = ["stop_on_signals"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_on_signals(run: Run, tell: Callable[[str], None]) -> Iterator[None]:
    """While the block runs, SIGINT and SIGTERM stop `run`; a `Stopped` that leaves it has the exit code of the signal.

    A KeyboardInterrupt never occurs in the block: half a transaction is no place to end.
    """
    received: list[int] = []
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    # told by the wakeup descriptor, which is written to at once: a handler in Python may have to wait for the main
    # thread, and that may have begun a long sleep in the very moment
    watcher = threading.Thread(target=_watch, args=(reading, received, run, tell), name="signals", daemon=True)
    before = {number: signal.signal(number, _ignore) for number in SIGNALS}
    woken = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    watcher.start()
    try:
        yield
    except Stopped as error:
        if received:
            error.exit_code = 128 + received[0]
        raise
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writing)
        sys.stderr.flush()


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """All is done by `_watch`."""


def _watch(reading: int, received: list[int], run: Run, tell: Callable[[str], None]) -> None:
    """Take the signals as they come, until the other end is closed."""
    with os.fdopen(reading, "rb", buffering=0) as signals:
        while byte := signals.read(1):
            if byte[0] not in SIGNALS:
                continue
            if received:
                os._exit(128 + byte[0])  # asked twice: no cleaning up; the checkpoint is on disk
            received.append(byte[0])
            # in a thread of its own: what is to be stopped may take its time, and the second signal does not wait
            threading.Thread(target=_stop, args=(run, tell), daemon=True).start()


def _stop(run: Run, tell: Callable[[str], None]) -> None:
    tell("stopping; calls in flight end first. Once more to stop at once: nothing that was stored is lost.")
    run.stop()
