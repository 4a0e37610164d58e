"""The four ways to sign in, which one is used, and the environment each one gives to `op`.

`op` itself prefers Connect to a service account and a service account to everything else, and reads a dozen variables.
The environment of the child is therefore built here: a variable left over in a shell never changes who signs in.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

__all__ = ["Mode", "child_environment", "choose", "exported_sessions"]


class Mode(enum.StrEnum):
    """How the connector signs in."""

    DESKTOP = "desktop app"
    MANUAL = "password"
    SESSION = "exported session"
    SERVICE = "service account"


# Where the CLI keeps its files, which device it is, and how to reach the network: the same in every mode.
KEPT = frozenset({"OP_CONFIG_DIR", "OP_DEVICE"})

# Variables that would change how answers look or where they come from, and our own secrets, which `op` need not see.
DROPPED_PREFIXES = ("OP_", "BATON_")

FIXED = {"OP_DEBUG": "false", "OP_CACHE": "false", "OP_FORMAT": "json", "OP_ISO_TIMESTAMPS": "true"}


def exported_sessions(environ: Mapping[str, str]) -> dict[str, str]:
    """The session tokens that `eval $(op signin)` left in the environment, by variable name."""
    return {
        name: value
        for name, value in environ.items()
        if (name == "OP_SESSION" or name.startswith("OP_SESSION_")) and value.strip()
    }


def choose(auth_type: str, environ: Mapping[str, str], *, has_credentials: bool) -> Mode:
    """The mode: a service account if asked for, else an exported session, else a password, else the desktop app.

    `has_credentials`: a password or a secret key was given, from wherever.
    """
    if auth_type == "service":
        return Mode.SERVICE
    if exported_sessions(environ):
        return Mode.SESSION
    return Mode.MANUAL if has_credentials else Mode.DESKTOP


def child_environment(mode: Mode, environ: Mapping[str, str], *, service_token: str = "") -> dict[str, str]:
    """What `op` gets to see: our environment without what could shadow the mode, with what the mode needs."""
    child = {name: value for name, value in environ.items() if name in KEPT or not name.startswith(DROPPED_PREFIXES)}
    child.update(FIXED)
    # The desktop app is asked in its own mode only: elsewhere a missing session must be an error, not a prompt.
    child["OP_BIOMETRIC_UNLOCK_ENABLED"] = "true" if mode is Mode.DESKTOP else "false"
    if mode is Mode.SESSION:
        child.update(exported_sessions(environ))
    elif mode is Mode.SERVICE:
        child["OP_SERVICE_ACCOUNT_TOKEN"] = service_token
    if mode is not Mode.SERVICE and environ.get("OP_ACCOUNT"):
        child["OP_ACCOUNT"] = environ["OP_ACCOUNT"]
    return child
