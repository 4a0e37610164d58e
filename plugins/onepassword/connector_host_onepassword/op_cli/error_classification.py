"""Classification of a failed call of `op` by its exit code and its text."""

from __future__ import annotations

import re

from connector_host import ConnectorHostError, RateLimited, Unavailable

from ..signin_modes import SigninMode
from .error_rules import RULES
from .op_errors import OpRefused

__all__ = ["classify", "error_text", "retry_after"]

LONGEST = 300
"""Characters of the text of `op` that an error repeats."""

PREFIX = re.compile(r"^\[(?P<level>ERROR|WARN|WARNING|INFO|DEBUG)\]\s+(\d{4}/\d\d/\d\d( \d\d:\d\d:\d\d)?\s+)?")
WAIT = re.compile(
    r"(?:retry|try again|wait)\b.{0,20}?\b(?P<number>an?|\d+(?:\.\d+)?)\s*"
    r"(?P<unit>seconds?|minutes?|hours?|days?|[smh])\b",
    re.IGNORECASE,
)
SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
WINDOWS_STATUS = 0x8000_0000
"""Windows ends a killed process with a status from here on."""


def error_text(stderr: str) -> str:
    """Return the error of `op` without times: the lines from the first `[ERROR]` on, else all but the warnings."""
    lines = [line.rstrip() for line in stderr.lstrip("\ufeff").splitlines() if line.strip()]
    for number, line in enumerate(lines):
        if (match := PREFIX.match(line)) and match["level"] == "ERROR":
            return "\n".join(PREFIX.sub("", line) for line in lines[number:])
    return "\n".join(line for line in lines if not PREFIX.match(line))


def retry_after(text: str) -> float | None:
    """Return the wait, in seconds, that a rate limit states, or None."""
    match = WAIT.search(text)
    if match is None:
        return None
    number = 1.0 if match["number"].lower() in ("a", "an") else float(match["number"])
    return number * SECONDS[match["unit"][0].lower()]


def classify(command: str, code: int, stderr: str, mode: SigninMode, *, installation: str = "") -> ConnectorHostError:
    """Return the error for a call that ended with `code`.

    Args:
        command: the call without values that could be secret.
        code: the exit code; negative for a signal.
        stderr: the standard error of the call, secrets masked.
        mode: the sign-in mode, which decides the next step.
        installation: a note on the way `op` is installed, added where that can be the reason.

    """
    text = error_text(stderr)
    if code < 0:
        return Unavailable(f"{command}: op was killed by signal {-code}")
    if code >= WINDOWS_STATUS:
        return Unavailable(f"{command}: op was ended by the system (status {code:#x})")
    shown = _shorten(text)
    quoted = f" (op reported: {shown})" if shown else ""
    for rule in RULES:
        if rule.pattern.search(text):
            message = f"{command}: {rule.message}{quoted}"
            hint = rule.hint(mode) if callable(rule.hint) else rule.hint
            if rule.installation and installation:
                hint = f"{installation} {hint}"
            if rule.error is RateLimited:
                return RateLimited(message, retry_after=retry_after(text), hint=hint)
            return rule.error(message, hint=hint)
    if shown:
        return OpRefused(f"{command}: op failed with exit code {code}{quoted}")
    return OpRefused(f"{command}: op failed with exit code {code} and reported nothing")


def _shorten(text: str) -> str:
    line = " / ".join(text.splitlines()[:3])
    return line if len(line) <= LONGEST else line[:LONGEST] + "..."
