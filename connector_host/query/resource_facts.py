"""Facts about accounts that a connector stores in several places: state, kind of account, last login."""

from __future__ import annotations

from datetime import UTC

from ..c1z.types import View
from ..model import AccountType, Resource, ResourceStatus, Trait, UserTrait
from ..wire import decode

__all__ = ["account_kind", "account_state", "is_human", "last_login", "user_types"]

STATES = {
    ResourceStatus.ENABLED: "enabled",
    ResourceStatus.DISABLED: "disabled",
    ResourceStatus.DELETED: "deleted",
}
ACCOUNTS = {AccountType.SERVICE: "service", AccountType.SYSTEM: "system"}
PROFILE_ACCOUNT_KEYS = ("type", "user_type", "userType")


def user_types(view: View) -> list[str]:
    """Return the ids of the resource types whose resources are accounts."""
    return [row.id for row in view.resource_types() if Trait.USER in decode.resource_type(row.data).traits]


def account_kind(resource: Resource) -> str:
    """Return `service`, `system` or `guest` for such an account, else an empty text.

    The profile marks a guest: `guest` is true, or `type`, `user_type` or `userType` is "guest".
    """
    for user in _user_traits(resource):
        if user.account_type in ACCOUNTS:
            return ACCOUNTS[user.account_type]
    profile = resource.profile or {}
    words = (profile.get(key) for key in PROFILE_ACCOUNT_KEYS)
    guest = any(isinstance(word, str) and word.casefold() == "guest" for word in words)
    return "guest" if guest or profile.get("guest") is True else ""


def account_state(resource: Resource) -> str:
    """Return `enabled`, `disabled` or `deleted`, else an empty text."""
    statuses = (resource.status, *(user.status for user in _user_traits(resource)))
    status = next((one_status for one_status in statuses if one_status is not None), None)
    return STATES.get(status.status, "") if status is not None else ""


def is_human(resource: Resource) -> bool:
    """Return True for an account that the connector calls a person's."""
    return any(user.account_type is AccountType.HUMAN for user in _user_traits(resource))


def last_login(resource: Resource) -> str:
    """Return the time of the last login (ISO 8601, UTC), or an empty text."""
    times = [user.last_login for user in _user_traits(resource) if user.last_login is not None]
    return max(times).astimezone(UTC).isoformat() if times else ""


def _user_traits(resource: Resource) -> list[UserTrait]:
    return [trait for trait in resource.traits if isinstance(trait, UserTrait)]
