"""Table of the texts with which `op` fails, and the error, message and next step for each.

It is read from the top: a specific rule stands before a general one ("connection reset" is the desktop app's as well as
the network's, and a spent rate limit says "allowed"). `docs/op-outputs.md` of this distribution lists the texts with
their sources, and the tests read that list.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from connector_host import AuthError, ConfigError, ConnectorHostError, NotFound, NotPermitted, RateLimited, Unavailable

from ..signin_modes import SigninMode
from .op_errors import AmbiguousAccount, OpRefused, UnknownAccount, WriteConflict, forbidden_hint, sign_in_hint

__all__ = ["RULES", "ErrorRule"]

SIGN_IN_METHODS = (
    "Turn on Settings > Developer > 'Integrate with 1Password CLI' in the desktop app, or set address, e-mail, secret "
    "key and password."
)


class ErrorRule(NamedTuple):
    """A text of `op`, the error it is, the message, and the next step (by mode, if it matters).

    `installation`: the way `op` was installed can be the reason, so a note about it is added to the next step.
    """

    pattern: re.Pattern[str]
    error: type[ConnectorHostError]
    message: str
    hint: str | Callable[[SigninMode], str] = ""
    installation: bool = False


def _crash_hint(mode: SigninMode) -> str:
    if mode is SigninMode.SERVICE:
        return "A malformed service account token makes op do this: check that the token is whole, then update op."
    return "Update op to the newest version; if it still crashes, report it to 1Password."


def _rule(
    pattern: str,
    error: type[ConnectorHostError],
    message: str,
    hint: str | Callable[[SigninMode], str] = "",
    *,
    installation: bool = False,
) -> ErrorRule:
    return ErrorRule(re.compile(pattern, re.IGNORECASE), error, message, hint, installation)


SERVICE_ACCOUNT_RULES = (
    _rule(
        r"service account (\w+ ){0,6}deleted",
        AuthError,
        "the token belongs to a service account that does not exist any more",
        "Put the token of an existing service account into OP_SERVICE_ACCOUNT_TOKEN; a shell opened before the "
        "token was renewed still has the old one.",
    ),
    _rule(
        r"DecodeSAC?Credentials|DeserializeServiceAccountAuthToken|invalid service account token"
        r"|service account token is (invalid|malformed)",
        AuthError,
        "the service account token is malformed",
        "Copy the whole token again (it begins with ops_ and has about 850 characters) into OP_SERVICE_ACCOUNT_TOKEN.",
    ),
    _rule(r"not authenticated yet", Unavailable, "the service account has not been used yet"),
)

SIGN_IN_RULES = (
    _rule(
        r"credentials are not compatible with the provided user auth|single sign-?on|\bSSO\b",
        AuthError,
        "this person signs in with SSO or a passkey, which a password and a secret key cannot replace",
        "Use the desktop app, or a separate person for this connector who signs in with a password.",
    ),
    _rule(
        r"no saved device id",
        AuthError,
        "op has no device id on this machine",
        "Set OP_DEVICE to the id in the message of op, and run again.",
    ),
    _rule(
        r"(secret key has changed|invalid account key format|invalid secret key)",
        AuthError,
        "1Password did not accept the secret key",
        "Copy the secret key from the Emergency Kit or the app (it begins with A3-) into BATON_SECRET_KEY.",
    ),
    _rule(
        r"\b(user|person|member|account)\b[^.]{0,40}\bsuspended\b",
        AuthError,
        "this person or account is suspended in 1Password",
        "Ask an owner or administrator to reactivate it, or sign in as another person.",
    ),
    _rule(
        r"authorization (prompt )?(was )?(dismissed|denied|canceled|cancelled)|authorization (prompt )?time(d )?out",
        AuthError,
        "the prompt of the 1Password app was dismissed or not answered in time",
        "Run again and approve the prompt that the 1Password app shows.",
    ),
    _rule(
        r"connect(ing)? to (the )?(1password )?(desktop )?app\b|LostConnectionToApp|unsupportedClientType"
        r"|message to (the )?desktop app",
        AuthError,
        "the 1Password desktop app cannot be reached",
        "Start and unlock the app and turn on Settings > Developer > 'Integrate with 1Password CLI'. Update op and the "
        "app if it still fails.",
        installation=True,
    ),
    _rule(r"(1password|app|account|vault) is (currently )?locked", AuthError, "1Password is locked", sign_in_hint),
    _rule(
        r"operation not supported (on|by) (socket|device)|inappropriate ioctl|not a (terminal|tty)"
        r"|no such device or address",
        AuthError,
        "op tried to ask for a password, and there is no terminal to answer on",
        sign_in_hint,
    ),
    _rule(
        r"no accounts configured",
        AuthError,
        "op has no account on this machine",
        SIGN_IN_METHODS,
        installation=True,
    ),
    _rule(
        r"multiple accounts (were )?found|found multiple accounts",
        AmbiguousAccount,
        "op has several accounts, and the settings do not say which one",
        "Specify one with --address and --email; `op account list` shows the accounts of op.",
    ),
    _rule(
        r"(no accounts?( was)? found|found no accounts?) for filter",
        UnknownAccount,
        "op has no account of that name on this machine",
        "Check --address; `op account list` shows the accounts of op.",
    ),
    _rule(r"session (token )?(has )?expired|expired session", AuthError, "the session has expired", sign_in_hint),
    _rule(
        r"not (currently )?signed in|no active session|could not find session token|session token .{0,40}invalid",
        AuthError,
        "not signed in to 1Password",
        sign_in_hint,
    ),
    _rule(
        r"\(401\)|unauthori[sz]ed|(incorrect|invalid|wrong) (account )?(e-?mail|password|credentials)",
        AuthError,
        "1Password did not accept the sign-in",
        sign_in_hint,
    ),
)

PASSING_RULES = (
    _rule(r"\(429\)|too many requests|rate[- ]?limit", RateLimited, "1Password reports too many requests"),
    _rule(r"\(409\)", WriteConflict, "1Password reports a conflict with another change"),
    _rule(r"\(5\d\d\)", Unavailable, "1Password reports an internal error"),
)

CHANGE_RULES = (
    _rule(
        r"accessor (does not|doesn't) have any permissions",
        NotFound,
        "there is no direct access to remove",
        "The access may come through a group; or a service account tries to remove a part of what it granted.",
    ),
    _rule(
        r"dependent on the permission",
        OpRefused,
        "this permission cannot be changed without others",
        "Grant the permissions that it needs, or revoke those that need it, as well.",
    ),
    _rule(
        r"(last|only) (remaining )?(owner|administrator|member of the owners)",
        OpRefused,
        "1Password keeps at least one owner",
        "Make somebody else an owner first.",
    ),
)

REQUEST_RULES = (
    _rule(
        r"\(403\)|\(101\)|(not|aren't|isn't) authorized|(not|n't) have (the )?(\w+ )?(permission|access)|not permitted",
        NotPermitted,
        "this identity has no permission for that",
        forbidden_hint,
    ),
    _rule(
        r"more than one .{1,40} match",
        ConfigError,
        "1Password has several objects of that name",
        "Name it by its id.",
    ),
    _rule(r"\(404\)|isn't an? (user|group|vault|item)\b", NotFound, "1Password has no such object"),
    _rule(
        r"\(400\)",
        OpRefused,
        "1Password did not understand the request",
        "Update op; if it still fails, report the message.",
    ),
    _rule(
        r"dial tcp|no such host|i/o timeout|connection (reset|refused)|\bEOF\b|getaddrinfo|TLS handshake"
        r"|network is unreachable|no route to host|deadline exceeded|temporary failure|broken pipe",
        Unavailable,
        "1Password cannot be reached over the network",
        "Check the connection, and the proxy if there is one.",
    ),
    _rule(
        r"x509|certificate",
        ConfigError,
        "op does not trust the certificate of the connection to 1Password",
        "A proxy that inspects TLS needs its certificate authority in the system's certificate store.",
    ),
)

PROGRAM_RULES = (
    _rule(
        r"(can't|cannot) safely access|permissions are too (broad|open)|not owned by (the current user|you|root)",
        ConfigError,
        "op refuses its configuration folder because of its owner or permissions",
        'Make it yours alone: `chown -R "$USER" ~/.config/op && chmod 700 ~/.config/op`, or point OP_CONFIG_DIR at '
        "another private folder.",
    ),
    _rule(
        r"unknown (shorthand )?(flag|command)|invalid argument|accepts \d+ arg|requires at least|^Usage:",
        ConfigError,
        "this version of op does not have the command",
        "Update the 1Password CLI.",
    ),
    _rule(
        r"(out of date|outdated|no longer supported|too old)",
        ConfigError,
        "1Password requires a newer op",
        "Update the 1Password CLI.",
    ),
    _rule(
        r"permission denied|read-only file system|no space left|cannot create directory .* and the parent directories",
        ConfigError,
        "op cannot write its configuration folder",
        "Make it writable, or point OP_CONFIG_DIR at a folder that is.",
    ),
)

RULES = (
    *SERVICE_ACCOUNT_RULES,
    _rule(r"^(panic: |fatal error: )|^goroutine \d+ \[", OpRefused, "op crashed", _crash_hint),
    *SIGN_IN_RULES,
    *PASSING_RULES,
    *CHANGE_RULES,
    PROGRAM_RULES[0],
    *REQUEST_RULES,
    *PROGRAM_RULES[1:],
)
"""All rules, in the order in which they are tried."""
