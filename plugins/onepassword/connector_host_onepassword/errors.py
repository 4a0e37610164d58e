"""What a failed call of `op` means: its text, looked up in one table.

`op` ends with 1 for nearly every failure, so the text decides. The table is read from the top: what is specific stands
before what is general ("connection reset" is the desktop app's as well as the network's, and a spent rate limit says
"allowed"). Texts are those of real `op` 2.x output.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from connector_host import (
    AuthError,
    BadResponse,
    ConfigError,
    ConnectorError,
    ConnectorHostError,
    NotFound,
    NotPermitted,
    RateLimited,
    Unavailable,
)

from .modes import Mode

__all__ = [
    "REFUSALS",
    "Conflict",
    "Refused",
    "bad_answer",
    "classify",
    "forbidden_hint",
    "retry_after",
    "said",
    "sign_in_hint",
]

LONGEST = 300
"""How many characters of what `op` said an error repeats."""


class Refused(ConnectorError):
    """`op` failed with a text that nobody knows to pass. It is not tried again: the run ends with what `op` said."""


class Conflict(Unavailable):
    """Two changes of one object at the same time; the same call works a little later."""


REFUSALS = (NotPermitted, NotFound, ConfigError, Refused)
"""What may become of a question whose answer is only good to know; all else passes, or ends the session."""


class Rule(NamedTuple):
    """A text that `op` says, the error it is, what happened in our words, and what to do (by mode, if it matters)."""

    pattern: re.Pattern[str]
    error: type[ConnectorHostError]
    message: str
    hint: str | Callable[[Mode], str] = ""


SIGN_IN_HINTS = {
    Mode.DESKTOP: "Open and unlock the 1Password app, check that Settings > Developer > 'Integrate with 1Password CLI' "
    "is on, and run again; or give a password and a secret key to sign in without the app.",
    Mode.MANUAL: "Check address, e-mail, secret key and password, and run again.",
    Mode.SESSION: "The exported OP_SESSION variable is no longer valid: sign in again with `eval $(op signin)` in this "
    "shell, or unset it, and run again.",
    Mode.SERVICE: "Check that OP_SERVICE_ACCOUNT_TOKEN holds the whole token of a service account that still exists.",
}


def sign_in_hint(mode: Mode) -> str:
    """What to do about a sign-in that did not work."""
    return SIGN_IN_HINTS[mode]


def _crash_hint(mode: Mode) -> str:
    if mode is Mode.SERVICE:
        return "A malformed service account token makes op do this: check that the token is whole, then update op."
    return "Update op to the newest version; if it goes on, report it to 1Password."


def forbidden_hint(mode: Mode) -> str:
    """What to do about something that this identity may not see."""
    if mode is Mode.SERVICE:
        return "A service account sees only what it was given; use a person's sign-in to read the rest."
    return "Sign in as a member of Owners or Administrators, or have one give this person the right to manage it."


def _rule(pattern: str, error: type[ConnectorHostError], message: str, hint: str | Callable[[Mode], str] = "") -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE), error, message, hint)


RULES = (
    # ---- the service account's token
    _rule(
        r"service account (\w+ ){0,6}deleted",
        AuthError,
        "the service account was deleted",
        "Make a new service account and put its token in OP_SERVICE_ACCOUNT_TOKEN.",
    ),
    _rule(
        r"DecodeSACCredentials|invalid service account token|service account token is (invalid|malformed)",
        AuthError,
        "the service account token is malformed",
        "Copy the whole token again (it begins with ops_) into OP_SERVICE_ACCOUNT_TOKEN.",
    ),
    _rule(r"not authenticated yet", Unavailable, "the service account has not been used yet"),
    _rule(r"^(panic: |fatal error: )|^goroutine \d+ \[", BadResponse, "op crashed", _crash_hint),
    # ---- signing in
    _rule(
        r"credentials are not compatible with the provided user auth",
        AuthError,
        "this person signs in with SSO or a passkey, which a password and a secret key cannot replace",
        "Use the desktop app, or a person of its own for this who signs in with a password.",
    ),
    _rule(
        r"no saved device id",
        AuthError,
        "op has no device id on this machine",
        "Set OP_DEVICE to the id that op names, and run again.",
    ),
    _rule(
        r"authorization prompt dismissed|authorization (prompt )?time(d )?out",
        AuthError,
        "the prompt of the 1Password app was dismissed or not answered in time",
        "Run again and approve the prompt that the 1Password app shows.",
    ),
    _rule(
        r"connect(ing)? to (the )?(1password )?desktop app",
        AuthError,
        "the 1Password desktop app cannot be reached",
        "Start and unlock the app and turn on Settings > Developer > 'Integrate with 1Password CLI'. On Linux the app "
        "accepts only the op that the system's package manager installed.",
    ),
    _rule(r"(1password|app|account|vault) is (currently )?locked", AuthError, "1Password is locked", sign_in_hint),
    _rule(
        r"no accounts configured",
        AuthError,
        "op knows no account on this machine",
        "Turn on Settings > Developer > 'Integrate with 1Password CLI' in the desktop app, or give address, e-mail, "
        "secret key and password.",
    ),
    _rule(
        r"(no accounts?( was)? found|found no accounts?) for filter",
        ConfigError,
        "op knows no account of that name on this machine",
        "Check --address; `op account list` shows the accounts that op knows.",
    ),
    _rule(r"session (token )?(has )?expired|expired session", AuthError, "the session has expired", sign_in_hint),
    _rule(
        r"not (currently )?signed in|no active session|could not find session token|session token .{0,40}invalid",
        AuthError,
        "not signed in to 1Password",
        sign_in_hint,
    ),
    _rule(
        r"\(401\)|unauthori[sz]ed|(incorrect|invalid|wrong) (account )?(e-?mail|password|secret key|credentials)",
        AuthError,
        "1Password did not accept the sign-in",
        sign_in_hint,
    ),
    # ---- limits and faults that pass
    _rule(r"\(429\)|too many requests|rate[- ]?limit", RateLimited, "1Password asks to wait: too many requests"),
    _rule(r"\(409\)", Conflict, "1Password reported a conflict with another change"),
    _rule(r"\(5\d\d\)", Unavailable, "1Password has a fault of its own for now"),
    # ---- changes
    _rule(
        r"accessor (does not|doesn't) have any permissions",
        NotFound,
        "there is no direct access to take away",
        "Access may come through a group, or a service account may try to take away a part of what it gave.",
    ),
    _rule(
        r"dependent on the permission",
        Refused,
        "this permission cannot be changed without others",
        "Grant what it stands on, or revoke what stands on it, as well.",
    ),
    # ---- rights, names, requests
    _rule(
        r"\(403\)|\(101\)|(not|aren't|isn't) authorized|(not|n't) have (the )?(\w+ )?(permission|access)|not permitted",
        NotPermitted,
        "this identity may not see or do that",
        forbidden_hint,
    ),
    _rule(
        r"more than one .{1,40} match",
        ConfigError,
        "1Password has several of that name",
        "Name it by its id.",
    ),
    _rule(r"\(404\)|isn't an? (user|group|vault|item)\b", NotFound, "1Password has no such object (any more)"),
    _rule(r"\(400\)", Refused, "1Password did not understand the request"),
    _rule(
        r"dial tcp|no such host|i/o timeout|connection (reset|refused)|\bEOF\b|getaddrinfo|TLS handshake|x509"
        r"|network is unreachable|no route to host|deadline exceeded|temporary failure|broken pipe",
        Unavailable,
        "1Password cannot be reached over the network",
        "Check the connection, and the proxy if there is one.",
    ),
    # ---- the program itself
    _rule(
        r"unknown (shorthand )?(flag|command)|invalid argument|accepts \d+ arg|requires at least|^Usage:",
        ConfigError,
        "this version of op does not know the command",
        "Update the 1Password CLI.",
    ),
    _rule(
        r"(out of date|outdated|no longer supported|too old)",
        ConfigError,
        "1Password asks for a newer op",
        "Update the 1Password CLI.",
    ),
    _rule(
        r"permission denied|read-only file system|no space left",
        ConfigError,
        "op cannot write its configuration folder",
        "Make it writable, or point OP_CONFIG_DIR at a folder that is.",
    ),
)

PREFIX = re.compile(r"^\[(?P<level>ERROR|WARN|WARNING|INFO|DEBUG)\]\s+(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\s+)?")
WAIT = re.compile(
    r"(?:retry|try again|wait)\b.{0,20}?\b(?P<number>an?|\d+(?:\.\d+)?)\s*"
    r"(?P<unit>seconds?|minutes?|hours?|days?|[smh])\b",
    re.IGNORECASE,
)
SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def said(stderr: str) -> str:
    """What `op` said went wrong: the lines from the first `[ERROR]` on, else all that is no warning; no time stamps."""
    lines = [line.rstrip() for line in stderr.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        if (match := PREFIX.match(line)) and match["level"] == "ERROR":
            return "\n".join(PREFIX.sub("", line) for line in lines[number:])
    return "\n".join(line for line in lines if not PREFIX.match(line))


def retry_after(text: str) -> float | None:
    """The wait, in seconds, that a rate limit states, or None."""
    match = WAIT.search(text)
    if match is None:
        return None
    number = 1.0 if match["number"].lower() in ("a", "an") else float(match["number"])
    return number * SECONDS[match["unit"][0].lower()]


def classify(command: str, code: int, stderr: str, mode: Mode) -> ConnectorHostError:
    """The error that a call which ended with `code` is. `command` is the call without flags that could be secret."""
    text = said(stderr)
    if code < 0:
        return Unavailable(f"{command}: op was killed by signal {-code}")
    shown = _shorten(text)
    quoted = f" (op said: {shown})" if shown else ""
    for rule in RULES:
        if rule.pattern.search(text):
            message = f"{command}: {rule.message}{quoted}"
            hint = rule.hint(mode) if callable(rule.hint) else rule.hint
            if rule.error is RateLimited:
                return RateLimited(message, retry_after=retry_after(text), hint=hint)
            return rule.error(message, hint=hint)
    if shown:
        return Refused(f"{command}: op failed with exit code {code}{quoted}")
    return Refused(f"{command}: op failed with exit code {code} and said nothing")


def _shorten(text: str) -> str:
    line = " / ".join(text.splitlines()[:3])
    return line if len(line) <= LONGEST else line[:LONGEST] + "..."


def bad_answer(command: str, length: int, start: str, problem: str) -> BadResponse:
    """For output that cannot be read: its length in bytes and its beginning, no more."""
    html = start.lstrip()[:1] == "<"
    what = "an HTML page" if html else "something"
    return BadResponse(
        f"{command}: op answered {what} that {problem} ({length} bytes, beginning {start.strip()[:60]!r})",
        hint="A proxy or a sign-in page in between answers like this." if html else "",
    )
