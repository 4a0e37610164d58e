"""Options of one run as one typed value, and the sign-in mode that they choose."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connector_host import ConfigError, Options, Secret

from . import permissions
from .signin_modes import SigninMode, choose_mode

__all__ = ["DEFAULT_TIMEOUT", "DESKTOP_PROMPT_TIMEOUT", "ConnectorSettings", "mode_of", "option_text", "read_settings"]

DEFAULT_TIMEOUT = 60.0
"""Seconds that one call of `op` may take."""

DESKTOP_PROMPT_TIMEOUT = 150.0
"""Seconds for the first call of the desktop app, which waits for a person; its prompt expires after 1 to 2 minutes."""


@dataclass(frozen=True)
class ConnectorSettings:
    """The options of one run. Secrets are plain text here and never shown: `repr` leaves them out."""

    address: str = ""
    email: str = ""
    auth_type: str = "user"
    password: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    service_token: str = field(default="", repr=False)
    limit: frozenset[str] | None = None
    op_path: str = "op"
    timeout: float = DEFAULT_TIMEOUT
    details: bool = True
    allow_lockout: bool = False

    @property
    def has_credentials(self) -> bool:
        """True if a password or a secret key was specified: then the desktop app is not needed."""
        return bool(self.password or self.secret_key)

    @property
    def prompt_timeout(self) -> float:
        """The time limit, in seconds, of a call that a person may have to approve."""
        return DESKTOP_PROMPT_TIMEOUT if self.timeout == DEFAULT_TIMEOUT else self.timeout


def read_settings(options: Mapping[str, Any]) -> ConnectorSettings:
    """Return the options as one value. Raises ConfigError for a misspelt permission or an unusable text."""
    limit = tuple(options.get("limit-vault-permissions") or ())
    for name in limit:
        if not permissions.is_known(name) and (suggestion := permissions.closest(name)):
            raise ConfigError(
                f"--limit-vault-permissions: there is no permission {name!r}", hint=f"Did you mean {suggestion!r}?"
            )
    return ConnectorSettings(
        address=option_text(options, "address"),
        email=option_text(options, "email"),
        auth_type=option_text(options, "auth-type") or "user",
        password=option_text(options, "password").rstrip("\r\n"),
        secret_key=option_text(options, "secret-key").strip(),
        service_token=(
            option_text(options, "service-account-token") or os.environ.get("OP_SERVICE_ACCOUNT_TOKEN", "")
        ).strip(),
        limit=frozenset(limit) if limit else None,
        op_path=option_text(options, "op-path") or "op",
        timeout=float(options.get("op-timeout") or DEFAULT_TIMEOUT),
        details=not options.get("no-details"),
        allow_lockout=bool(options.get("allow-lockout")),
    )


def option_text(options: Mapping[str, Any], name: str) -> str:
    """Return an option as text: a secret revealed, a missing one empty. Raises ConfigError for a NUL character."""
    value = options.get(name)
    text: str = value.reveal() if isinstance(value, Secret) else value or ""
    if "\x00" in text:
        raise ConfigError(f"--{name} contains a NUL character", hint="Set it again without that character.")
    return text


def mode_of(options: Options) -> SigninMode:
    """Return the sign-in mode that the options choose."""
    credentials = bool(option_text(options, "password") or option_text(options, "secret-key"))
    return choose_mode(option_text(options, "auth-type") or "user", os.environ, has_credentials=credentials)
