"""Accounts of people: invite, suspend, reactivate, delete."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from connector_host import (
    AccountRequest,
    Change,
    ConfigError,
    NotFound,
    NotPermitted,
    ResourceId,
    ResourceStatus,
)

from ..op_cli.responses import OpUser
from ..resources import STATUS, USER, plain_user
from ..tenant import Tenant
from .change_runner import ChangeRunner, OpCall
from .lockout_guard import LockoutGuard

__all__ = ["delete_user", "invite", "set_user_status"]

EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
DELETED = "DELETED"
DISABLED_STATES = {"SUSPENDED", "INACTIVE", "TRANSFER_SUSPENDED"}
NOT_SET_UP = "TRANSFER_STARTED"
PLANS_WITHOUT_PROVISIONING = {"TEAM", "FAMILY", "INDIVIDUAL", "PERSONAL"}


class _Invitation(NamedTuple):
    """The address of the invited person, and the call that invites them."""

    email: str
    call: OpCall


def invite(
    changes: ChangeRunner, tenant: Tenant, request: AccountRequest, parent: ResourceId, *, dry_run: bool
) -> Change:
    """Invite a person by e-mail. Somebody with that address in the account already is left unchanged."""
    email, call = _invitation(request)
    changes.require_person("invite people")
    if tenant.account.type in PLANS_WITHOUT_PROVISIONING:
        raise NotPermitted(
            f"people cannot be invited with the CLI in a 1Password account of type {tenant.account.type}",
            hint="It takes a Business account with CLI provisioning turned on; invite them on 1Password's website.",
        )

    def remaining() -> Sequence[OpCall]:
        return () if _by_email(tenant.users_now(), email) else (call,)

    change = changes.complete((USER, email.casefold()), remaining, dry_run=dry_run)
    user = None if dry_run else _by_email(tenant.users(), email)
    resource = plain_user(user, parent) if user else None
    return Change(outcome=change.outcome, calls=change.calls, resource=resource)


def set_user_status(
    changes: ChangeRunner,
    tenant: Tenant,
    user: ResourceId,
    status: ResourceStatus,
    guard: LockoutGuard,
    *,
    dry_run: bool,
) -> Change:
    """Suspend or reactivate a person."""
    verbs = {ResourceStatus.ENABLED: "reactivate", ResourceStatus.DISABLED: "suspend"}
    if user.resource_type != USER or status not in verbs:
        raise ConfigError(f"{user} cannot be set to {status.name.lower()}: users can be enabled or disabled")
    verb = verbs[status]
    changes.require_person(f"{verb} people")
    if status is ResourceStatus.DISABLED:
        guard.disabling_user(user, verb)

    def remaining() -> Sequence[OpCall]:
        state = _by_id(tenant, user).state
        if status is ResourceStatus.ENABLED and state == NOT_SET_UP:
            raise NotPermitted(
                f"{user} was invited and has not set up the account yet ({NOT_SET_UP}), so it cannot be enabled",
                hint="The person follows the link in the invitation; then an administrator confirms them.",
            )
        is_disabled = status is ResourceStatus.DISABLED
        is_reached = state in DISABLED_STATES if is_disabled else STATUS.get(state) is ResourceStatus.ENABLED
        return () if is_reached else (("user", verb, user.resource),)

    return changes.complete((USER, user.resource), remaining, dry_run=dry_run)


def delete_user(
    changes: ChangeRunner, tenant: Tenant, user: ResourceId, guard: LockoutGuard, *, dry_run: bool
) -> Change:
    """Delete a person with all that belongs to them alone. Cannot be undone."""
    if user.resource_type != USER:
        raise ConfigError(f"{user} is not deleted: this connector deletes only users")
    changes.require_person("delete people")
    guard.disabling_user(user, "delete")

    def remaining() -> Sequence[OpCall]:
        exists = any(row.id == user.resource and row.state != DELETED for row in tenant.users_now())
        return (("user", "delete", user.resource),) if exists else ()

    return changes.complete((USER, user.resource), remaining, dry_run=dry_run)


def _by_id(tenant: Tenant, user: ResourceId) -> OpUser:
    row = next((row for row in tenant.users_now() if row.id == user.resource), None)
    if row is None:
        raise NotFound(f"the account has no {user}", hint="Sync again: it may have been deleted.")
    return row


def _by_email(rows: Sequence[OpUser], email: str) -> OpUser | None:
    address = email.casefold()
    return next((row for row in rows if row.email.casefold() == address and row.state != DELETED), None)


def _invitation(request: AccountRequest) -> _Invitation:
    email = request.email.strip() or request.login.strip()
    if not EMAIL.fullmatch(email):
        raise ConfigError("an invitation needs an e-mail address", hint="Specify one like name@example.com.")
    profile = request.profile or {}
    parts = (str(profile.get("first_name") or "").strip(), str(profile.get("last_name") or "").strip())
    name = request.display_name.strip() or " ".join(part for part in parts if part)
    if not name or not name.isprintable():
        raise ConfigError(f"the invitation of {email} needs a name", hint="Specify the display name, in one line.")
    call: OpCall = ("user", "provision", "--email", email, "--name", name)
    language = str(profile.get("language") or "")
    if language:
        if not LANGUAGE.fullmatch(language):
            raise ConfigError(f"{language!r} is not a language", hint="Specify one like en or pt-BR.")
        call = (*call, "--language", language)
    return _Invitation(email, call)
