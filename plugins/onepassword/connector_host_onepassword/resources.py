"""Resource types and resources of 1Password: the same ids, names and traits that the Go connector writes.

`plain_*` functions use the lists alone. `detailed_*` functions add the details; ids and names stay the same.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from connector_host import (
    AccountType,
    Can,
    Email,
    GroupTrait,
    Resource,
    ResourceId,
    ResourceStatus,
    ResourceType,
    Status,
    Trait,
    UserTrait,
)

from .op_cli.responses import ObjectDetails, OpAccount, OpGroup, OpUser, OpVault

__all__ = [
    "ACCOUNT",
    "GROUP",
    "RESOURCE_TYPES",
    "STATUS",
    "USER",
    "VAULT",
    "account_resource",
    "detailed_group",
    "detailed_user",
    "detailed_vault",
    "parse_date",
    "plain_group",
    "plain_user",
    "plain_vault",
]

USER, GROUP, ACCOUNT, VAULT = "user", "group", "account", "vault"

RESOURCE_TYPES = (
    ResourceType(
        USER,
        "User",
        (Trait.USER,),
        can=frozenset({Can.CREATE_ACCOUNT, Can.DELETE, Can.SET_STATUS}),
        skip_entitlements_and_grants=True,
    ),
    ResourceType(GROUP, "Group", (Trait.GROUP,), can=frozenset({Can.GRANT})),
    ResourceType(ACCOUNT, "Account", can=frozenset()),
    ResourceType(VAULT, "Vault", can=frozenset({Can.GRANT})),
)

# A state that is in neither set (PENDING, TRANSFER_STARTED, RECOVERY_ACCEPTED, none, ...) is written as unspecified.
STATUS = {
    "ACTIVE": ResourceStatus.ENABLED,
    "RECOVERY_STARTED": ResourceStatus.ENABLED,
    "SUSPENDED": ResourceStatus.DISABLED,
    "INACTIVE": ResourceStatus.DISABLED,
}
DETAILED_STATUS = {
    **STATUS,
    "RECOVERY_ACCEPTED": ResourceStatus.ENABLED,
    "TRANSFER_SUSPENDED": ResourceStatus.DISABLED,
    "DELETED": ResourceStatus.DELETED,
}
ACCOUNT_TYPES = {
    "MEMBER": AccountType.HUMAN,
    "GUEST": AccountType.HUMAN,
    "SERVICE_ACCOUNT": AccountType.SERVICE,
}

# The state stands on the resource; the Go connector's user trait says enabled of everybody, and so do these bytes.
TRAIT_STATUS = Status(ResourceStatus.ENABLED)

NEVER = "never"
FIRST_YEAR = 1
SLASHED_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (\d\d:\d\d:\d\d)")


# ----------------------------------------------------------------------------------------------- from the lists


def account_resource(account: OpAccount) -> Resource:
    """Return the account, under which everything else is listed."""
    return Resource(ResourceId(ACCOUNT, account.id), account.name, child_types=(GROUP, USER, VAULT))


def plain_user(user: OpUser, parent: ResourceId) -> Resource:
    """Return a person, guest or service account."""
    first, _blank, last = user.name.partition(" ")
    emails = (Email(user.email, is_primary=True),) if user.email else ()
    return Resource(
        ResourceId(USER, user.id),
        user.name,
        parent,
        traits=(UserTrait(emails=emails, status=TRAIT_STATUS),),
        profile={"first_name": first, "last_name": last, "login": user.email, "user_id": user.id},
        status=Status(STATUS.get(user.state, ResourceStatus.UNSPECIFIED)),
    )


def plain_group(group: OpGroup, parent: ResourceId) -> Resource:
    """Return a group of people."""
    return Resource(
        ResourceId(GROUP, group.id),
        group.name,
        parent,
        traits=(GroupTrait(),),
        profile={"group_id": group.id, "group_name": group.name},
    )


def plain_vault(vault: OpVault, parent: ResourceId) -> Resource:
    """Return a vault."""
    return Resource(ResourceId(VAULT, vault.id), vault.name, parent)


# ----------------------------------------------------------------------------------------------- with details


def detailed_user(user: OpUser, parent: ResourceId, details: ObjectDetails | None) -> Resource:
    """Return a person, guest or service account with its status, account type, dates and last sign-in."""
    plain = plain_user(user, parent)
    state = user.state or (details.state if details else "")
    status = Status(DETAILED_STATUS.get(state, ResourceStatus.UNSPECIFIED), state)
    user_type = (details.type if details else "") or user.type
    last_login = parse_date(details.last_auth_at) if details else None
    emails = next(trait.emails for trait in plain.traits if isinstance(trait, UserTrait))
    account_type = ACCOUNT_TYPES.get(user_type, AccountType.UNSPECIFIED)
    trait = UserTrait(emails=emails, status=status, account_type=account_type, login=user.email, last_login=last_login)
    profile: dict[str, Any] = {"type": user_type, "state": state}
    if details:
        profile |= _dates(details)
        profile["last_sign_in"] = _shown_date(details.last_auth_at) or NEVER
    return Resource(
        plain.id,
        plain.display_name,
        parent,
        traits=(trait,),
        profile={**(plain.profile or {}), **_without_empty(profile)},
        status=status,
        created_at=parse_date(details.created_at) if details else None,
    )


def detailed_group(group: OpGroup, parent: ResourceId, details: ObjectDetails | None) -> Resource:
    """Return a group with its type, its rights in the account as a whole, and its dates."""
    plain = plain_group(group, parent)
    if details is None:
        return plain
    profile = {
        "type": details.type,
        "state": details.state,
        "permissions": list(details.permissions),
        **_dates(details),
    }
    return Resource(
        plain.id,
        plain.display_name,
        parent,
        description=details.description,
        traits=plain.traits,
        profile={**(plain.profile or {}), **_without_empty(profile)},
        created_at=parse_date(details.created_at),
    )


def detailed_vault(vault: OpVault, parent: ResourceId, details: ObjectDetails | None) -> Resource:
    """Return a vault with its type, its number of items, and its dates."""
    plain = plain_vault(vault, parent)
    if details is None:
        return plain
    profile = {"type": details.type, "items": details.items, **_dates(details)}
    return Resource(
        plain.id,
        plain.display_name,
        parent,
        description=details.description,
        profile=_without_empty(profile) or None,
        created_at=parse_date(details.created_at),
    )


def parse_date(text: str) -> datetime | None:
    """Return a date of `op` in UTC; None for no date, an unreadable one, and the year 1, which means never."""
    text = text.strip()
    if match := SLASHED_DATE.fullmatch(text):
        month, day, year, time = match.groups()
        text = f"{year}-{month}-{day}T{time}Z"
    try:
        date = datetime.fromisoformat(text)
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return date if date.year > FIRST_YEAR else None


def _dates(details: ObjectDetails) -> dict[str, Any]:
    return {"created_at": _shown_date(details.created_at), "updated_at": _shown_date(details.updated_at)}


def _shown_date(text: str) -> str:
    """Return a date for the profile; an unreadable one as it is, except the year that means never."""
    date = parse_date(text)
    if date is not None:
        return date.isoformat().replace("+00:00", "Z")
    return "" if "0001" in text else text.strip()


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value not in ("", [])}
