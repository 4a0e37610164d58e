"""A small process beside the host: it ends a host that cannot end itself, and kills what a dead host left running.

A hook may hold the interpreter (a regular expression that does not end): then no code of the host runs, and neither a
signal nor a deadline has an effect. The guard sees the signals that wait in the host's pipe, and kills the host.

While the host lives the guard keeps a list of its descendants. When the host has ended, however that came, the guard
kills those that are left.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...operating_system import KILL_SIGNAL, has_owners, waiting_bytes
from .child_processes import LISTS_QUICKLY, alive, descendants, kill_all
from .signal_pipe import SignalPipe

__all__ = ["guarded", "watch"]

PROGRAM = f"import sys; sys.path.insert(0, sys.argv[1]); from {__name__} import watch; watch(*sys.argv[2:])"
ROOT = Path(__file__).resolve().parents[3]
INTERVAL = 0.2  # seconds
SLOW_INTERVAL = 1.0  # where listing processes takes a program
AT_ONCE = 2.0
"""Seconds that a second signal may wait to be handled."""
MARGIN = 1.0
"""Seconds that the host has in addition for ending itself, after a first signal."""
FIRST_HANDLED = b"1"


class _Guard:
    """The state of the guard: the host, its descendants, and since when signals wait in its pipe."""

    def __init__(self, control: int, signals: int, host: int, grace: float, latest: float) -> None:
        self._control, self._signals, self._host, self._grace = control, signals, host, grace
        self._latest = time.monotonic() + latest
        self._since = [math.inf, math.inf]  # the first and the second waiting signal
        self._stopping = False
        self._own = os.getpid()
        self._processes = descendants(host)

    def run(self) -> None:
        """Wait for the end of the host, then kill its descendants."""
        interval = INTERVAL if LISTS_QUICKLY else SLOW_INTERVAL
        listed = -math.inf
        while os.getppid() == self._host and not self._is_over():
            if time.monotonic() - listed >= interval:
                known = alive(self._processes) | descendants(self._host)
                self._processes = {process for process in known if process.pid != self._own}
                listed = time.monotonic()
            if self._must_end():
                with contextlib.suppress(OSError):
                    os.kill(self._host, KILL_SIGNAL)
                break
        below = {child for process in self._processes for child in descendants(process.pid)}
        kill_all(self._processes | below)

    def _is_over(self) -> bool:
        """Wait a moment for a word of the host; return True if it has closed the pipe."""
        if not select.select([self._control], [], [], INTERVAL)[0]:
            return False
        word = os.read(self._control, 1)
        self._stopping = self._stopping or bool(word)
        return not word

    def _must_end(self) -> bool:
        now = time.monotonic()
        waiting = waiting_bytes(self._signals)
        for number in (0, 1):
            self._since[number] = min(self._since[number], now) if waiting > number else math.inf
        second = self._since[0] if self._stopping else self._since[1]
        first = math.inf if self._stopping else self._since[0]
        return now > min(first + self._grace + MARGIN, second + AT_ONCE, self._latest)


def watch(control: str, signals: str, host: str, grace: str, latest: str) -> None:
    """Guard a host: the numbers of two pipes and of its process, seconds after a signal, and until its end."""
    _Guard(int(control), int(signals), int(host), float(grace), float(latest)).run()


@contextmanager
def guarded(pipe: SignalPipe, grace: float, latest: float) -> Iterator[SignalPipe]:
    """Guard this process during the block (Linux and macOS), and return the pipe of signals to use.

    `grace` are the seconds that calls in flight have after a signal, `latest` those until the host is killed
    if it still runs.
    """
    if not has_owners() or not sys.executable:
        yield pipe
        return
    reading, writing = os.pipe()
    guard = None
    try:
        with contextlib.suppress(OSError):
            guard = _start(reading, pipe.reading, grace, latest)
    finally:
        os.close(reading)

    def first_handled() -> None:
        with contextlib.suppress(OSError):
            os.write(writing, FIRST_HANDLED)

    try:
        yield SignalPipe(pipe.reading, pipe.writing, first_handled)
    finally:
        os.close(writing)
        if guard is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                guard.wait(2)


def _start(control: int, signals: int, grace: float, latest: float) -> subprocess.Popen[bytes]:
    numbers = (str(control), str(signals), str(os.getpid()), str(grace), str(latest))
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", PROGRAM, str(ROOT), *numbers],
        pass_fds=(control, signals),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={},
    )
