"""Signs in: finds the account, gets a session if the mode needs one, and proves with one call that it works.

That call is also the warm-up: the desktop app asks once for each call that comes before it has been answered, so
nothing else that needs a sign-in runs beside the first one. `op --version` and `op account list` stay on the machine
and may.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from connector_host import AuthError, BadResponse, ConfigError, ConnectorHostError, NotFound, NotPermitted, Run

from . import parse
from .accounts import ambiguous, as_account, host_of, matching, selector, the_one
from .errors import Refused
from .modes import Mode, child_environment, choose, exported_sessions
from .op import Op
from .options import Settings
from .parse import Account, LocalAccount
from .together import together

__all__ = ["SignedIn", "is_known_account", "sign_in"]

OLDEST = (2, 18, 0)
"""The oldest `op` that works: service accounts came with 2.18."""

DEVICE = re.compile(r"OP_DEVICE=([A-Za-z0-9]+)")
PREDICATE_TIMEOUT = 10.0


class SignedIn(NamedTuple):
    """A sign-in that works: the program with its environment, and whose it is (empty where `op` did not say)."""

    op: Op
    mode: Mode
    account: Account
    user_uuid: str
    email: str


def sign_in(settings: Settings, run: Run) -> SignedIn:
    """Sign in as the settings say. Raises AuthError, ConfigError, Unavailable, ... each with the next step."""
    mode = choose(settings.auth_type, os.environ, has_credentials=settings.has_credentials)
    run.logger.debug("signing in to 1Password: %s", mode)
    if mode is Mode.MANUAL:
        return _with_password(settings, run)
    if mode is Mode.SERVICE:
        return _service_account(settings, run)
    if mode is Mode.SESSION:
        try:
            return _as_person(settings, run, mode)
        except AuthError as error:
            if not settings.password:
                raise
            run.logger.warning("the exported session does not work (%s): signing in with the password", error.message)
            return _with_password(settings, run)
    return _as_person(settings, run, mode)


# ----------------------------------------------------------------------------------------------- the modes


def _program(settings: Settings, run: Run, mode: Mode) -> Op:
    environ = child_environment(mode, os.environ, service_token=settings.service_token)
    op = Op(settings.op_path, environ, mode, run, timeout=settings.timeout)
    for secret in (settings.password, settings.secret_key, settings.service_token):
        if secret:
            op.hide(secret)
    for token in exported_sessions(os.environ).values():
        op.hide(token)
    return op


def _service_account(settings: Settings, run: Run) -> SignedIn:
    if not settings.service_token:
        raise ConfigError(
            "--auth-type service needs the token of a service account",
            hint="Put it in the variable OP_SERVICE_ACCOUNT_TOKEN.",
        )
    op = _program(settings, run, Mode.SERVICE)
    return _closing(op, lambda: _enter_service(op))


def _enter_service(op: Op) -> SignedIn:
    def account() -> Account:
        try:
            return parse.account(op.json("account", "get"))
        except (NotPermitted, NotFound, Refused):
            # Then op still says which account it is, though neither its name nor its plan.
            who = parse.who(op.json("whoami"))
            if not who.account_uuid:
                raise
            return Account(who.account_uuid, who.url.removeprefix("https://").rstrip("/"), "", "")

    _version, found = together(lambda: _check_version(op), account)
    return SignedIn(op, Mode.SERVICE, found, "", "")


def _as_person(settings: Settings, run: Run, mode: Mode) -> SignedIn:
    """The desktop app, or a session that is already there."""
    op = _program(settings, run, mode)

    def enter() -> SignedIn:
        if settings.email:  # one address may have several people: only op's list tells which one it is
            known = together(lambda: _check_version(op), lambda: _local_accounts(op))[1]
            op.account = selector(the_one(known, settings), known)
            account = _warm_up(op, settings)
        else:
            op.account = as_account(settings.address)
            _version, known, account = together(
                lambda: _check_version(op), lambda: _local_accounts_if_told(op, run), lambda: _warm_up(op, settings)
            )
        return _settled(op, mode, account, known)

    return _closing(op, enter)


def _with_password(settings: Settings, run: Run) -> SignedIn:
    if not settings.password:
        raise ConfigError(
            "a secret key was given, but no password", hint="Put the password in the variable BATON_PASSWORD."
        )
    op = _program(settings, run, Mode.MANUAL)

    def enter() -> SignedIn:
        known = together(lambda: _check_version(op), lambda: _local_accounts(op))[1]
        local = matching(known, settings)
        if len(local) > 1:
            raise ambiguous(local)
        if local:
            chosen = local[0]
            token = _token(op, settings, "signin", "--account", selector(chosen, known), "--raw")
        else:
            token = _add_account(op, settings)
            known = _local_accounts(op)
            chosen = the_one(known, settings)
            token = token or _token(op, settings, "signin", "--account", selector(chosen, known), "--raw")
        if token:
            op.environ[f"OP_SESSION_{chosen.user_uuid}" if chosen.user_uuid else "OP_SESSION"] = token
        op.account = selector(chosen, known)
        account = _warm_up(op, settings)
        return _settled(op, Mode.MANUAL, account, known)._replace(user_uuid=chosen.user_uuid, email=chosen.email)

    return _closing(op, enter)


def _closing(op: Op, enter: Callable[[], SignedIn]) -> SignedIn:
    try:
        return enter()
    except BaseException:
        op.close()
        raise


# ----------------------------------------------------------------------------------------------- their steps


def _check_version(op: Op) -> None:
    output = op.call("--version", bare=True)
    found = parse.version(output)
    if found is None:
        raise ConfigError(
            "the program `op` is not the 1Password CLI, or of an unknown kind: `op --version` printed no version",
            hint="Install 1Password CLI 2.18 or later, or name it with --op-path.",
        )
    if found < OLDEST:
        shown = ".".join(map(str, found))
        raise ConfigError(f"1Password CLI {shown} is too old", hint="Install 2.18 or later.")


def _local_accounts(op: Op) -> tuple[LocalAccount, ...]:
    return parse.local_accounts(op.json("account", "list"))


def _local_accounts_if_told(op: Op, run: Run) -> tuple[LocalAccount, ...]:
    """They only tell whose e-mail address it is that signs in: whether that works, the first call shows."""
    try:
        return _local_accounts(op)
    except ConnectorHostError as error:
        run.logger.debug("the accounts on this machine are not known: %s", error.message)
        return ()


def _warm_up(op: Op, settings: Settings) -> Account:
    timeout = settings.prompt_timeout if op.mode is Mode.DESKTOP else None
    return parse.account(op.json("account", "get", timeout=timeout))


def _settled(op: Op, mode: Mode, account: Account, known: tuple[LocalAccount, ...]) -> SignedIn:
    """From here on the account is named by its id, and by the person's where the account has several."""
    rows = [row for row in known if row.account_uuid == account.id]
    if len(rows) > 1 and op.account not in {row.user_uuid for row in rows}:
        return SignedIn(op, mode, account, "", "")  # op keeps its own choice among these people
    op.account = op.account if len(rows) > 1 else account.id
    if rows:
        row = next((row for row in rows if row.user_uuid == op.account), rows[0])
        return SignedIn(op, mode, account, row.user_uuid, row.email)
    return SignedIn(op, mode, account, "", "")


