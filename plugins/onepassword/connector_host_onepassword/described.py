"""Resources with their details: the plain ones, with more said about them. Ids and names are the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from connector_host import AccountType, Resource, ResourceId, ResourceStatus, Status, UserTrait

from .objects import STATUS, group_resource, user_resource, vault_resource
from .parse import Details, Group, User, Vault

__all__ = ["described_group", "described_user", "described_vault", "moment"]

MORE_STATUS = {
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
NEVER = "never"
FIRST_YEAR = 1
OTHER_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (\d\d):(\d\d):(\d\d)")


def moment(text: str) -> datetime | None:
    """A date of `op`; None for none, for what cannot be read, and for the year 1, with which it says never."""
    text = text.strip()
    if match := OTHER_DATE.fullmatch(text):
        month, day, year, *rest = match.groups()
        text = f"{year}-{month}-{day}T{':'.join(rest)}Z"
    try:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year > FIRST_YEAR else None


def described_user(user: User, parent: ResourceId, details: Details | None) -> Resource:
    """A person, guest or service account: status, what kind of account, when made and last used."""
    plain = user_resource(user, parent)
    status = Status(MORE_STATUS.get(user.state, ResourceStatus.UNSPECIFIED), user.state)
    kind = (details.type if details else "") or user.type
    last = moment(details.last_auth_at) if details else None
    emails = next(trait.emails for trait in plain.traits if isinstance(trait, UserTrait))
    account_type = ACCOUNT_TYPES.get(kind, AccountType.UNSPECIFIED)
    trait = UserTrait(emails=emails, status=status, account_type=account_type, login=user.email, last_login=last)
    more: dict[str, Any] = {"type": kind, "state": user.state}
    if details:
        more |= _dates(details)
        more["last_sign_in"] = _shown(details.last_auth_at) or NEVER
    return Resource(
        plain.id,
        plain.display_name,
        parent,
        traits=(trait,),
        profile={**(plain.profile or {}), **_said(more)},
        status=status,
        created_at=moment(details.created_at) if details else None,
    )


def described_group(group: Group, parent: ResourceId, details: Details | None) -> Resource:
    """A group: its type, its rights in the account as a whole, its dates."""
    plain = group_resource(group, parent)
    if details is None:
        return plain
    more = {"type": details.type, "state": details.state, "permissions": list(details.permissions), **_dates(details)}
    return Resource(
        plain.id,
        plain.display_name,
        parent,
        description=details.description,
        traits=plain.traits,
        profile={**(plain.profile or {}), **_said(more)},
        created_at=moment(details.created_at),
    )


def described_vault(vault: Vault, parent: ResourceId, details: Details | None) -> Resource:
    """A vault: its type, how many items it holds, its dates."""
    plain = vault_resource(vault, parent)
    if details is None:
        return plain
    more = {"type": details.type, "items": details.items, **_dates(details)}
    return Resource(
        plain.id,
        plain.display_name,
        parent,
        description=details.description,
        profile=_said(more) or None,
        created_at=moment(details.created_at),
    )


def _dates(details: Details) -> dict[str, Any]:
    return {"created_at": _shown(details.created_at), "updated_at": _shown(details.updated_at)}


def _shown(text: str) -> str:
    """A date as the profile has it; what cannot be read is passed on as it is, except the year that says never."""
    found = moment(text)
    if found is not None:
        return found.isoformat().replace("+00:00", "Z")
    return "" if "0001" in text else text.strip()


def _said(values: dict[str, Any]) -> dict[str, Any]:
    """What is there to say: neither nothing nor empty."""
    return {name: value for name, value in values.items() if value is not None and value not in ("", [])}
