"""Calls of hooks: the session they share, retries and their waits, and the time spent."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import tenacity

from ..errors import AuthError, BadResponse, ConnectorHostError, PluginError, RateLimited, Stopped, Unavailable
from ..model import Page, RateLimitStatus, Resource
from ..options import Options
from ..plugins.failure_location import describe_failure
from ..run import Run
from .limits import Pace

__all__ = ["Caller", "Opener", "Sessions", "Waits", "with_subject"]

T = TypeVar("T")
TRANSIENT = (RateLimited, Unavailable, BadResponse)
DEFECT = "This is a defect of the connector; --debug shows the traceback, --trace-hooks each call."
OUTSIDE = "Where the application does not answer, a connector raises connector_host.Unavailable: that is tried again."
LONGEST_WAIT = 60.0
"""Seconds between two attempts when the application names none."""


class Opener(Protocol):
    """The part of a connector that opens sessions."""

    name: str

    def open_session(self, options: Options, run: Run) -> Any:
        """Sign in."""


class Sessions:
    """The session of a run: opened once, reopened by one thread after it expired, closed at the end."""

    def __init__(self, connector: Opener, options: Options, run: Run, *, max_attempts: int = 1) -> None:
        self._connector, self._options, self._run, self._max_attempts = connector, options, run, max_attempts
        self._condition = threading.Condition()
        self._calls = 0
        self._reopening = False
        self._proven = True  # a call has succeeded since it was opened
        self.generation = 0
        self.session = self._open()

    def _open(self) -> Any:
        """Sign in, retrying transient failures."""

        def attempt() -> Any:
            return self._connector.open_session(self._options, self._run)

        return patiently(attempt, self._run, max_attempts=self._max_attempts, before_sleep=self._say)

    def _say(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        seconds = state.next_action.sleep if state.next_action else 0.0
        self._run.logger.warning("signing in failed and is tried again in %.0f s: %s", seconds, error)

    @contextmanager
    def lease(self) -> Iterator[tuple[Any, int]]:
        """Lend the session and its generation for one call; waits while it is being reopened."""
        with self._condition:
            self._condition.wait_for(lambda: not self._reopening)
            self._calls += 1
            session, generation = self.session, self.generation
        try:
            yield session, generation
        finally:
            with self._condition:
                self._calls -= 1
                self._condition.notify_all()

    def succeeded(self) -> None:
        """Record that a call worked: should the session expire again later, it may be reopened again."""
        self._proven = True

    def reopen(self, generation: int) -> bool:
        """Replace the session of `generation` once the calls in flight have ended.

        True when there is a new one. False when it was reopened before and nothing has worked since.
        """
        with self._condition:
            self._condition.wait_for(lambda: not self._reopening)
            if self.generation != generation:
                return True
            if not self._proven:
                return False
            self._proven = False
            self._reopening = True
            self._condition.wait_for(lambda: self._calls == 0)
        try:
            close_session(self.session)
            self.session = self._open()
            self.generation += 1
        finally:
            with self._condition:
                self._reopening = False
                self._condition.notify_all()
        return True

    def foresee(self, hook: str, resource: Resource, page_size: int | None) -> None:
        """Tell a session that is a process which listing comes next; other sessions have nothing to do."""
        if callable(foresee := getattr(self.session, "foresee", None)):
            foresee(hook, resource, page_size)

    def finish_reading(self) -> None:
        """End a session that is a process, while the file is made; other sessions have nothing to do."""
        if callable(finish := getattr(type(self.session), "finish_reading", None)):
            finish(self.session)

    def close(self) -> None:
        """Close the session. An error of its `close` escapes when it is one of the host's, else it is logged."""
        close_session(self.session)


def close_session(session: Any) -> None:
    """Call the session's `close`, if it has one."""
    try:
        close = getattr(session, "close", None)
        if callable(close):
            close()
    except ConnectorHostError:
        raise
    except Exception:
        logging.getLogger(__name__).exception("closing the session failed")
    except BaseException as error:
        raise PluginError(f"closing the session failed: {describe_failure(error)}", hint=DEFECT) from error


