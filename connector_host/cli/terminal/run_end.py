"""The end of a run that does not end by itself: a hook that hangs, spins or waits in C must not hold the process.

A stopped run gets some seconds for the calls in flight. Then the process ends at once, with the message and the exit
code of the reason it was stopped for; what is stored stays, as after a kill.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...errors import BudgetSpent, ConnectorHostError, Stopped
from ...run import Run
from .child_processes import descendants, kill_all

__all__ = ["end_now", "ends_for_certain"]

GRACE, SIGNAL_GRACE, DEADLINE_GRACE = 30.0, 8.0, 4.0
"""Seconds that calls in flight have after the run was stopped: by an error, a signal, its deadline."""
LATEST = 4.8
"""Seconds after a deadline when the process ends even if a hook lets no other thread run."""
NOT_ENDED = "A call of the connector did not end. Everything that was stored is kept: run the same command again."
SIGEV_THREAD, CLOCK_MONOTONIC = 2, 1
EXIT = os._exit  # while a connector runs, `os._exit` is an error of the connector


@contextmanager
def ends_for_certain(
    run: Run,
    report: Callable[[ConnectorHostError], int],
    *,
    deadline: float | None = None,
    signal_grace: float = SIGNAL_GRACE,
) -> Iterator[None]:
    """End the process when the block has not ended some seconds after `run` was stopped.

    `report` shows an error and returns its exit code. `deadline` are the seconds until the run stops itself.
    """
    over, wake = threading.Event(), threading.Event()
    run.on_stop(wake.set)
    latest = math.inf if deadline is None else time.monotonic() + deadline + DEADLINE_GRACE
    watcher = threading.Thread(
        target=_watch, args=(run, wake, over, report, signal_grace, latest), name="run end", daemon=True
    )
    watcher.start()
    disarm = _arm_exit(deadline + LATEST, 8) if deadline is not None else None
    try:
        yield
    finally:
        over.set()
        wake.set()
        if disarm is not None:
            disarm()


def _watch(
    run: Run,
    wake: threading.Event,
    over: threading.Event,
    report: Callable[[ConnectorHostError], int],
    signal_grace: float,
    latest: float,
) -> None:
    """Wait until the run stops, then until the block is over; `wake` is set by both."""
    wake.wait()
    grace = GRACE
    if isinstance(run.reason, BudgetSpent):
        grace = DEADLINE_GRACE
    elif isinstance(run.reason, Stopped):
        grace = signal_grace
    if over.wait(max(0.0, min(grace, latest - time.monotonic()))):
        return
    reason = run.fault or run.reason or Stopped("the run was stopped")
    reason.hint = reason.hint or NOT_ENDED
    end_now(run, lambda: report(reason))


def end_now(run: Run, report: Callable[[], int]) -> None:
    """End the process without waiting for anything: record abandoned calls, report, kill children, exit."""
    code = 70
    with contextlib.suppress(Exception):
        run.abandon()
    with contextlib.suppress(Exception):
        code = report()
    with contextlib.suppress(Exception):
        sys.stderr.flush()
    kill_all(descendants(os.getpid()))
    EXIT(code)


class _Event(ctypes.Structure):
    """`struct sigevent` of Linux: the value, the signal, how to notify, and the function to call."""

    _fields_ = (
        ("value", ctypes.c_void_p),
        ("signal", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("function", ctypes.c_void_p),
        ("rest", ctypes.c_char * 48),
    )


class _Time(ctypes.Structure):
    """`struct itimerspec`: interval, then time until the first expiration, each as seconds and nanoseconds."""

    _fields_ = (
        ("interval_seconds", ctypes.c_long),
        ("interval_nanoseconds", ctypes.c_long),
        ("seconds", ctypes.c_long),
        ("nanoseconds", ctypes.c_long),
    )


def _arm_exit(seconds: float, code: int) -> Callable[[], None] | None:
    """Set a timer of the C library that ends the process after some seconds, and return the function that cancels it.

    Needed where a hook holds the interpreter (a regular expression that does not end): no thread of Python runs then.
    None where the C library has no such timer.
    """
    if sys.platform != "linux" or ctypes.sizeof(ctypes.c_void_p) != 8 or seconds > 1e9:
        return None
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        exit_function = ctypes.cast(library._exit, ctypes.c_void_p)
        event = _Event(value=code, notify=SIGEV_THREAD, function=exit_function)
        timer = ctypes.c_void_p()
        if library.timer_create(CLOCK_MONOTONIC, ctypes.byref(event), ctypes.byref(timer)):
            return None
        full_seconds = int(seconds)
        expiry = _Time(seconds=full_seconds, nanoseconds=int((seconds - full_seconds) * 1e9))
        if library.timer_settime(timer, 0, ctypes.byref(expiry), None):
            return None
        return lambda: library.timer_delete(timer) and None
    return None
