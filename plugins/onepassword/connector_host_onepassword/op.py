"""Runs `op` as a child process: one call, one process, with a time limit, bounded output and no way to hang.

Nothing secret is ever an argument. A password goes in on standard input, everything else by environment; every other
call has /dev/null there, so that `op` cannot sit and wait for an answer.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import selectors
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO, Any

from connector_host import BadResponse, ConfigError, ConnectorHostError, Run, Unavailable

from .errors import bad_answer, classify
from .modes import Mode

__all__ = ["MAX_OUTPUT", "Op"]

MAX_OUTPUT = 64 * 1024 * 1024
MAX_STDERR = 64 * 1024
CHUNK = 1 << 16
GLOBAL_FLAGS = ("--format", "json", "--cache=false", "--iso-timestamps", "--no-color")
LOCAL = (("account", "list"),)  # speaks of this machine, not of one account
GRACE = 0.5  # seconds that a process which has ended may leave its output open (something it started holds it)
MASK = "***"
SHORTEST_SECRET = 4


class Op:
    """The `op` program with one environment; may be called from several threads.

    `close()` (and the end of the run) kills every child that is still at work.
    """

    def __init__(self, program: str, environ: Mapping[str, str], mode: Mode, run: Run, *, timeout: float) -> None:
        self.environ = dict(environ)
        self.mode = mode
        self.account = ""
        self.timeout = timeout
        self._run = run
        self._secrets: set[str] = set()
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._ended = ""
        self._program = _find(program, self.environ)
        run.on_stop(self._stop)

    def hide(self, secret: str) -> None:
        """Keep a value out of every error, and tell the host to keep it out of everything it shows."""
        if len(secret) >= SHORTEST_SECRET:
            self._secrets.add(secret)
        self._run.redact(secret)

    def json(self, *words: str, timeout: float | None = None, stdin: bytes | None = None) -> Any:
        """Call `op WORDS` and decode its answer. Raises the errors of `connector_host`."""
        output = self.call(*words, timeout=timeout, stdin=stdin)
        try:
            return json.loads(output)
        except (ValueError, RecursionError) as error:
            if not output.strip():
                return None
            problem = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "is not JSON, or only part of it"
            start = self._clean(output[:CHUNK].decode("utf-8", "backslashreplace"))
            raise bad_answer(command(words), len(output), start, problem) from None

    def call(self, *words: str, timeout: float | None = None, stdin: bytes | None = None, bare: bool = False) -> bytes:
        """Call `op WORDS` and give what it printed; `bare` without the flags that every call has."""
        output, error = self._called(words, timeout, stdin, bare=bare)
        if error is not None:
            raise error
        return output

    def attempt(self, *words: str, timeout: float, stdin: bytes) -> tuple[bytes, ConnectorHostError | None]:
        """Call `op WORDS`; give what it printed and, if it failed, its error. Raises where it never ended."""
        return self._called(words, timeout, stdin)

    def _called(
        self, words: tuple[str, ...], timeout: float | None, stdin: bytes | None, *, bare: bool = False
    ) -> tuple[bytes, ConnectorHostError | None]:
        argv = [self._program, *words]
        if not bare:
            argv += GLOBAL_FLAGS
            if self.account and "--account" not in words and words not in LOCAL:
                argv += ["--account", self.account]
        limit = self.timeout if timeout is None else timeout
        child = self._start(argv, stdin is not None, command(words))
        try:
            talk = _Talk(child, stdin, time.monotonic() + limit)
            problem = talk.run(self._poll)
        finally:
            self._finish(child)
        if self._ended:
            raise Unavailable(f"{command(words)}: {self._ended}")
        if problem == _Talk.LATE:
            raise Unavailable(
                f"{command(words)}: op did not answer within {limit:g} s and was killed",
                hint="It may wait for somebody to unlock 1Password; --op-timeout allows more time.",
            )
        if problem == _Talk.FLOOD:
            raise BadResponse(f"{command(words)}: op printed more than {MAX_OUTPUT} bytes and was killed")
        if child.returncode != 0:
            stderr = talk.stderr.decode("utf-8", "replace")
            return bytes(talk.stdout), classify(command(words), child.returncode, self._clean(stderr), self.mode)
        return bytes(talk.stdout), None

    def close(self) -> None:
        """Kill what still runs and forget the secrets. Later calls fail. May be called from any thread, repeatedly."""
        self._end("the session is closed")
        with self._lock:
            self.environ.clear()

    # ------------------------------------------------------------------------------------------- the children

    def _stop(self) -> None:
        self._end("the run is stopping")

    def _end(self, reason: str) -> None:
        with self._lock:
            self._ended = self._ended or reason
            for child in self._children.values():
                _kill(child)

    def _start(self, argv: list[str], with_stdin: bool, shown: str) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._ended:
                raise Unavailable(f"{shown}: {self._ended}")
            environ = dict(self.environ)
        # The desktop app recognises a terminal session, which a new session would take away: a new process group is
        # enough to kill all of it. Elsewhere the child must not find a terminal that it could ask a person on.
        own_session = self.mode is not Mode.DESKTOP
        try:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE if with_stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environ,
                bufsize=0,
                start_new_session=own_session,
                process_group=None if own_session else 0,
            )
        except OSError as error:
            raise _cannot_start(self._program, error) from None
        with self._lock:
            self._children[child.pid] = child
            if self._ended:
                _kill(child)
        return child

    def _poll(self, child: subprocess.Popen[bytes]) -> bool:
        """Whether the child has ended. Under the lock, so that nobody kills a process id that is no longer its own."""
        with self._lock:
            if child.poll() is None:
                return False
            self._children.pop(child.pid, None)
            return True

    def _finish(self, child: subprocess.Popen[bytes]) -> None:
        """Make sure that the child is gone and nothing of it stays open."""
        with self._lock:
            left = self._children.pop(child.pid, None)
            if left is not None and left.poll() is None:
                _kill(left)
        child.wait()
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    # ------------------------------------------------------------------------------------------- what may be shown

    def _clean(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text


def command(words: tuple[str, ...]) -> str:
    """A call as an error names it: the words, without the values of flags."""
    shown = [
        word for number, word in enumerate(words) if not (number and words[number - 1] in ("--email", "--account"))
    ]
    return " ".join(["op", *shown])


class _Talk:
    """Feeds one child, reads both its outputs and watches the clock. `run` gives what went wrong, or empty."""

    LATE = "late"
    FLOOD = "flood"

    def __init__(self, child: subprocess.Popen[bytes], stdin: bytes | None, deadline: float) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self._child = child
        self._stdin = memoryview(stdin or b"")
        self._deadline = deadline

    def run(self, ended: Callable[[subprocess.Popen[bytes]], bool]) -> str:
        """Read to the end. `ended(child)` says whether the process is over."""
        with selectors.DefaultSelector() as selector:
            self._register(selector)
            over_since = 0.0
            while selector.get_map():
                now = time.monotonic()
                if now >= self._deadline:
                    return self.LATE
                if over_since and now - over_since > GRACE:
                    break
                for key, _events in selector.select(min(self._deadline - now, 0.1)):
                    if self._serve(selector, key) and len(self.stdout) > MAX_OUTPUT:
                        return self.FLOOD
                if not over_since and ended(self._child):
                    over_since = time.monotonic()
        return self._wait(ended)

    def _register(self, selector: selectors.BaseSelector) -> None:
        for pipe, event in (
            (self._child.stdout, selectors.EVENT_READ),
            (self._child.stderr, selectors.EVENT_READ),
            (self._child.stdin, selectors.EVENT_WRITE),
        ):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, event)

    def _serve(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> bool:
        pipe: IO[bytes] = key.fileobj  # type: ignore[assignment]
        try:
            if pipe is self._child.stdin:
                self._stdin = self._stdin[os.write(key.fd, self._stdin[:CHUNK]) :]
                done = not self._stdin
            else:
                data = os.read(key.fd, CHUNK)
                self._keep(pipe, data)
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

    def _keep(self, pipe: IO[bytes], data: bytes) -> None:
        if pipe is self._child.stdout:
            self.stdout += data
        elif len(self.stderr) < MAX_STDERR:
            self.stderr += data[: MAX_STDERR - len(self.stderr)]

    def _wait(self, ended: Callable[[subprocess.Popen[bytes]], bool]) -> str:
        pause = 0.0005
        while not ended(self._child):
            if time.monotonic() >= self._deadline:
                return self.LATE
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
        return ""


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and all that it started: it leads a process group of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _find(program: str, environ: Mapping[str, str]) -> str:
    found = shutil.which(os.path.expanduser(program), path=environ.get("PATH"))  # noqa: PTH111  `op` must stay `op`
    if found is None:
        raise ConfigError(
            f"the 1Password CLI {program!r} was not found",
            hint="Install it (https://developer.1password.com/docs/cli/get-started), or name it with --op-path.",
        )
    return found


def _cannot_start(program: str, error: OSError) -> ConnectorHostError:
    if error.errno in (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ETXTBSY):
        return Unavailable(f"the 1Password CLI {program} cannot be started for now: {error.strerror}")
    return ConfigError(
        f"the 1Password CLI {program} cannot be started: {error.strerror}",
        hint="Install it again, or name another one with --op-path.",
    )