class Waits:
    """Sums over all threads of a run, in seconds and in numbers of events."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.application = 0.0
        self.waiting = 0.0
        self.retries: dict[str, int] = {}

    def spent(self, seconds: float) -> None:
        """Add the duration of a call."""
        with self._lock:
            self.application += seconds

    def waited(self, reason: str, seconds: float) -> None:
        """Count a retry and the seconds it waits."""
        with self._lock:
            self.waiting += seconds
            self.retries[reason] = self.retries.get(reason, 0) + 1


class Caller:
    """The only way hooks are called, by the rules of the contract. Used from several threads."""

    def __init__(
        self,
        sessions: Sessions,
        run: Run,
        *,
        connector: str,
        max_attempts: int,
        on_wait: Callable[[str, str, float, str], None] = lambda *_: None,
        pace: Pace | None = None,
    ) -> None:
        self._sessions, self._run, self._connector = sessions, run, connector
        self._max_attempts, self._on_wait = max_attempts, on_wait
        self._pace = pace or Pace((), run)
        self.waits = Waits()

    def foresee(self, hook: str, resource: Resource, page_size: int | None) -> None:
        """Announce the listing that is called next: a process makes its first page meanwhile."""
        if not self._run.stopping.is_set():
            self._sessions.foresee(hook, resource, page_size)

    def call(self, hook: str, subject: str, function: Callable[[Any], T]) -> tuple[T, float]:
        """Return the answer of `function(session)`, and the seconds its last attempt took.

        RateLimited, Unavailable and BadResponse are tried again; AuthError reopens the session once. `hook` and
        `subject` name the call in messages. Raises Stopped when the run stops while waiting, PluginError for anything
        that is not one of the host's errors.
        """
        try:
            try:
                return self._once(hook, subject, function)
            except TRANSIENT as error:
                return self._again(error, hook, subject, function)
        except TRANSIENT as error:
            attempts = f" (after {self._max_attempts} attempts)" if self._max_attempts > 1 else ""
            error.message = with_subject(error.message, hook, subject) + attempts
            error.hint = error.hint or "Run the same command again later: it resumes where it stopped."
            raise
        except ConnectorHostError as error:
            error.message = with_subject(error.message, hook, subject)
            raise

    def _again(
        self, first: ConnectorHostError, hook: str, subject: str, function: Callable[[Any], T]
    ) -> tuple[T, float]:
        """Retry after the first attempt failed with `first`: nearly every call needs none of this."""
        failed = [first]

        def attempt() -> tuple[T, float]:
            if failed:
                raise failed.pop()
            return self._once(hook, subject, function)

        return patiently(
            attempt,
            self._run,
            max_attempts=self._max_attempts,
            before_sleep=lambda state: self._report(hook, subject, state),
        )

    def _once(self, hook: str, subject: str, function: Callable[[Any], T]) -> tuple[T, float]:
        while True:
            if self._run.stopping.is_set():
                raise Stopped("the run was stopped")
            self._keep_pace(hook, subject)
            try:
                with self._sessions.lease() as (session, generation):
                    started = time.perf_counter()
                    try:
                        result = function(session)
                    finally:
                        seconds = time.perf_counter() - started
                        self.waits.spent(seconds)
                self._sessions.succeeded()
                if isinstance(result, Page) and isinstance(result.rate_limit, RateLimitStatus):
                    self._pace.report(result.rate_limit)
                return result, seconds
            except AuthError:
                if self._run.stopping.is_set() or not self._sessions.reopen(generation):
                    raise
            except ConnectorHostError:
                raise
            except BaseException as error:  # also SystemExit and KeyboardInterrupt: only the host ends a run
                if self._run.stopping.is_set():  # a killed child or a closed connection fails in its own way
                    raise Stopped("the run was stopped") from error
                raise PluginError(
                    f"connector {self._connector!r}: {call_text(hook, subject)} failed: {describe_failure(error)}",
                    hint=OUTSIDE if isinstance(error, OSError) else DEFECT,
                ) from error

    def _keep_pace(self, hook: str, subject: str) -> None:
        """Wait as the rate limits of the connector and the application ask."""
        seconds = self._pace.reserve(hook)
        if seconds > 0:
            self.waits.waited("paced", seconds)
            self._on_wait(hook, subject, seconds, "the rate limit")
            self._pace.wait(seconds)

    def _report(self, hook: str, subject: str, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        seconds = state.next_action.sleep if state.next_action else 0.0
        reason = "rate_limited" if isinstance(error, RateLimited) else "retried"
        self.waits.waited(reason, seconds)
        self._on_wait(hook, subject, seconds, str(error))


def call_text(hook: str, subject: str) -> str:
    """Return a call as messages name it; a new account may have no name yet."""
    return f"{hook} of {subject}" if subject else hook


def with_subject(message: str, hook: str, subject: str) -> str:
    """Return the message of an error with the call it is about, in front unless the message names the hook itself."""
    call = call_text(hook, subject)
    if call in message:
        return message
    if f": {hook} " in message:
        return message.replace(f": {hook} ", f": {call} ", 1)
    return f"{call}: {message}"


def patiently(
    function: Callable[[], T],
    run: Run,
    *,
    max_attempts: int,
    before_sleep: Callable[[tenacity.RetryCallState], None],
) -> T:
    """Return the answer of `function`, retried while it fails with a transient error. Stopped when the run stops."""

    def sleep(seconds: float) -> None:
        if not run.sleep(seconds):
            raise Stopped("the run was stopped")

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TRANSIENT),
        stop=tenacity.stop_after_attempt(max_attempts),
        wait=_wait,
        sleep=sleep,
        before_sleep=before_sleep,
        reraise=True,
    )
    return retrying(function)


def _wait(state: tenacity.RetryCallState) -> float:
    """Return the seconds until the next attempt: the application's number, else 1, 2, 4, ... with some jitter."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return error.retry_after
    return float(tenacity.wait_exponential_jitter(initial=1, max=LONGEST_WAIT, jitter=1)(state))
