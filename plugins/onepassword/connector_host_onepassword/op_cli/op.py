"""Calls of `op`: one call, one child process, with a time limit, bounded output and no way to wait for an answer.

Nothing secret is ever an argument. A password goes in on standard input, everything else by environment; every other
call has an empty standard input, so that `op` cannot sit and wait.
"""

from __future__ import annotations

import errno
import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from connector_host import (
    BadResponse,
    ConfigError,
    ConnectorHostError,
    RateLimited,
    Run,
    Unavailable,
)

from ..signin_modes import SigninMode
from . import responses
from .answer_shapes import command_label, describe_shape
from .child_process import ChildProblem, ChildProcess
from .error_classification import classify
from .op_errors import OPTIONAL_FAILURES, bad_answer
from .op_installation import find_op, forward_to_windows, installation_note, is_windows_program
from .orphan_watch import OrphanWatch

__all__ = ["MAX_OUTPUT", "OPTIONAL_TIMEOUT", "Op"]

MAX_OUTPUT = 64 * 1024 * 1024
MAX_STDERR = 64 * 1024
MAX_SHOWN = 1 << 16
GLOBAL_FLAGS = ("--format", "json", "--cache=false", "--iso-timestamps", "--no-color")
LOCAL = (("account", "list"),)
"""Calls about this machine, not about one account."""
OPTIONAL_TIMEOUT = 15.0
"""Seconds for a question whose answer is only nice to know."""
ERROR_MARK = b"[ERROR]"
MASK = "***"
SHORTEST_SECRET = 4


