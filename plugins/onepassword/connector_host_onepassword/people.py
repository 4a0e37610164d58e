"""Accounts of people: invite, suspend, reactivate, delete."""

from __future__ import annotations

import re
from collections.abc import Sequence

from connector_host import (
    AccountRequest,
    Change,
    ConfigError,
    NotFound,
    NotPermitted,
    ResourceId,
    ResourceStatus,
)

from .changes import Call, Changes
from .objects import STATUS, USER, user_resource
from .parse import User
from .tenant import Tenant

__all__ = ["delete_user", "invite", "set_user_status"]

EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
DELETED = "DELETED"
DISABLED_STATES = {"SUSPENDED", "INACTIVE", "TRANSFER_SUSPENDED"}
PLANS_WITHOUT_PROVISIONING = {"TEAM", "FAMILY", "INDIVIDUAL", "PERSONAL"}


def invite(changes: Changes, tenant: Tenant, request: AccountRequest, parent: ResourceId, *, dry_run: bool) -> Change:
    """Invite a person by e-mail. Somebody with that address in the account already is left as they are."""
    email, call = _provision_call(request)
    changes.person_only("invite people")
    if tenant.account.type in PLANS_WITHOUT_PROVISIONING:
        raise NotPermitted(
            f"people cannot be invited with the CLI in a 1Password account of type {tenant.account.type}",
            hint="It takes a Business account with CLI provisioning turned on; invite them on 1Password's website.",
        )

    def left() -> Sequence[Call]:
        return () if _by_email(tenant, email) else (call,)

    change = changes.reach((USER, email.casefold()), left, dry_run=dry_run)
    found = None if dry_run else _by_email(tenant, email, anew=False)
    resource = user_resource(found, parent) if found else None
    return Change(outcome=change.outcome, calls=change.calls, resource=resource)


def set_user_status(
    changes: Changes, tenant: Tenant, user: ResourceId, status: ResourceStatus, me: str, *, dry_run: bool
) -> Change:
    """Suspend or reactivate a person."""
    verbs = {ResourceStatus.ENABLED: "reactivate", ResourceStatus.DISABLED: "suspend"}
    if user.resource_type != USER or status not in verbs:
        raise ConfigError(f"{user} cannot be set to {status.name.lower()}: users can be enabled or disabled")
    verb = verbs[status]
    changes.person_only(f"{verb} people")
    if status is ResourceStatus.DISABLED:
        _not_oneself(user, me, verb)

    def left() -> Sequence[Call]:
        state = _by_id(tenant, user).state
        suspend = status is ResourceStatus.DISABLED
        so = state in DISABLED_STATES if suspend else STATUS.get(state) is ResourceStatus.ENABLED
        return () if so else (("user", verb, user.resource),)

    return changes.reach((USER, user.resource), left, dry_run=dry_run)


def delete_user(changes: Changes, tenant: Tenant, user: ResourceId, me: str, *, dry_run: bool) -> Change:
    """Delete a person with all that is theirs alone. Cannot be undone."""
    if user.resource_type != USER:
        raise ConfigError(f"{user} is not deleted: this connector deletes only users")
    changes.person_only("delete people")
    _not_oneself(user, me, "delete")

    def left() -> Sequence[Call]:
        there = any(row.id == user.resource and row.state != DELETED for row in tenant.users_now())
        return (("user", "delete", user.resource),) if there else ()

    return changes.reach((USER, user.resource), left, dry_run=dry_run)


def _not_oneself(user: ResourceId, me: str, verb: str) -> None:
    if user.resource == me:
        raise ConfigError(f"{user} is who is signed in: you do not {verb} yourself", hint="Sign in as somebody else.")


def _by_id(tenant: Tenant, user: ResourceId) -> User:
    found = next((row for row in tenant.users_now() if row.id == user.resource), None)
    if found is None:
        raise NotFound(f"the account has no {user}", hint="Read it again: it may have been deleted.")
    return found


def _by_email(tenant: Tenant, email: str, *, anew: bool = True) -> User | None:
    rows = tenant.users_now() if anew else tenant.users()
    wanted = email.casefold()
    return next((row for row in rows if row.email.casefold() == wanted and row.state != DELETED), None)


def _provision_call(request: AccountRequest) -> tuple[str, Call]:
    email = request.email.strip() or request.login.strip()
    if not EMAIL.fullmatch(email):
        raise ConfigError("an e-mail address is needed to invite somebody", hint="Give one like name@example.com.")
    profile = request.profile or {}
    parts = (str(profile.get("first_name") or "").strip(), str(profile.get("last_name") or "").strip())
    name = request.display_name.strip() or " ".join(part for part in parts if part)
    if not name or not name.isprintable():
        raise ConfigError(f"a name is needed to invite {email}", hint="Give the display name, in one line.")
    call: Call = ("user", "provision", "--email", email, "--name", name)
    language = str(profile.get("language") or "")
    if language:
        if not LANGUAGE.fullmatch(language):
            raise ConfigError(f"{language!r} is not a language", hint="Give one like en or pt-BR.")
        call = (*call, "--language", language)
    return email, call
