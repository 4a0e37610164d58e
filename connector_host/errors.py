"""Every error that connector-host raises on purpose, with its effect on a run.

::

    ConnectorHostError                     70  a defect of the host itself
    ├── ConfigError                         2  an option, a config file or a command line is wrong
    ├── FileError                           2  a c1z file cannot be read or written
    │   └── UnsupportedFormat               2  a c1z of a format or engine this version does not read
    ├── NotFoundInFile                      5  the sync, resource, entitlement or grant asked for is not in the file
    ├── PreconditionError                   9  a run in progress, foreign working state, an unfinished sync
    ├── IncompleteSync                      6  parts could not be read; nothing was replaced
    ├── ShrinkGuard                         7  the sync is far smaller than the one before
    ├── BudgetSpent                         8  the attempts or the time allowed are used up
    ├── Stopped                           130  a person or the system stopped the run (143 for SIGTERM)
    ├── PluginError                        70  a connector cannot be loaded or broke the contract
    └── ConnectorError                      -  raised by connectors, from their hooks:
        ├── AuthError                       3  signed out, wrong or expired credentials
        ├── NotPermitted                    4  this identity may not do or see that
        ├── NotFound                        5  the object is gone
        ├── Refused                        10  the application refused the call; not retried
        ├── RateLimited                    10  retried after `retry_after` seconds
        ├── Unavailable                    10  retried with growing waits
        └── BadResponse                    10  the application returned nonsense; retried

An error has a message (what failed, where) and a hint (what to do next). Neither ever holds a secret: the host masks
known secret values in both before it shows them.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

__all__ = [
    "AuthError",
    "BadResponse",
    "BudgetSpent",
    "ConfigError",
    "ConnectorError",
    "ConnectorHostError",
    "FileError",
    "IncompleteSync",
    "NotFound",
    "NotFoundInFile",
    "NotPermitted",
    "PluginError",
    "PreconditionError",
    "RateLimited",
    "Refused",
    "ShrinkGuard",
    "Stopped",
    "Unavailable",
    "UnsupportedFormat",
]

LONGEST_WAIT = 7 * 86_400.0
"""Seconds that an application can make a run wait."""


def valid_text(value: object) -> str:
    """Return a value as a text that can be printed and stored; parts that are not Unicode are escaped."""
    text = value if isinstance(value, str) else str(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def error_text(error: BaseException) -> str:
    """Return an exception as `Class: message`, also if its own `__str__` fails."""
    name = type(error).__name__
    try:
        text = valid_text(error)
    except Exception as failure:  # noqa: BLE001 - the code of a connector
        return f"{name} (its text cannot be read: {type(failure).__name__})"
    return f"{name}: {text}" if text else name


class ConnectorHostError(Exception):
    """Base of all errors. `hint` is one sentence with what to do next, or empty.

    A message that is no text (another exception, a number) is shown as one; without any, the class is named.
    """

    exit_code: int = 70

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = valid_text(type(self).__name__ if message in (None, "") else message)
        self.hint = valid_text(hint or "")
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message


class ConfigError(ConnectorHostError):
    """An option, environment variable, config file or command line is wrong. Connectors may also raise it."""

    exit_code = 2


class FileError(ConnectorHostError):
    """A file cannot be read or written, or has the wrong content."""

    exit_code = 2


class UnsupportedFormat(FileError):
    """A c1z file of a known but unsupported format, engine or feature; the message names it."""


class NotFoundInFile(ConnectorHostError):
    """The requested sync, resource, entitlement or grant is not in the file."""

    exit_code = 5


class PreconditionError(ConnectorHostError):
    """A precondition is not met: another run must end, working state be removed, or a sync be finished."""

    exit_code = 9


class IncompleteSync(ConnectorHostError):
    """Parts of the application could not be read; the output file is unchanged and the working state is kept."""

    exit_code = 6


class ShrinkGuard(ConnectorHostError):
    """The new sync has far fewer objects than the previous one; the output file is unchanged."""

    exit_code = 7


class BudgetSpent(ConnectorHostError):
    """The allowed attempts or time are used up; the checkpoint is kept."""

    exit_code = 8


class Stopped(ConnectorHostError):
    """The run was stopped by a signal; the checkpoint is kept."""

    exit_code = 130


class PluginError(ConnectorHostError):
    """A connector cannot be found or loaded, or one of its hooks broke the contract."""


class ConnectorError(ConnectorHostError):
    """Base of the errors that connectors raise from their hooks."""

    exit_code = 10


class AuthError(ConnectorError):
    """Signed out, or the credentials are wrong or expired. The host reopens the session once, then stops."""

    exit_code = 3


class NotPermitted(ConnectorError):
    """The identity may not see or do this. A sync continues and ends incomplete."""

    exit_code = 4


class NotFound(ConnectorError):
    """The object does not exist, or no longer. A listing whose subject is gone is skipped and counted."""

    exit_code = 5


class Refused(ConnectorError):
    """The application refused the call as it is (HTTP 400, 409, 422). It is not retried."""


class RateLimited(ConnectorError):
    """The application asks to wait. `retry_after` is in seconds, or None if it named no time.

    The value of a header `Retry-After` (seconds or a date), a `timedelta` and a `datetime` are converted to seconds; a
    value that cannot be read is None, so that the host chooses the time.
    """

    def __init__(
        self, message: str, *, retry_after: float | str | timedelta | datetime | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = _seconds(retry_after)


class Unavailable(ConnectorError):
    """The application cannot be reached, or fails at the moment."""


class BadResponse(ConnectorError):
    """The application returned a response that cannot be understood."""


def _seconds(value: object) -> float | None:
    """Return a time to wait in seconds, at least 0 and at most `LONGEST_WAIT`; None if it cannot be read."""
    try:
        if isinstance(value, str) and ":" in value:
            value = parsedate_to_datetime(value)
        if isinstance(value, datetime):
            value = (value if value.tzinfo else value.replace(tzinfo=UTC)) - datetime.now(UTC)
        seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return None if math.isnan(seconds) or math.isinf(seconds) else min(max(0.0, seconds), LONGEST_WAIT)