class Op:
    """The `op` program with one environment; may be called from several threads.

    `close()` (and the end of the run) kills every child that is still at work.
    """

    def __init__(self, program: str, environ: Mapping[str, str], mode: SigninMode, run: Run, *, timeout: float) -> None:
        self.environ = dict(environ)
        self.mode = mode
        self.account = ""
        self.timeout = timeout
        self._run = run
        self._secrets: set[str] = set()
        self._children: set[ChildProcess] = set()
        self._lock = threading.Lock()
        self._end_reason = ""
        self._reported: set[str] = set()
        self._program = find_op(program, self.environ)
        self._installation = installation_note(self._program, self.environ)
        self._orphans = OrphanWatch()
        run.on_stop(self._stop)

    def hide(self, secret: str) -> None:
        """Keep a value out of every error, and have the host keep it out of everything it shows."""
        if len(secret) >= SHORTEST_SECRET:
            self._secrets.add(secret)
        self._run.redact(secret)

    def json(self, *words: str, timeout: float | None = None, stdin: bytes | None = None) -> Any:
        """Call `op WORDS` and decode its answer; None for no output. Raises the errors of `connector_host`."""
        output = self.call(*words, timeout=timeout, stdin=stdin)
        if not output.strip():
            self.report_shape(words, None)
            return None
        try:
            value = json.loads(responses.decode_text(output))
            self.report_shape(words, value)
            return value
        except (ValueError, RecursionError) as error:
            if ERROR_MARK in output[:MAX_STDERR]:  # an error on standard output, with exit code 0
                raise self._failure(words, 0, output[:MAX_STDERR]) from None
            problem = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "is not JSON, or only part of it"
            start = self._masked(output[:MAX_SHOWN].decode("utf-8", "backslashreplace"))
            raise bad_answer(command(words), len(output), start, problem) from None

    def report_shape(self, words: tuple[str, ...], value: Any) -> None:
        """Report the shape of the first answer to a command, for `check --redact`."""
        label = command_label(words)
        with self._lock:
            is_new = label not in self._reported
            self._reported.add(label)
        if is_new:
            self._run.report(f"{label}: {describe_shape(value)}")

    def report_version(self, version: str) -> None:
        """Report the version of `op`, for `check --redact`."""
        self._run.report(f"op {version}, signed in with: {self.mode}")

    def optional_json(self, *words: str) -> Any:
        """Call `op WORDS` for an answer that is only nice to know; None after any failure, which is logged."""
        try:
            return self.json(*words, timeout=min(self.timeout, OPTIONAL_TIMEOUT))
        except OPTIONAL_FAILURES as error:
            self._run.logger.debug("not needed, and not answered: %s", error.message)
            return None

    def call(self, *words: str, timeout: float | None = None, stdin: bytes | None = None, bare: bool = False) -> bytes:
        """Call `op WORDS` and return its output; `bare` without the flags that every call has."""
        output, error = self._call(words, timeout, stdin, bare=bare)
        if isinstance(error, RateLimited) and self.mode is SigninMode.SERVICE:
            error = self._with_reset(error, words)
        if error is not None:
            raise error
        return output

    def attempt(self, *words: str, timeout: float, stdin: bytes) -> tuple[bytes, ConnectorHostError | None]:
        """Call `op WORDS`; return its output and, if it failed, its error. Raises where it never ended."""
        return self._call(words, timeout, stdin)

    def close(self) -> None:
        """Kill the running children and forget the secrets. Later calls fail. Any thread, repeatedly."""
        self._end("the session is closed")
        self._orphans.close()
        with self._lock:
            self.environ.clear()

    # ------------------------------------------------------------------------------------------- one call

    def _call(
        self, words: tuple[str, ...], timeout: float | None, stdin: bytes | None, *, bare: bool = False
    ) -> tuple[bytes, ConnectorHostError | None]:
        limit = self.timeout if timeout is None else timeout
        child = self._start(self._arguments(words, bare=bare), stdin, command(words))
        try:
            problem = child.run(time.monotonic() + limit, MAX_STDERR)
        finally:
            self._finish(child)
        if self._end_reason:
            raise Unavailable(f"{command(words)}: {self._end_reason}")
        if problem is ChildProblem.LATE:
            raise Unavailable(
                f"{command(words)}: op did not answer within {limit:g} s and was killed",
                hint="It may wait for somebody to unlock 1Password; --op-timeout allows more time.",
            )
        if problem is ChildProblem.FLOOD:
            raise BadResponse(f"{command(words)}: op printed more than {MAX_OUTPUT} bytes and was killed")
        if child.returncode != 0 or _is_silent_failure(child):
            return bytes(child.stdout), self._failure(words, child.returncode, child.stderr)
        return bytes(child.stdout), None

    def _failure(self, words: tuple[str, ...], code: int, output: bytes | bytearray) -> ConnectorHostError:
        text = self._masked(output.decode("utf-8", "replace"))
        return classify(command(words), code, text, self.mode, installation=self._installation)

    def _arguments(self, words: tuple[str, ...], *, bare: bool) -> list[str]:
        argv = [self._program, *words]
        if not bare:
            argv += GLOBAL_FLAGS
            if self.account and "--account" not in words and words not in LOCAL:
                argv += ["--account", self.account]
        return argv

    def _with_reset(self, error: RateLimited, words: tuple[str, ...]) -> RateLimited:
        """Return the rate limit with the wait that `op service-account ratelimit` reports; that call costs nothing."""
        if words[:2] == ("service-account", "ratelimit"):
            return error
        try:
            windows = responses.rate_limits(self.optional_json("service-account", "ratelimit"))
        except OPTIONAL_FAILURES:
            return error
        spent = [window for window in windows if window.limit and window.remaining <= 0 and window.reset > 0]
        if not spent:
            return error
        longest = max(spent, key=lambda window: window.reset)
        name = (
            "daily limit of the account"
            if longest.scope == "account"
            else f"hourly {longest.action} limit of the token"
        )
        return RateLimited(
            f"{error.message}; the {name} ({longest.limit} requests) is spent and resets in {longest.reset} s",
            retry_after=float(longest.reset),
            hint="Run it less often, or sign in as a person: people have no such limits.",
        )

    # ------------------------------------------------------------------------------------------- the children

    def _stop(self) -> None:
        self._end("the run is stopping")

    def _end(self, reason: str) -> None:
        with self._lock:
            self._end_reason = self._end_reason or reason
            children = list(self._children)
        for child in children:
            child.kill()

    def _start(self, argv: list[str], stdin: bytes | None, shown: str) -> ChildProcess:
        with self._lock:
            if self._end_reason:
                raise Unavailable(f"{shown}: {self._end_reason}")
            environ = dict(self.environ)
        if is_windows_program(self._program):
            forward_to_windows(environ)
        # The desktop app recognises a terminal session, which a new session would take away: a new process group is
        # enough to kill all of it. Elsewhere the child must not find a terminal that it could ask a person on.
        new_session = self.mode is not SigninMode.DESKTOP
        try:
            child = ChildProcess(argv, environ, stdin, new_session=new_session, max_stdout=MAX_OUTPUT)
        except OSError as error:
            raise _cannot_start(self._program, error) from None
        self._orphans.add(child.pid)
        with self._lock:
            self._children.add(child)
            ended = bool(self._end_reason)
        if ended:
            child.kill()
        return child

    def _finish(self, child: ChildProcess) -> None:
        """Make sure that the child has ended and nothing of it stays open."""
        child.close()
        with self._lock:
            self._children.discard(child)
        self._orphans.remove(child.pid)

    def _masked(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text


def _is_silent_failure(child: ChildProcess) -> bool:
    """True for a child that printed an error and no answer, and ended with 0 all the same."""
    return not child.stdout.strip() and ERROR_MARK in child.stderr


def command(words: tuple[str, ...]) -> str:
    """Return a call as an error names it: the words, without the values of flags that name a person."""
    shown = [
        word for number, word in enumerate(words) if not (number and words[number - 1] in ("--email", "--account"))
    ]
    return " ".join(["op", *shown])


def _cannot_start(program: str, error: OSError) -> ConnectorHostError:
    if error.errno in (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ETXTBSY):
        return Unavailable(f"the 1Password CLI {program} cannot be started for now: {error.strerror}")
    return ConfigError(
        f"the 1Password CLI {program} cannot be started: {error.strerror}",
        hint="Install it again, or specify another one with --op-path.",
    )
