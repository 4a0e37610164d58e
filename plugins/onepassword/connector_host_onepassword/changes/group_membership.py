"""Members and managers of a group.

A role is set by granting: somebody who is not in the group yet becomes a member, even if the role of manager was
requested, and gets that role at the second grant; a manager is made a member by granting that role. Revoking ends the
membership itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from connector_host import (
    BadResponse,
    Change,
    ConfigError,
    Entitlement,
    EntitlementRef,
    Grant,
    NotPermitted,
    Resource,
    ResourceId,
)

from ..access_grants import MANAGER, MEMBER
from ..op_cli.responses import GroupMember
from ..resources import GROUP, USER
from ..tenant import Tenant
from .change_runner import ChangeRunner, OpCall
from .lockout_guard import LockoutGuard

__all__ = ["grant_membership", "revoke_membership"]

PLANS_WITHOUT_GROUPS = {"INDIVIDUAL", "PERSONAL"}
GUEST = "GUEST"


class _Target(NamedTuple):
    """The group and the role that a change is about."""

    group: str
    role: str


def grant_membership(
    changes: ChangeRunner,
    tenant: Tenant,
    user: ResourceId,
    entitlement: Entitlement | EntitlementRef,
    *,
    dry_run: bool,
) -> Change:
    """Make a user a member or a manager of a group. A manager is a member already."""
    group, role = _target(changes, tenant, user, entitlement)
    _warn_of_guest(changes, tenant, user, entitlement.resource)
    call: OpCall = ("group", "user", "grant", "--group", group, "--user", user.resource, "--role", role)

    def remaining() -> Sequence[OpCall]:
        member = _member(tenant, group, user.resource)
        if member is None:
            return (call, call) if role == MANAGER else (call,)
        return (call,) if role == MANAGER and not member.is_manager else ()

    def grants() -> tuple[Grant, ...]:
        slugs = (MEMBER, MANAGER) if role == MANAGER else (MEMBER,)
        return tuple(Grant(entitlement.resource.ref(slug), user) for slug in slugs)

    return changes.complete((GROUP, group), remaining, dry_run=dry_run, grants=grants)


def revoke_membership(
    changes: ChangeRunner,
    tenant: Tenant,
    user: ResourceId,
    entitlement: Entitlement | EntitlementRef,
    *,
    guard: LockoutGuard,
    dry_run: bool,
) -> Change:
    """Remove a user from a group; removing the role of manager leaves a member."""
    group, role = _target(changes, tenant, user, entitlement)
    if role == MANAGER:
        call: OpCall = ("group", "user", "grant", "--group", group, "--user", user.resource, "--role", MEMBER)
    else:
        call = ("group", "user", "revoke", "--group", group, "--user", user.resource)

    def remaining() -> Sequence[OpCall]:
        member = _member(tenant, group, user.resource)
        if member is None or (role == MANAGER and member.is_manager is False):
            return ()
        if role == MANAGER and member.is_manager is None:
            raise BadResponse(
                f"op did not report the role of {user} in group {group}, so it cannot be changed safely",
                hint="Sign in as somebody who may manage the group.",
            )
        return (call,)

    guard.leaving_group(group, user.resource, only_role=role == MANAGER)
    return changes.complete((GROUP, group), remaining, dry_run=dry_run)


def _target(
    changes: ChangeRunner, tenant: Tenant, user: ResourceId, entitlement: Entitlement | EntitlementRef
) -> _Target:
    """Return the group's id and the role, after refusing what is impossible."""
    role, group = entitlement.slug, entitlement.resource
    if role not in (MEMBER, MANAGER):
        raise ConfigError(f"a group has no entitlement {role!r}", hint="It has member and manager.")
    if user.resource_type != USER:
        raise ConfigError(f"{user} cannot be in group {_name(group)}: only users can", hint="Name a user.")
    changes.require_person("change who is in a group")
    if tenant.account.type in PLANS_WITHOUT_GROUPS:
        raise NotPermitted(
            f"a 1Password account of type {tenant.account.type} has no groups that op can change",
            hint="Groups need a Business, Teams or Families account.",
        )
    return _Target(group.id.resource, role)


def _warn_of_guest(changes: ChangeRunner, tenant: Tenant, user: ResourceId, group: Resource) -> None:
    if any(row.id == user.resource and row.type == GUEST for row in tenant.users()):
        changes.warn(f"{user} is a guest: 1Password may refuse to add a guest to group {_name(group)}")


def _name(resource: Resource) -> str:
    return repr(resource.display_name) if resource.display_name else resource.id.resource


def _member(tenant: Tenant, group: str, user: str) -> GroupMember | None:
    """Return the user's row among the members of the group; None for somebody who is not in it."""
    return next((row for row in tenant.members(group) if row.id == user), None)
