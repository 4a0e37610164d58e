"""A small process beside the host that kills the processes of a connector if the host itself is killed.

It is started with the numbers of a pipe and of the host's process. While the pipe is open it keeps a list of the host's
descendants; when the pipe closes (the host has ended, however that came) it kills those that are left.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .child_processes import alive, descendants, kill_all

__all__ = ["guarded", "watch"]

PROGRAM = f"import sys; sys.path.insert(0, sys.argv[3]); from {__name__} import watch; watch(*map(int, sys.argv[1:3]))"
ROOT = Path(__file__).resolve().parents[3]
INTERVAL = 0.2  # seconds


def watch(descriptor: int, host: int) -> None:
    """Wait for the end of the host, then kill its descendants."""
    own = os.getpid()
    processes = descendants(host)
    while not select.select([descriptor], [], [], INTERVAL)[0]:
        processes = {process for process in alive(processes) | descendants(host) if process.pid != own}
    below = {child for process in processes for child in descendants(process.pid)}
    kill_all(processes | below)


@contextmanager
def guarded() -> Iterator[None]:
    """Kill the descendants of this process if it is killed during the block (Linux only)."""
    if sys.platform != "linux" or not sys.executable:
        yield
        return
    reading, writing = os.pipe()
    guard = None
    try:
        with contextlib.suppress(OSError):
            guard = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", PROGRAM, str(reading), str(os.getpid()), str(ROOT)],
                pass_fds=(reading,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={},
            )
    finally:
        os.close(reading)
    try:
        yield
    finally:
        os.close(writing)
        if guard is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                guard.wait(2)
