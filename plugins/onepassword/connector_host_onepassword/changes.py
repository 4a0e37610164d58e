"""Makes a change step by step: look, do the next call, look again, until what was asked for is so.

`op` says little about a write (nothing at all for groups), may have done it although the answer got lost, and needs
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

from .errors import Conflict, Refused
from .modes import Mode
from .op import Op

__all__ = ["Call", "Changes"]

Call = tuple[str, ...]
"""The words of one call of `op`, without the flags that every call has."""

ATTEMPTS = 6
FIRST_WAIT = 0.5  # seconds; doubled after each conflict, and stretched at random so that two never stay in step

PERHAPS_DONE = (Unavailable, BadResponse, NotFound, Refused)
"""Failures after which what was asked for may be so all the same."""

PERSON_NEEDED = "Sign in as a person who may do it: a member of Owners or Administrators, or of Provision Managers."


class Changes:
    """The writes of one session. Safe to use from several threads."""

    def __init__(self, op: Op, mode: Mode, run: Run) -> None:
        self.mode = mode
        self._op = op
        self._run = run
        self._lock = threading.Lock()
        self._locks: dict[Hashable, threading.Lock] = {}

    def person_only(self, what: str) -> None:
        """Say before trying what 1Password lets no service account do."""
        if self.mode is Mode.SERVICE:
            raise NotPermitted(f"a service account may not {what}", hint=PERSON_NEEDED)

    def reach(
        self,
        key: Hashable,
        left: Callable[[], Sequence[Call]],
        *,
        dry_run: bool,
        grants: Callable[[], tuple[Grant, ...]] = tuple,
    ) -> Change:
        """Make calls until `left()`, which looks at 1Password and gives the calls still to be made, gives none.

        `key` names the object that is changed. The calls of the change are those made (with `dry_run`, those that
        would be); `grants()` is asked at the end.
        """
        made: list[Call] = []
        with self._alone(key):
            todo = left()
            if todo and dry_run:
                return Change(outcome=Outcome.PLANNED, calls=self._shown(todo), grants=grants())
            for attempt in range(ATTEMPTS):
                if not todo:
                    break
                todo = self._step(todo, left, made, attempt)
        return Change(outcome=Outcome.DONE if made else Outcome.ALREADY, calls=self._shown(made), grants=grants())

    def _step(
        self, todo: Sequence[Call], left: Callable[[], Sequence[Call]], made: list[Call], attempt: int
    ) -> Sequence[Call]:
        """Make the next call; give what is left to do after it."""
        call = todo[0]
        try:
            self._op.call(*call)
        except Conflict as error:
            self._wait(attempt, error)
            return left()
        except PERHAPS_DONE as error:
            if not self._nothing_left(left):
                raise
            if isinstance(error, (Unavailable, BadResponse)):
                made.append(call)  # its answer got lost; a refusal means that somebody else was faster
            return ()
        made.append(call)
        after = left()
        if after and list(after) == list(todo):
            raise BadResponse(
                f"op {' '.join(call[:3])}: op reported success, but nothing has changed",
                hint="Look at the object in 1Password before trying again.",
            )
        return after

    def _nothing_left(self, left: Callable[[], Sequence[Call]]) -> bool:
        try:
            return not left()
        except ConnectorError:
            return False

    def _wait(self, attempt: int, error: Conflict) -> None:
        if attempt == ATTEMPTS - 1:
            raise error
        seconds = FIRST_WAIT * 2**attempt * random.uniform(1, 1.5)  # noqa: S311  no secret hangs on it
        self._run.logger.debug("%s: trying again in %.1f s", error.message, seconds)
        if not self._run.sleep(seconds):
            raise error

    def _shown(self, calls: Sequence[Call]) -> tuple[str, ...]:
        account = ("--account", self._op.account) if self._op.account else ()
        return tuple(shlex.join(("op", *call, *account)) for call in calls)

    @contextmanager
    def _alone(self, key: Hashable) -> Iterator[None]:
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            yield
