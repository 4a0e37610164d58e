"""Sign-in: finds the account, gets a session if the mode needs one, and proves with one call that it works.

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

from .local_accounts import (
    account_argument,
    ambiguous_account,
    choose_account,
    matching_accounts,
    selector,
    without_scheme,
)
from .op_cli import responses
from .op_cli.op import Op
from .op_cli.op_errors import AmbiguousAccount, OpRefused, UnknownAccount, refused_sign_in
from .op_cli.responses import LocalAccount, OpAccount
from .parallel_calls import run_parallel
from .settings import ConnectorSettings
from .signin_modes import SigninMode, child_environment, choose_mode, exported_sessions

__all__ = ["SignIn", "is_known_account", "sign_in"]

OLDEST = (2, 18, 0)
"""The oldest `op` that works: service accounts came with 2.18."""

DEVICE = re.compile(r"OP_DEVICE=([A-Za-z0-9]+)")
PREDICATE_TIMEOUT = 10.0


class SignIn(NamedTuple):
    """A sign-in that works: the program with its environment, and its owner (empty where `op` did not report it)."""

    op: Op
    mode: SigninMode
    account: OpAccount
    user_uuid: str
    email: str


def sign_in(settings: ConnectorSettings, run: Run) -> SignIn:
    """Sign in as the settings say. Raises AuthError, ConfigError, Unavailable, ... each with the next step."""
    mode = choose_mode(settings.auth_type, os.environ, has_credentials=settings.has_credentials)
    run.logger.debug("signing in to 1Password: %s", mode)
    try:
        if mode is SigninMode.MANUAL:
            return _with_password(settings, run)
        if mode is SigninMode.SERVICE:
            return _service_account(settings, run)
        if mode is SigninMode.SESSION:
            return _with_session(settings, run)
        return _as_person(settings, run, mode)
    except OpRefused as error:
        raise refused_sign_in(error) from None


# ----------------------------------------------------------------------------------------------- the modes


def _program(settings: ConnectorSettings, run: Run, mode: SigninMode) -> Op:
    environ = child_environment(mode, os.environ, service_token=settings.service_token)
    op = Op(settings.op_path, environ, mode, run, timeout=settings.timeout)
    for secret in (settings.password, settings.secret_key, settings.service_token):
        if secret:
            op.hide(secret)
    for token in exported_sessions(os.environ).values():
        op.hide(token)
    return op


def _service_account(settings: ConnectorSettings, run: Run) -> SignIn:
    if not settings.service_token:
        raise ConfigError(
            "--auth-type service needs the token of a service account",
            hint="Put it in the variable OP_SERVICE_ACCOUNT_TOKEN.",
        )
    op = _program(settings, run, SigninMode.SERVICE)
    return _closed_on_failure(op, lambda: _enter_service(op))


def _enter_service(op: Op) -> SignIn:
    def read_account() -> OpAccount:
        try:
            return responses.account(op.json("account", "get"))
        except (NotPermitted, NotFound, OpRefused):
            # Then op still reports the account's id, though neither its name nor its plan.
            identity = responses.whoami(op.json("whoami"))
            if not identity.account_uuid:
                raise
            return OpAccount(identity.account_uuid, identity.url.removeprefix("https://").rstrip("/"), "", "")

    _version, account = run_parallel(lambda: _check_version(op), read_account)
    return SignIn(op, SigninMode.SERVICE, account, "", "")


def _with_session(settings: ConnectorSettings, run: Run) -> SignIn:
    """Use the exported session; sign in with the password if it has expired and there is one."""
    try:
        return _as_person(settings, run, SigninMode.SESSION)
    except AuthError as error:
        if not settings.password:
            raise
        run.logger.warning("the exported session does not work (%s): signing in with the password", error.message)
        return _with_password(settings, run)


def _as_person(settings: ConnectorSettings, run: Run, mode: SigninMode) -> SignIn:
    """Use the desktop app, or a session that exists already."""
    op = _program(settings, run, mode)

    def enter() -> SignIn:
        if settings.email:  # one address may have several people: only op's list tells them apart
            accounts = run_parallel(lambda: _check_version(op), lambda: _local_accounts(op))[1]
            op.account = selector(choose_account(accounts, settings), accounts)
            account = _warm_up(op, settings)
        else:
            op.account = account_argument(settings.address)
            _version, accounts, account = run_parallel(
                lambda: _check_version(op), lambda: _optional_accounts(op), lambda: _first_call(op, settings)
            )
            if isinstance(account, ConfigError):
                account = _warm_up_as_one(op, settings, accounts, account)
        return _settled(op, mode, account, accounts)

    return _closed_on_failure(op, enter)


def _first_call(op: Op, settings: ConnectorSettings) -> OpAccount | ConfigError:
    """Return the account, or the error that the settings name several accounts or none."""
    try:
        return _warm_up(op, settings)
    except (AmbiguousAccount, UnknownAccount) as error:
        return error


def _warm_up_as_one(
    op: Op, settings: ConnectorSettings, accounts: tuple[LocalAccount, ...], error: ConfigError
) -> OpAccount:
    """Choose the account from op's list where op could not: it takes no first label of an address, for example."""
    rows = matching_accounts(accounts, settings)
    if isinstance(error, AmbiguousAccount) and len(rows) > 1:
        raise ambiguous_account(rows)
    if len(rows) != 1 or op.account == selector(rows[0], accounts):
        raise error
    op.account = selector(rows[0], accounts)
    return _warm_up(op, settings)


