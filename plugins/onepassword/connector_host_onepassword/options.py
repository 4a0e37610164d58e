"""Declarations of the connector's options.

Names and variables (`BATON_ADDRESS`, ...) are those of the Go connector; `op-path`, `op-timeout`, `no-details`,
`allow-lockout` and `service-account-token` exist only here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from connector_host import Option, Options, OptionType

from .settings import DEFAULT_TIMEOUT, mode_of, option_text, read_settings
from .signin import is_known_account
from .signin_modes import SigninMode

__all__ = ["OPTIONS"]

PERMISSION = re.compile(r"[a-z]+(_[a-z]+)*")


def _by_password(options: Options) -> bool:
    return mode_of(options) is SigninMode.MANUAL


def _by_service_account(options: Options) -> bool:
    return mode_of(options) is SigninMode.SERVICE


def _for_new_account(*earlier: str) -> Callable[[Options], bool]:
    """Return a predicate that is true if the account must be added to `op` first.

    Only then must address, e-mail and secret key be known. The three are required in that order. One of the `earlier`
    still missing means that its own predicate has found the account known, so that `op` is not called again.
    """

    def is_needed(options: Options) -> bool:
        if not _by_password(options) or not all(option_text(options, name) for name in earlier):
            return False
        return not is_known_account(read_settings(options))

    return is_needed


def _positive(value: float) -> str | None:
    return None if 0 < value < float("inf") else "must be more than 0 seconds"


def _permission_names(values: Sequence[str]) -> str | None:
    wrong = [value for value in values if not PERMISSION.fullmatch(value)]
    return f"{wrong[0]!r} is not a permission as op spells them (view_items, ...)" if wrong else None


SIGN_IN_OPTIONS = (
    Option(
        name="auth-type",
        help="user: the desktop app, a session or a password; service: a service account token",
        choices=("user", "service"),
        default="user",
    ),
    Option(
        name="address",
        help="Sign-in address of the account (example.1password.com); needed when op has several accounts or none",
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
)

READING_OPTIONS = (
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
)

CHANGING_OPTIONS = (
    Option(
        name="allow-lockout",
        type=OptionType.BOOL,
        help="Also remove the last owner, the last manager of a group or vault, or the access of who is signed in",
        default=False,
        affects_rows=False,
    ),
)

PROGRAM_OPTIONS = (
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

OPTIONS = (*SIGN_IN_OPTIONS, *READING_OPTIONS, *CHANGING_OPTIONS, *PROGRAM_OPTIONS)
"""Every option of the connector, in the order in which a person is asked for them."""
