"""The processes that a connector started: listed by the kernel below the host, and killed when the run ends.

Where there is no /proc nothing is found; children then end with the connector's own means only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ...operating_system import KILL_SIGNAL

__all__ = ["ProcessId", "adopt_orphans", "alive", "descendants", "kill_all", "no_child_left"]

PR_SET_CHILD_SUBREAPER = 36
ROUNDS = 20
"""Attempts to kill children that start others meanwhile."""


class ProcessId(NamedTuple):
    """A process: its number, and its start time in clock ticks, since numbers are used again."""

    pid: int
    started: str


def descendants(root: int) -> set[ProcessId]:
    """Return the living processes below a process."""
    result: set[ProcessId] = set()
    waiting = [root]
    while waiting:
        for pid in _children(waiting.pop()):
            parsed = _stat(pid)
            if parsed is not None and parsed.state != "Z" and parsed.process not in result:
                result.add(parsed.process)
                waiting.append(pid)
    return result


def alive(processes: set[ProcessId]) -> set[ProcessId]:
    """Return the processes that still are the same ones."""
    return {
        process for process in processes if (parsed := _stat(process.pid)) is not None and parsed.process == process
    }


def _children(pid: int) -> list[int]:
    """Return the children of all threads of a process, as the kernel lists them."""
    children: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                text = (thread / "children").read_text(encoding="ascii")
                children += map(int, text.split())
    return children


class ProcessState(NamedTuple):
    """A process and the letter of its state (Z: ended, its parent has not noticed)."""

    process: ProcessId
    state: str


def _stat(pid: int) -> ProcessState | None:
    """Return the state of a process; None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before may hold anything
    return ProcessState(ProcessId(pid, fields[19]), fields[0])


def kill_all(processes: set[ProcessId]) -> None:
    """Kill processes that still are the same ones."""
    for process in alive(processes):
        with contextlib.suppress(OSError):
            os.kill(process.pid, KILL_SIGNAL)


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent ends, so that they are found (Linux only)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@contextmanager
def no_child_left() -> Iterator[None]:
    """Kill the processes that were started during the block and still live at its end."""
    before = descendants(os.getpid())
    try:
        yield
    finally:
        for _ in range(ROUNDS):
            started = descendants(os.getpid()) - before
            if not started:
                break
            kill_all(started)
            time.sleep(0.01)