def _with_password(settings: ConnectorSettings, run: Run) -> SignIn:
    if not settings.password:
        raise ConfigError(
            "the secret key is set, but not the password", hint="Put the password in the variable BATON_PASSWORD."
        )
    op = _program(settings, run, SigninMode.MANUAL)

    def enter() -> SignIn:
        accounts = run_parallel(lambda: _check_version(op), lambda: _local_accounts(op))[1]
        matching = matching_accounts(accounts, settings)
        if len(matching) > 1:
            raise ambiguous_account(matching)
        if matching:
            chosen = matching[0]
            token = _token(op, settings, "signin", "--account", selector(chosen, accounts), "--raw")
        else:
            token = _add_account(op, settings)
            accounts = _local_accounts(op)
            chosen = choose_account(accounts, settings)
            token = token or _token(op, settings, "signin", "--account", selector(chosen, accounts), "--raw")
        if token:
            op.environ[f"OP_SESSION_{chosen.user_uuid}" if chosen.user_uuid else "OP_SESSION"] = token
        op.account = selector(chosen, accounts)
        account = _warm_up(op, settings)
        settled = _settled(op, SigninMode.MANUAL, account, accounts)
        return settled._replace(user_uuid=chosen.user_uuid, email=chosen.email)

    return _closed_on_failure(op, enter)


def _closed_on_failure(op: Op, enter: Callable[[], SignIn]) -> SignIn:
    try:
        return enter()
    except BaseException:
        op.close()
        raise


# ----------------------------------------------------------------------------------------------- their steps


def _check_version(op: Op) -> None:
    numbers = responses.version(op.call("--version", bare=True))
    if numbers is None:
        raise ConfigError(
            "the program `op` is not the 1Password CLI, or an unknown kind of it: `op --version` printed no version",
            hint="Install 1Password CLI 2.18 or later, or specify its path with --op-path.",
        )
    shown = ".".join(map(str, numbers))
    op.report_version(shown)
    if numbers < OLDEST:
        raise ConfigError(f"1Password CLI {shown} is too old", hint="Install 2.18 or later.")


def _local_accounts(op: Op) -> tuple[LocalAccount, ...]:
    return responses.local_accounts(op.json("account", "list"))


def _optional_accounts(op: Op) -> tuple[LocalAccount, ...]:
    """Return the accounts on this machine, or none: the first call shows by itself if the sign-in works."""
    try:
        return responses.local_accounts(op.optional_json("account", "list"))
    except ConnectorHostError:
        return ()


def _warm_up(op: Op, settings: ConnectorSettings) -> OpAccount:
    timeout = settings.prompt_timeout if op.mode is SigninMode.DESKTOP else None
    return responses.account(op.json("account", "get", timeout=timeout))


def _settled(op: Op, mode: SigninMode, account: OpAccount, accounts: tuple[LocalAccount, ...]) -> SignIn:
    """Name the account by its id from now on, or by the person's id where the account has several people."""
    rows = [row for row in accounts if row.account_uuid == account.id]
    if len(rows) > 1 and op.account not in {row.user_uuid for row in rows}:
        return SignIn(op, mode, account, "", "")  # op keeps its own choice among these people
    op.account = op.account if len(rows) > 1 else account.id
    if rows:
        row = next((row for row in rows if row.user_uuid == op.account), rows[0])
        return SignIn(op, mode, account, row.user_uuid, row.email)
    return SignIn(op, mode, account, "", "")


def _token(op: Op, settings: ConnectorSettings, *words: str) -> str:
    """Return the session token that a sign-in prints: empty when the desktop app has signed in instead."""
    password = settings.password.encode("utf-8", "surrogateescape") + b"\n"
    try:
        output = op.call(*words, stdin=password)
    except AuthError as error:
        device = DEVICE.search(error.message)
        if device is None:
            raise
        op.environ["OP_DEVICE"] = device[1]  # op names the id itself and wants to be called again with it
        output = op.call(*words, stdin=password)
    lines = output.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
    token = next((line.strip() for line in reversed(lines) if line.strip()), "")
    op.hide(token)
    if re.search(r"\s", token):
        raise BadResponse(f"op {words[0]}: op printed something that is no session token ({len(output)} bytes)")
    return token


def _add_account(op: Op, settings: ConnectorSettings) -> str:
    values = {"address": settings.address, "email": settings.email, "secret-key": settings.secret_key}
    missing = [name for name, value in values.items() if not value]
    if missing:
        variable = "BATON_" + missing[0].replace("-", "_").upper()
        raise ConfigError(
            f"op does not have the account yet, and adding it needs {' and '.join(missing)}",
            hint=f"Set {variable}, or check --address: `op account list` shows the accounts of op.",
        )
    op.environ["OP_SECRET_KEY"] = settings.secret_key
    try:
        address, email = without_scheme(settings.address), settings.email
        return _token(op, settings, "account", "add", "--address", address, "--email", email, "--signin", "--raw")
    finally:
        op.environ.pop("OP_SECRET_KEY", None)


def is_known_account(settings: ConnectorSettings) -> bool:
    """True if `op` has the account that a password sign-in means, or does not answer (signing in will then tell)."""
    quick = replace(settings, timeout=min(settings.timeout, PREDICATE_TIMEOUT))
    try:
        op = _program(quick, Run(), SigninMode.MANUAL)
        try:
            return bool(matching_accounts(_local_accounts(op), settings))
        finally:
            op.close()
    except ConnectorHostError:
        return True
