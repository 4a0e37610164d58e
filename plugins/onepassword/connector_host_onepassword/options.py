"""What the connector can be told, and the same as one typed value.

Names and variables (`BATON_ADDRESS`, ...) are those of the Go connector; `op-path`, `op-timeout`, `no-details` and
`service-account-token` are ours.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector_host import ConfigError, Option, Options, OptionType, Secret

from . import permissions
from .modes import Mode, choose

__all__ = ["DEFAULT_TIMEOUT", "DESKTOP_PROMPT_TIMEOUT", "Settings", "declared", "settings"]

DEFAULT_TIMEOUT = 60.0
# The first call of the desktop app waits for a person; the app's prompt gives up by itself after one to two minutes.
DESKTOP_PROMPT_TIMEOUT = 150.0

PERMISSION = re.compile(r"[a-z]+(_[a-z]+)*")


@dataclass(frozen=True)
class Settings:
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

    @property
    def has_credentials(self) -> bool:
        """Whether a password or a secret key was given: then nobody needs the desktop app."""
        return bool(self.password or self.secret_key)

    @property
    def prompt_timeout(self) -> float:
        """The time limit, in seconds, of a call that a person may have to approve."""
        return DESKTOP_PROMPT_TIMEOUT if self.timeout == DEFAULT_TIMEOUT else self.timeout


def settings(options: Mapping[str, Any]) -> Settings:
    """The options as `Settings`. Raises ConfigError for a misspelt permission."""
    limit = tuple(options.get("limit-vault-permissions") or ())
    for name in limit:
        if not permissions.is_known(name) and (meant := permissions.closest(name)):
            raise ConfigError(
                f"--limit-vault-permissions: there is no permission {name!r}", hint=f"Did you mean {meant!r}?"
            )
    return Settings(
        address=_text(options, "address"),
        email=_text(options, "email"),
        auth_type=_text(options, "auth-type") or "user",
        password=_text(options, "password").rstrip("\r\n"),
        secret_key=_text(options, "secret-key").strip(),
        service_token=(
            _text(options, "service-account-token") or os.environ.get("OP_SERVICE_ACCOUNT_TOKEN", "")
        ).strip(),
        limit=frozenset(limit) if limit else None,
        op_path=_text(options, "op-path") or "op",
        timeout=float(options.get("op-timeout") or DEFAULT_TIMEOUT),
        details=not options.get("no-details"),
    )


def _text(options: Mapping[str, Any], name: str) -> str:
    value = options.get(name)
    return value.reveal() if isinstance(value, Secret) else value or ""


# ----------------------------------------------------------------------------------------------- when they are needed


def _mode(options: Options) -> Mode:
    credentials = bool(_text(options, "password") or _text(options, "secret-key"))
    return choose(_text(options, "auth-type") or "user", os.environ, has_credentials=credentials)


def _by_password(options: Options) -> bool:
    return _mode(options) is Mode.MANUAL


def _by_service_account(options: Options) -> bool:
    return _mode(options) is Mode.SERVICE


def _for_new_account(*earlier: str) -> Callable[[Options], bool]:
    """Whether the account has to be added to `op` first: only then must address, e-mail and secret key be known.

    The three are asked for in that order. One of the `earlier` still missing means that its own question has found the
    account known, so that `op` is not asked again.
    """

    def needed(options: Options) -> bool:
        if not _by_password(options) or not all(_text(options, name) for name in earlier):
            return False
        from .signin import is_known_account  # noqa: PLC0415  runs `op account list`: nothing for the other modes

        return not is_known_account(settings(options))

    return needed


# ----------------------------------------------------------------------------------------------- declarations


def _positive(value: float) -> str | None:
    return None if 0 < value < float("inf") else "must be more than 0 seconds"


def _permission_names(values: Sequence[str]) -> str | None:
    wrong = [value for value in values if not PERMISSION.fullmatch(value)]
    return f"{wrong[0]!r} is not a permission as op spells them (view_items, ...)" if wrong else None


def declared() -> tuple[Option, ...]:
    """Every option of the connector, in the order in which a person is asked for them."""
    return (
        Option(
            name="auth-type",
            help="user: the desktop app, a session or a password; service: a service account token",
            choices=("user", "service"),
            default="user",
        ),
        Option(
            name="address",
            help="Sign-in address of the account (example.1password.com); needed when op knows several or none",
            required_when=_for_new_account(),
        ),
        Option(name="email", help="E-mail address to sign in with", required_when=_for_new_account("address")),
        Option(
            name="password",
            help="Account password, to sign in without the desktop app",
            secret=True,
            required_when=_by_password,
            affects_rows=False,
        ),
        Option(
            name="secret-key",
            help="Secret key, to add the account on a machine where op does not know it",
            secret=True,
            required_when=_for_new_account("address", "email"),
            affects_rows=False,
        ),
        Option(
            name="service-account-token",
            help="Token of the service account, with --auth-type service",
            secret=True,
            env=("OP_SERVICE_ACCOUNT_TOKEN",),
            required_when=_by_service_account,
            affects_rows=False,
        ),
        Option(
            name="limit-vault-permissions",
            type=OptionType.STRINGS,
            help="Read only these vault permissions: names as op has them, and member",
            check=_permission_names,
        ),
        Option(
            name="no-details",
            type=OptionType.BOOL,
            help="Leave out sign-in dates, types, descriptions, rights and item counts, which the lists do not have",
            default=False,
        ),
        Option(name="op-path", help="The 1Password CLI to run", default="op", affects_rows=False),
        Option(
            name="op-timeout",
            type=OptionType.FLOAT,
            help="Seconds that one call of op may take",
            default=DEFAULT_TIMEOUT,
            check=_positive,
            affects_rows=False,
        ),
    )
