"""The four ways to sign in, the choice between them, and the environment each one gives to `op`.

`op` itself prefers Connect to a service account and a service account to everything else, and reads a dozen variables.
The environment of the child is therefore built here: a variable left over in a shell never changes who signs in.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

__all__ = ["SigninMode", "child_environment", "choose_mode", "exported_sessions"]


class SigninMode(enum.StrEnum):
    """Way to sign in."""

    DESKTOP = "desktop app"
    MANUAL = "password"
    SESSION = "exported session"
    SERVICE = "service account"


KEPT = frozenset({"OP_CONFIG_DIR", "OP_DEVICE"})
"""The CLI's folder and device id: the same in every mode."""

DROPPED_PREFIXES = ("OP_", "BATON_")
"""Variables that would change answers or their origin, and secrets of the host that `op` need not see."""

FIXED = {"OP_DEBUG": "false", "OP_CACHE": "false", "OP_FORMAT": "json", "OP_ISO_TIMESTAMPS": "true"}

DESKTOP_SETTINGS = "OP_LOAD_DESKTOP_APP_SETTINGS"
"""`op` 2.35 reads the app's settings even with a token; macOS then shows a permission dialog and `op` waits for it."""


def exported_sessions(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the session tokens that `eval $(op signin)` left in the environment, by variable name."""
    return {
        name: value
        for name, value in environ.items()
        if (name == "OP_SESSION" or name.startswith("OP_SESSION_")) and value.strip()
    }


def choose_mode(auth_type: str, environ: Mapping[str, str], *, has_credentials: bool) -> SigninMode:
    """Return the mode: a service account if requested, else an exported session, else a password, else the app.

    `has_credentials`: a password or a secret key was specified, wherever.
    """
    if auth_type == "service":
        return SigninMode.SERVICE
    if exported_sessions(environ):
        return SigninMode.SESSION
    return SigninMode.MANUAL if has_credentials else SigninMode.DESKTOP


def child_environment(mode: SigninMode, environ: Mapping[str, str], *, service_token: str = "") -> dict[str, str]:
    """Return the environment for `op`: ours, without what could shadow the mode, with what the mode needs."""
    child = {name: value for name, value in environ.items() if name in KEPT or not name.startswith(DROPPED_PREFIXES)}
    child.update(FIXED)
    # The app is called in its own mode only: elsewhere a missing session must be an error, not a prompt or a dialog.
    if mode is SigninMode.DESKTOP:
        child["OP_BIOMETRIC_UNLOCK_ENABLED"] = "true"
        if DESKTOP_SETTINGS in environ:
            child[DESKTOP_SETTINGS] = environ[DESKTOP_SETTINGS]
    else:
        child["OP_BIOMETRIC_UNLOCK_ENABLED"] = "false"
        child[DESKTOP_SETTINGS] = "false"
    if mode is SigninMode.SESSION:
        child.update(exported_sessions(environ))
    elif mode is SigninMode.SERVICE:
        child["OP_SERVICE_ACCOUNT_TOKEN"] = service_token
    if mode is not SigninMode.SERVICE and environ.get("OP_ACCOUNT"):
        child["OP_ACCOUNT"] = environ["OP_ACCOUNT"]
    return child
