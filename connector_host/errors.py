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


class ConnectorHostError(Exception):
    """Base of all errors. `hint` is one sentence with what to do next, or empty."""

    exit_code: int = 70

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

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
    """The application asks to wait. `retry_after` is in seconds, or None if it named no time."""

    def __init__(self, message: str, *, retry_after: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Unavailable(ConnectorError):
    """The application cannot be reached, or fails at the moment."""


class BadResponse(ConnectorError):
    """The application returned a response that cannot be understood."""
