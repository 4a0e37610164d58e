"""Signals during a run: the first asks it to stop and keep its checkpoint, the second ends it at once."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ...errors import Stopped
from ...operating_system import STOP_SIGNALS
from ...run import Run
from .run_end import end_now
from .signal_pipe import SignalPipe, open_signal_pipe

__all__ = ["stop_on_signals"]


@contextmanager
def stop_on_signals(run: Run, report: Callable[[str], None], pipe: SignalPipe | None = None) -> Iterator[None]:
    """Stop `run` on SIGINT, SIGTERM and the like while the block runs; a second signal ends the process at once.

    `pipe` is one that another process looks at, too. A `Stopped` that leaves the block has the exit code of the signal.
    A KeyboardInterrupt never occurs in the block, because it could leave a transaction half done.
    """
    received: list[int] = []
    pipe = pipe or open_signal_pipe()
    # the wakeup descriptor is written to at once: a handler in Python may have to wait for the main thread, and that
    # may have begun a long sleep in the very moment
    watcher = threading.Thread(target=_watch, args=(pipe, received, run, report), name="signals", daemon=True)
    before = {number: signal.signal(number, _ignore) for number in STOP_SIGNALS if not _is_ignored(number)}
    wakeup_before = signal.set_wakeup_fd(pipe.writing, warn_on_full_buffer=False)
    watcher.start()
    try:
        yield
    except Stopped as error:
        if received:
            error.exit_code = 128 + received[0]
        raise
    finally:
        signal.set_wakeup_fd(wakeup_before)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(pipe.writing)
        sys.stderr.flush()


def _is_ignored(number: int) -> bool:
    """Return whether the launcher has the signal ignored, as `nohup` does with SIGHUP."""
    return signal.getsignal(number) is signal.SIG_IGN


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: `_watch` does it all."""


def _watch(pipe: SignalPipe, received: list[int], run: Run, report: Callable[[str], None]) -> None:
    """Handle the signals as they come, until the other end is closed."""
    with os.fdopen(pipe.reading, "rb", buffering=0) as signals:
        while select.select([signals], [], []) and (byte := signals.read(1)):  # the guard counts the unread ones
            if byte[0] not in STOP_SIGNALS:
                continue
            if received:
                code = 128 + byte[0]  # the second signal: no cleaning up; the checkpoint is on disk
                end_now(run, lambda code=code: code)  # type: ignore[misc]
            received.append(byte[0])
            pipe.first_handled()
            # in a thread of its own: stopping may take its time, and the second signal does not wait
            threading.Thread(target=_stop, args=(run, report, byte[0]), daemon=True).start()


def _stop(run: Run, report: Callable[[str], None], number: int) -> None:
    report("Stopping after the calls in flight. A second signal stops at once; everything stored is kept.")
    reason = Stopped(f"stopped by {signal.Signals(number).name}")
    reason.exit_code = 128 + number
    run.stop(reason)
