"""Refusal of changes that would lock people out: of the last owner, the last manager, or the signed-in person.

The option `allow-lockout` turns it off. The guard looks at 1Password right before the change.
"""

from __future__ import annotations

from collections.abc import Callable

from connector_host import ConfigError, ConnectorError, ResourceId

from ..permissions import BROAD_MANAGING, MANAGE_VAULT
from ..resources import GROUP, USER
from ..tenant import Tenant

__all__ = ["ADMINISTRATOR_GROUPS", "LockoutGuard"]

OWNER_GROUPS = {"owners", "family organizers"}
ADMINISTRATOR_GROUPS = {*OWNER_GROUPS, "administrators"}
MANAGING = {MANAGE_VAULT, BROAD_MANAGING}
ABLE_STATES = {"ACTIVE", "RECOVERY_STARTED", "RECOVERY_ACCEPTED", ""}
HINT = "If that is what you want, repeat the command with --allow-lockout."


class LockoutGuard:
    """Checks a change before it is made. `signed_in_user` returns the id of the signed-in user, or an empty text."""

    def __init__(self, tenant: Tenant, signed_in_user: Callable[[], str], *, is_off: bool) -> None:
        self._tenant = tenant
        self._signed_in_user = signed_in_user
        self._is_off = is_off

    def leaving_group(self, group_id: str, user_id: str, *, only_role: bool) -> None:
        """Check the removal of a member from a group; `only_role`: they stay a member and lose the role of manager."""
        if self._is_off:
            return
        members = self._tenant.members(group_id)
        member = next((row for row in members if row.id == user_id), None)
        if member is None or (only_role and member.is_manager is False):
            return  # nothing changes
        name = self._group_name(group_id)
        managers = [row for row in members if row.is_manager]
        if member.is_manager and managers == [member]:
            raise _refused(f"{user_id} is the last manager of group {name}")
        if not only_role and name.casefold() in OWNER_GROUPS:
            self._check_last_owner(name, user_id, [row.id for row in members])
        if user_id == self._signed_in_user():
            part = "as a manager of" if only_role else "from"
            raise _refused(f"{user_id} is the signed-in person, who would be removed {part} group {name}")

    def losing_vault(self, vault_id: str, holder: ResourceId, lost: frozenset[str]) -> None:
        """Check the removal of permissions on a vault from a user or group."""
        if self._is_off:
            return
        if MANAGING & lost:
            managers = [
                ResourceId(holder_type, row.id)
                for holder_type in (USER, GROUP)
                for row in self._tenant.accessors(holder_type, vault_id)
                if row.permissions is None or MANAGING & set(row.permissions)
            ]
            if managers == [holder]:
                raise _refused(f"{holder} is the last one who manages vault {vault_id}")
        if holder.resource_type == USER and holder.resource == self._signed_in_user():
            raise _refused(f"{holder} is the signed-in person, who would lose access to vault {vault_id}")

    def disabling_user(self, user: ResourceId, verb: str) -> None:
        """Check the suspension or deletion of a user."""
        if self._is_off:
            return
        if user.resource == self._signed_in_user():
            raise _refused(f"{user} is the signed-in person: this would {verb} yourself")
        try:
            groups = self._tenant.groups_of(user.resource)
            owners = next((group for group in groups if group.name.casefold() in OWNER_GROUPS), None)
            members = [row.id for row in self._tenant.members(owners.id)] if owners else []
        except ConnectorError as error:
            raise _refused(f"op does not report if {user} is the last owner ({error.message})") from None
        if owners:
            self._check_last_owner(owners.name, user.resource, members)

    def _check_last_owner(self, group_name: str, user_id: str, members: list[str]) -> None:
        """Refuse the removal of the only member of the owners' group who can sign in."""
        able = {row.id for row in self._tenant.users() if row.state in ABLE_STATES}
        if user_id in members and not (able & set(members)) - {user_id}:
            raise _refused(f"user:{user_id} is the last one in {group_name} who can sign in")

    def _group_name(self, group_id: str) -> str:
        return next((group.name for group in self._tenant.groups() if group.id == group_id), group_id)


def _refused(reason: str) -> ConfigError:
    return ConfigError(reason, hint=HINT)
