"""Who is in a group, and who manages it.

A role is set by granting: somebody who is not in the group yet becomes a member whatever role was asked for, and gets
the role at the second grant; a manager is made a member by granting that role. Revoking ends the membership itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector_host import Change, ConfigError, Entitlement, EntitlementRef, Grant, Resource, ResourceId

from .changes import Call, Changes
from .objects import GROUP, MANAGER, MEMBER, USER
from .tenant import Tenant

__all__ = ["grant_membership", "revoke_membership"]

WHAT = "change who is in a group"


def grant_membership(
    changes: Changes, tenant: Tenant, user: ResourceId, entitlement: Entitlement | EntitlementRef, *, dry_run: bool
) -> Change:
    """Make a user a member or a manager of a group. A manager is a member as well: asking for that changes nothing."""
    group, role = _checked(changes, user, entitlement)
    grant: Call = ("group", "user", "grant", "--group", group, "--user", user.resource, "--role", role)

    def left() -> Sequence[Call]:
        manages = _role(tenant, group, user.resource)
        if manages is None:
            return (grant, grant) if role == MANAGER else (grant,)
        return (grant,) if role == MANAGER and not manages else ()

    def grants() -> tuple[Grant, ...]:
        slugs = (MEMBER, MANAGER) if role == MANAGER else (MEMBER,)
        return tuple(Grant(entitlement.resource.ref(slug), user) for slug in slugs)

    return changes.reach((GROUP, group), left, dry_run=dry_run, grants=grants)


def revoke_membership(
    changes: Changes, tenant: Tenant, user: ResourceId, entitlement: Entitlement | EntitlementRef, *, dry_run: bool
) -> Change:
    """Take a user out of a group; taking the role of a manager away leaves a member."""
    group, role = _checked(changes, user, entitlement)
    if role == MANAGER:
        call: Call = ("group", "user", "grant", "--group", group, "--user", user.resource, "--role", MEMBER)
    else:
        call = ("group", "user", "revoke", "--group", group, "--user", user.resource)

    def left() -> Sequence[Call]:
        manages = _role(tenant, group, user.resource)
        return (call,) if manages or (manages is False and role == MEMBER) else ()

    return changes.reach((GROUP, group), left, dry_run=dry_run)


def _checked(changes: Changes, user: ResourceId, entitlement: Entitlement | EntitlementRef) -> tuple[str, str]:
    """The group's id and the role, after saying what cannot be."""
    role, group = entitlement.slug, entitlement.resource
    if role not in (MEMBER, MANAGER):
        raise ConfigError(f"a group has no entitlement {role!r}", hint="There are member and manager.")
    if user.resource_type != USER:
        raise ConfigError(f"{user} cannot be in group {_called(group)}: only users can", hint="Name a user.")
    changes.person_only(WHAT)
    return group.id.resource, role


def _called(resource: Resource) -> str:
    return repr(resource.display_name) if resource.display_name else resource.id.resource


def _role(tenant: Tenant, group: str, user: str) -> bool | None:
    """Whether the user manages the group; None for somebody who is not in it."""
    return next((row.is_manager for row in tenant.members(group) if row.id == user), None)
