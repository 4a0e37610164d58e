"""The processes that a connector started: found below the host, and killed when the run ends.

Linux lists them in /proc. Elsewhere the program `ps` does; where there is neither, nothing is found, and children end
with the connector's own means only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ...operating_system import KILL_SIGNAL

__all__ = ["LISTS_QUICKLY", "ProcessId", "adopt_orphans", "alive", "descendants", "kill_all", "no_child_left"]

PR_SET_CHILD_SUBREAPER = 36
PROC = Path("/proc")
LISTS_QUICKLY = (PROC / "self" / "stat").exists()
"""True where the kernel lists processes in /proc; `ps` takes some 20 ms."""
PS = "/bin/ps"
PS_FIELDS = 3  # pid, parent and state; then the time of the start
PATIENCE = 3.0
"""Seconds for killing children that start others meanwhile, and for their end on a busy computer."""


class ProcessId(NamedTuple):
    """A process: its number, and its start time in the words of the system, since numbers are used again."""

    pid: int
    started: str


class ProcessState(NamedTuple):
    """A process, its parent, and the letter of its state (Z: ended, its parent has not noticed)."""

    process: ProcessId
    parent: int
    state: str


def descendants(root: int, *, complete: bool = False) -> set[ProcessId]:
    """Return the living processes below a process.

    The kernel's list of children may lack some while others end; `complete` looks at every process of the system.
    """
    if complete or not LISTS_QUICKLY:
        return _below(root, _every_process())
    result: set[ProcessId] = set()
    waiting = [root]
    while waiting:
        for pid in _children(waiting.pop()):
            known = _stat(pid)
            if known is not None and known.state != "Z" and known.process not in result:
                result.add(known.process)
                waiting.append(pid)
    return result


def _below(root: int, listed: Iterable[ProcessState]) -> set[ProcessId]:
    children = defaultdict[int, list[ProcessState]](list)
    for known in listed:
        children[known.parent].append(known)
    result: set[ProcessId] = set()
    waiting = [root]
    while waiting:
        for known in children.pop(waiting.pop(), []):
            waiting.append(known.process.pid)
            if known.state != "Z":
                result.add(known.process)
    return result


def alive(processes: set[ProcessId]) -> set[ProcessId]:
    """Return the processes that still are the same ones."""
    if not processes:
        return set()
    if LISTS_QUICKLY:
        states = (_stat(process.pid) for process in processes)
        return processes & {known.process for known in states if known is not None}
    return processes & {known.process for known in _every_process()}


def _children(pid: int) -> list[int]:
    """Return the children of all threads of a process, as the kernel lists them."""
    children: list[int] = []
    with contextlib.suppress(OSError):
        for thread in (PROC / str(pid) / "task").iterdir():
            with contextlib.suppress(OSError):
                text = (thread / "children").read_text(encoding="ascii")
                children += map(int, text.split())
    return children


def _stat(pid: int) -> ProcessState | None:
    """Return the state of a process; None when it is gone."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before may hold anything
    return ProcessState(ProcessId(pid, fields[19]), int(fields[1]), fields[0])


def _every_process() -> Iterator[ProcessState]:
    if not LISTS_QUICKLY:
        yield from _listed_by_ps()
        return
    with contextlib.suppress(OSError):
        for folder in PROC.iterdir():
            if folder.name.isdigit() and (known := _stat(int(folder.name))) is not None:
                yield known


def _listed_by_ps() -> Iterator[ProcessState]:
    command = [PS, "-A", "-o", "pid=,ppid=,stat=,lstart="]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"LC_ALL": "C"}) as ps:
            lines = ps.communicate(timeout=5)[0].splitlines()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return
    for line in lines:
        fields = line.split(maxsplit=PS_FIELDS)
        if len(fields) > PS_FIELDS and fields[0].isdigit() and fields[1].isdigit() and int(fields[0]) != ps.pid:
            yield ProcessState(ProcessId(int(fields[0]), fields[3].strip()), int(fields[1]), fields[2][:1])


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
    """Kill the processes that were started during the block and still live at its end, and wait for their end."""
    before = descendants(os.getpid(), complete=True)
    try:
        yield
    finally:
        end = time.monotonic() + PATIENCE
        while started := descendants(os.getpid(), complete=True) - before:
            kill_all(started)
            if time.monotonic() > end:
                break
            time.sleep(0.01)
