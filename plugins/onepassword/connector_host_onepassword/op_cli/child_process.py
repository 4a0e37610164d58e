"""One child process with bounded output, a time limit, and a kill that takes all that the child started.

On POSIX the pipes are read in the calling thread, with a selector. Windows cannot select pipes: there a thread reads
each of them. Both ways have the same limits.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import IO

if sys.platform == "win32":
    from .windows_job import WindowsJob

__all__ = ["ChildProblem", "ChildProcess"]

CHUNK = 1 << 16
CAN_SELECT_PIPES = sys.platform != "win32" and hasattr(os, "killpg")
GRACE = 0.5
"""Seconds that a child which has ended may leave its output open (a process that it started holds it)."""


class ChildProblem(StrEnum):
    """The reason why the reading of a child ended early."""

    NONE = ""
    LATE = "late"
    FLOOD = "flood"


class ChildProcess:
    """A started child. `run` reads it to its end, `kill` may be called from any thread, `close` frees everything.

    `new_session`: without the terminal of this process, so that the child cannot ask a person on it. Otherwise the
    child only leads a process group of its own. Raises OSError where the program cannot be started.
    """

    def __init__(
        self, argv: list[str], environ: Mapping[str, str], stdin: bytes | None, *, new_session: bool, max_stdout: int
    ) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self._input = memoryview(stdin or b"")
        self._max_stdout = max_stdout
        self._lock = threading.Lock()
        self._ended = False
        self._process = _start(argv, environ, with_stdin=stdin is not None, new_session=new_session)
        if sys.platform == "win32":
            self._job = WindowsJob(self._process.pid)

    @property
    def pid(self) -> int:
        """The process id, which is the id of the process group as well."""
        return self._process.pid

    @property
    def returncode(self) -> int:
        """The exit code, once the child has ended; negative for a signal."""
        return self._process.returncode

    def run(self, deadline: float, max_stderr: int) -> ChildProblem:
        """Write the input, read both outputs and wait for the end, until `deadline` (monotonic seconds)."""
        reader = _SelectReader if CAN_SELECT_PIPES else _ThreadReader
        problem = reader(self, max_stderr).read(deadline)
        return problem or self._wait(deadline)

    def kill(self) -> None:
        """Kill the child with all that it started, unless it has ended."""
        with self._lock:
            if not self._ended:
                self._kill()

    def close(self) -> None:
        """Kill the child if it still runs, and close its pipes."""
        self.kill()
        self._process.wait()
        with self._lock:
            self._ended = True
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if sys.platform == "win32":
            self._job.close()

    def has_ended(self) -> bool:
        """True once the child has ended. Locked, so that nobody kills a process id that is in use by another."""
        with self._lock:
            if not self._ended:
                self._ended = self._process.poll() is not None
            return self._ended

    def _kill(self) -> None:
        if sys.platform == "win32":
            if not self._job.kill():
                self._process.kill()
        elif hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        else:
            self._process.kill()

    def _wait(self, deadline: float) -> ChildProblem:
        pause = 0.0005
        while not self.has_ended():
            if time.monotonic() >= deadline:
                return ChildProblem.LATE
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
        return ChildProblem.NONE


def _start(
    argv: list[str], environ: Mapping[str, str], *, with_stdin: bool, new_session: bool
) -> subprocess.Popen[bytes]:
    stdin = subprocess.PIPE if with_stdin else subprocess.DEVNULL
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | (subprocess.CREATE_NO_WINDOW if new_session else 0)
        return subprocess.Popen(
            argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ, bufsize=0,
            creationflags=flags,
        )  # fmt: skip
    return subprocess.Popen(
        argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ, bufsize=0,
        start_new_session=new_session, process_group=None if new_session else 0,
    )  # fmt: skip


class _Reader:
    """The part that both ways of reading share."""

    def __init__(self, child: ChildProcess, max_stderr: int) -> None:
        self._child = child
        self._process = child._process
        self._max_stderr = max_stderr

    def keep(self, pipe: IO[bytes] | None, data: bytes) -> None:
        """Append to the output that the pipe brings."""
        if pipe is self._process.stdout:
            self._child.stdout += data
        elif len(self._child.stderr) < self._max_stderr:
            self._child.stderr += data[: self._max_stderr - len(self._child.stderr)]

    def is_flooded(self) -> bool:
        """True once the child has printed more than it may."""
        return len(self._child.stdout) > self._child._max_stdout


class _SelectReader(_Reader):
    """Reads in the calling thread. POSIX only."""

    def read(self, deadline: float) -> ChildProblem:
        """Read until both outputs end, or the child has ended and `GRACE` is over."""
        with selectors.DefaultSelector() as selector:
            self._register(selector)
            ended_at = 0.0
            while selector.get_map():
                now = time.monotonic()
                if now >= deadline:
                    return ChildProblem.LATE
                if ended_at and now - ended_at > GRACE:
                    break
                for key, _events in selector.select(min(deadline - now, 0.1)):
                    if self._serve(selector, key) and self.is_flooded():
                        return ChildProblem.FLOOD
                if not ended_at and self._child.has_ended():
                    ended_at = time.monotonic()
        return ChildProblem.NONE

    def _register(self, selector: selectors.BaseSelector) -> None:
        for pipe, event in (
            (self._process.stdout, selectors.EVENT_READ),
            (self._process.stderr, selectors.EVENT_READ),
            (self._process.stdin, selectors.EVENT_WRITE),
        ):
            if pipe is not None:
                if sys.platform != "win32":
                    os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, event)

    def _serve(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> bool:
        pipe: IO[bytes] = key.fileobj  # type: ignore[assignment]
        try:
            if pipe is self._process.stdin:
                sent = os.write(key.fd, self._child._input[:CHUNK])
                self._child._input = self._child._input[sent:]
                done = not self._child._input
            else:
                data = os.read(key.fd, CHUNK)
                self.keep(pipe, data)
                done = not data
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.EIO):
                raise
            done = True
        if done:
            selector.unregister(pipe)
            pipe.close()
        return True


class _ThreadReader(_Reader):
    """Reads each output in a thread of its own, because Windows cannot select pipes."""

    def read(self, deadline: float) -> ChildProblem:
        """Read until both outputs end, or the child has ended and `GRACE` is over."""
        threads = [
            threading.Thread(target=self._drain, args=(pipe,), daemon=True)
            for pipe in (self._process.stdout, self._process.stderr)
        ]
        threads.append(threading.Thread(target=self._feed, daemon=True))
        for thread in threads:
            thread.start()
        ended_at = 0.0
        while alive := [thread for thread in threads if thread.is_alive()]:
            now = time.monotonic()
            if self.is_flooded():
                return ChildProblem.FLOOD
            if now >= deadline:
                return ChildProblem.LATE
            if ended_at and now - ended_at > GRACE:
                break
            alive[0].join(0.02)
            if not ended_at and self._child.has_ended():
                ended_at = time.monotonic()
        return ChildProblem.FLOOD if self.is_flooded() else ChildProblem.NONE

    def _drain(self, pipe: IO[bytes] | None) -> None:
        with contextlib.suppress(OSError, ValueError):  # closed by `close`
            while pipe is not None and not self.is_flooded() and (data := pipe.read(CHUNK)):
                self.keep(pipe, data)

    def _feed(self) -> None:
        pipe = self._process.stdin
        if pipe is not None:
            with contextlib.suppress(OSError, ValueError):  # a child that does not read its input
                pipe.write(self._child._input)
            with contextlib.suppress(OSError, ValueError):
                pipe.close()
