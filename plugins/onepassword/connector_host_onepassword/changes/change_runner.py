"""Changes made step by step: look, make the next call, look again, until the requested state is reached.

`op` reports little about a write (nothing at all for groups), may have done it although the answer got lost, and needs
some of them twice. Looking is what makes a change idempotent and its outcome true. Writes to one object go one at a
time: 1Password answers two at once with a conflict.
"""

from __future__ import annotations

import random
import shlex
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager

from connector_host import BadResponse, Change, ConnectorError, Grant, NotFound, NotPermitted, Outcome, Run, Unavailable

from ..op_cli.op import Op
from ..op_cli.op_errors import OpRefused, WriteConflict
from ..signin_modes import SigninMode

__all__ = ["PERSON_NEEDED", "ChangeRunner", "OpCall"]

OpCall = tuple[str, ...]
"""The words of one call of `op`, without the flags that every call has."""

ATTEMPTS = 6
FIRST_WAIT = 0.5
"""Seconds; doubled after each conflict, and stretched at random so that two never stay in step."""

MAYBE_DONE = (Unavailable, BadResponse, NotFound, OpRefused)
"""Failures after which the requested state may be reached all the same."""

PERSON_NEEDED = "Sign in as a person who may do it: a member of Owners or Administrators, or of Provision Managers."


class ChangeRunner:
    """Makes the writes of one session. Safe to use from several threads."""

    def __init__(self, op: Op, mode: SigninMode, run: Run) -> None:
        self.mode = mode
        self._op = op
        self._run = run
        self._lock = threading.Lock()
        self._locks: dict[Hashable, threading.Lock] = {}

    def require_person(self, action: str) -> None:
        """Raise NotPermitted, before trying, for an action that 1Password allows no service account."""
        if self.mode is SigninMode.SERVICE:
            raise NotPermitted(f"a service account may not {action}", hint=PERSON_NEEDED)

    def warn(self, sentence: str) -> None:
        """Log something that a person should know before the change."""
        self._run.logger.warning("%s", sentence)

    def complete(
        self,
        key: Hashable,
        remaining: Callable[[], Sequence[OpCall]],
        *,
        dry_run: bool,
        grants: Callable[[], tuple[Grant, ...]] = tuple,
    ) -> Change:
        """Make calls until none remains.

        Args:
            key: names the object that is changed.
            remaining: looks at 1Password and returns the calls that are still to be made.
            dry_run: return those calls without making them.
            grants: returns the grants for the result; called at the end.

        """
        made_calls: list[OpCall] = []
        with self._alone(key):
            calls = remaining()
            if calls and dry_run:
                return Change(outcome=Outcome.PLANNED, calls=self._shown(calls), grants=grants())
            for attempt in range(ATTEMPTS):
                if not calls:
                    break
                calls = self._step(calls, remaining, made_calls, attempt)
        return Change(
            outcome=Outcome.DONE if made_calls else Outcome.ALREADY, calls=self._shown(made_calls), grants=grants()
        )

    def _step(
        self, calls: Sequence[OpCall], remaining: Callable[[], Sequence[OpCall]], made_calls: list[OpCall], attempt: int
    ) -> Sequence[OpCall]:
        """Make the next call; return the calls that remain after it."""
        call = calls[0]
        try:
            self._op.call(*call)
        except WriteConflict as error:
            self._wait(attempt, error)
            return remaining()
        except MAYBE_DONE as error:
            if not self._is_complete(remaining):
                raise
            if isinstance(error, (Unavailable, BadResponse)):
                made_calls.append(call)  # its answer got lost; a refusal means that somebody else was faster
            return ()
        made_calls.append(call)
        after = remaining()
        if after and list(after) == list(calls):
            raise BadResponse(
                f"op {' '.join(call[:3])}: op reported success, but nothing has changed",
                hint="Look at the object in 1Password before trying again.",
            )
        return after

    def _is_complete(self, remaining: Callable[[], Sequence[OpCall]]) -> bool:
        try:
            return not remaining()
        except ConnectorError:
            return False

    def _wait(self, attempt: int, error: WriteConflict) -> None:
        if attempt == ATTEMPTS - 1:
            raise error
        seconds = FIRST_WAIT * 2**attempt * random.uniform(1, 1.5)  # noqa: S311  no secret depends on it
        self._run.logger.debug("%s: trying again in %.1f s", error.message, seconds)
        if not self._run.sleep(seconds):
            raise error

    def _shown(self, calls: Sequence[OpCall]) -> tuple[str, ...]:
        account = ("--account", self._op.account) if self._op.account else ()
        return tuple(shlex.join(("op", *call, *account)) for call in calls)

    @contextmanager
    def _alone(self, key: Hashable) -> Iterator[None]:
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            yield
