"""Errors of `op` beyond those of the host, and the next steps that several messages share."""

from __future__ import annotations

from connector_host import (
    AuthError,
    BadResponse,
    ConfigError,
    ConnectorError,
    NotFound,
    NotPermitted,
    RateLimited,
    Unavailable,
)

from ..signin_modes import SigninMode

__all__ = [
    "OPTIONAL_FAILURES",
    "REFUSALS",
    "AmbiguousAccount",
    "OpRefused",
    "UnexpectedAnswer",
    "UnknownAccount",
    "WriteConflict",
    "bad_answer",
    "forbidden_hint",
    "refused_sign_in",
    "sign_in_hint",
]

UNKNOWN_TEXT_HINT = (
    "This text is not known to pass by itself, so the call is not repeated. Run the same op command in a terminal; if "
    "it works there, update op and this connector, and report the text."
)
SHAPE_HINT = (
    "This version of op answers in a form that this connector does not know. Update connector-host-onepassword, and "
    "report the version of op with this message."
)


class OpRefused(ConnectorError):
    """`op` failed with a text that is not known to pass. The call is not repeated: the run ends with that text."""

    exit_code = 4

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint or UNKNOWN_TEXT_HINT)


class UnexpectedAnswer(ConnectorError):
    """The JSON of `op` has another shape than it should. The same call would bring the same: it is not repeated."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint or SHAPE_HINT)


class WriteConflict(Unavailable):
    """Two changes of one object at the same time; the same call works a little later."""


class AmbiguousAccount(ConfigError):
    """`op` has several accounts that the settings could mean."""


class UnknownAccount(ConfigError):
    """`op` has no account of the specified name."""


REFUSALS = (NotPermitted, NotFound, ConfigError, OpRefused, UnexpectedAnswer)
"""Failures of an optional question after which a run continues without the answer."""

OPTIONAL_FAILURES = (*REFUSALS, AuthError, Unavailable, BadResponse, RateLimited)
"""Every failure of a question whose answer is only nice to know: the next necessary call shows what is really wrong."""

SIGN_IN_HINTS = {
    SigninMode.DESKTOP: "Open and unlock the 1Password app, check that Settings > Developer > 'Integrate with "
    "1Password CLI' is on, and run again; or set a password and a secret key to sign in without the app.",
    SigninMode.MANUAL: "Check address, e-mail, secret key and password, and run again.",
    SigninMode.SESSION: "The exported OP_SESSION variable is no longer valid: sign in again with `eval $(op signin)` "
    "in this shell, or unset it, and run again.",
    SigninMode.SERVICE: "Check that OP_SERVICE_ACCOUNT_TOKEN holds the whole token of a service account that exists.",
}


def sign_in_hint(mode: SigninMode) -> str:
    """Return the next step after a sign-in that failed."""
    return SIGN_IN_HINTS[mode]


def forbidden_hint(mode: SigninMode) -> str:
    """Return the next step for something that this identity may not see."""
    if mode is SigninMode.SERVICE:
        return "A service account sees only the vaults it was created for; use a person's sign-in to read the rest."
    return "Sign in as a member of Owners or Administrators, or ask one for the right to manage it."


def refused_sign_in(error: OpRefused) -> AuthError:
    """Return the same refusal as a failed sign-in (exit 3)."""
    return AuthError(error.message, hint=error.hint)


def bad_answer(command: str, length: int, start: str, problem: str) -> BadResponse:
    """Return the error for output that cannot be read. It shows the length in bytes and the beginning, no more."""
    html = start.lstrip()[:1] == "<"
    content = "an HTML page" if html else "something"
    return BadResponse(
        f"{command}: op answered {content} that {problem} ({length} bytes, beginning {start.strip()[:60]!r})",
        hint="A proxy or a sign-in page in between answers like this." if html else "",
    )
