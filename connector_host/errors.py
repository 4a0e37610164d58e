"""Every error that connector-host raises on purpose, and what each one does to a run.

::

    ConnectorHostError                     70  something is wrong in the host itself
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
        ├── RateLimited                    10  retried after `retry_after` seconds
        ├── Unavailable                    10  retried with growing waits
        └── BadResponse                    10  the application answered nonsense; retried

An error has a message (what failed, where) and a hint (what to do next). Neither ever holds a secret: the host
redacts known secret values from both before they are shown.
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
    "ShrinkGuard",
    "Stopped",
    "Unavailable",
    "UnsupportedFormat",
]


class ConnectorHostError(Exception):
    """Base of all. `hint` is one sentence that says what to do next, or empty."""

    exit_code: int = 70

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class ConfigError(ConnectorHostError):
    """An option, environment variable, config file or command line is wrong. Connectors may raise it, too."""

    exit_code = 2


class FileError(ConnectorHostError):
    """A file cannot be read or written, or is not what it should be."""

    exit_code = 2


class UnsupportedFormat(FileError):
    """A c1z file of a known but unsupported format, engine or feature; the message names it."""


class NotFoundInFile(ConnectorHostError):
    """The sync, resource, entitlement or grant that was asked for is not in the file."""

    exit_code = 5


class PreconditionError(ConnectorHostError):
    """Something must happen first: another run to end, working state to be removed, a sync to be finished."""

    exit_code = 9


class IncompleteSync(ConnectorHostError):
    """Parts of the application could not be read; the output file was left alone and the working state kept."""

    exit_code = 6


class ShrinkGuard(ConnectorHostError):
    """The new sync has far fewer objects than the one before; the output file was left alone."""

    exit_code = 7


class BudgetSpent(ConnectorHostError):
    """The attempts or the time that were allowed are used up; the checkpoint is kept."""

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
    """The identity may not see or do what was asked. A sync goes on and ends incomplete."""

    exit_code = 4


class NotFound(ConnectorError):
    """The object asked for does not exist (any more). A list hook that raises it is skipped and counted."""

    exit_code = 5


class RateLimited(ConnectorError):
    """The application asks to wait. `retry_after` is seconds, or None when it did not say."""

    def __init__(self, message: str, *, retry_after: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Unavailable(ConnectorError):
    """The application cannot be reached or failed for now."""


class BadResponse(ConnectorError):
    """The application answered something that cannot be understood."""
