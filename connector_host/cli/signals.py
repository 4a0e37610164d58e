"""What a signal does to a run: the first asks it to stop and keep its checkpoint, the second ends it at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ..errors import Stopped
from ..run import Run

__all__ = ["stop_on_signals"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_on_signals(run: Run, tell: Callable[[str], None]) -> Iterator[None]:
    """While the block runs, SIGINT and SIGTERM stop `run`; a `Stopped` that leaves it has the exit code of the signal.

    A KeyboardInterrupt never occurs in the block: half a transaction is no place to end.
    """
    received: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if received:
            os._exit(128 + number)  # asked twice: no cleaning up; the checkpoint is on disk
        received.append(number)
        # in a thread of its own: the handler may have interrupted code that holds a lock which `stop` needs
        threading.Thread(target=_stop, args=(run, tell), daemon=True).start()

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    except Stopped as error:
        if received:
            error.exit_code = 128 + received[0]
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.stderr.flush()


def _stop(run: Run, tell: Callable[[str], None]) -> None:
    tell("stopping; calls in flight end first. Once more to stop at once: nothing that was stored is lost.")
    run.stop()