def _token(op: Op, settings: Settings, *words: str) -> str:
    """The session token that a sign-in prints: empty when the desktop app has signed in instead."""
    try:
        output = op.call(*words, stdin=settings.password.encode() + b"\n")
    except AuthError as error:
        device = DEVICE.search(error.message)
        if device is None:
            raise
        op.environ["OP_DEVICE"] = device[1]  # op names the id itself and asks to be called again with it
        output = op.call(*words, stdin=settings.password.encode() + b"\n")
    lines = output.decode("utf-8", "replace").split("\n")
    token = next((line.strip() for line in reversed(lines) if line.strip()), "")
    op.hide(token)
    if re.search(r"\s", token):
        raise BadResponse(f"op {words[0]}: op printed something that is no session token ({len(output)} bytes)")
    return token


def _add_account(op: Op, settings: Settings) -> str:
    missing = [
        name
        for name, value in (
            ("address", settings.address),
            ("email", settings.email),
            ("secret-key", settings.secret_key),
        )
        if not value
    ]
    if missing:
        variable = "BATON_" + missing[0].replace("-", "_").upper()
        raise ConfigError(
            f"op does not know the account yet, and to add it {' and '.join(missing)} must be given",
            hint=f"Set {variable}, or check --address: `op account list` shows what op knows.",
        )
    op.environ["OP_SECRET_KEY"] = settings.secret_key
    try:
        address, email = host_of(settings.address), settings.email
        return _token(op, settings, "account", "add", "--address", address, "--email", email, "--signin", "--raw")
    finally:
        op.environ.pop("OP_SECRET_KEY", None)


def is_known_account(settings: Settings) -> bool:
    """Whether `op` already knows the account that a password sign-in means, or cannot say (signing in will tell)."""
    quiet = replace(settings, timeout=min(settings.timeout, PREDICATE_TIMEOUT))
    try:
        op = _program(quiet, Run(), Mode.MANUAL)
        try:
            return bool(matching(_local_accounts(op), settings))
        finally:
            op.close()
    except ConnectorHostError:
        return True
