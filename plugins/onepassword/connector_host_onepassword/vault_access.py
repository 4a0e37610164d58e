"""Who may do what in a vault: direct access of users and groups.

1Password's permissions stand on each other: granting one needs those below it, revoking one takes those above it. Both
are asked for by name in one call, because `op` would otherwise ask a person. Nothing beyond that is ever asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector_host import Change, ConfigError, Entitlement, EntitlementRef, Grant, NotPermitted, ResourceId

from . import objects, permissions
from .changes import PERSON_NEEDED, Call, Changes
from .modes import Mode
from .parse import Accessor
from .permissions import MEMBER
from .tenant import Tenant

__all__ = ["grant_access", "revoke_access"]


def grant_access(
    changes: Changes, tenant: Tenant, who: ResourceId, entitlement: Entitlement | EntitlementRef, *, dry_run: bool
) -> Change:
    """Give a user or a group a permission on a vault, with what it stands on.

    `member` means any access: whoever has some already keeps it, anybody else gets the right to view, no more.
    """
    vault = _vault(who, entitlement)
    usual = permissions.expected(tenant.account.type)
    name = permissions.name_of(entitlement.slug)
    permission = permissions.least(tenant.account.type) if name == MEMBER else name
    if permission not in usual:
        raise _not_grantable(permission, usual)
    wanted = permissions.with_needed(permission)
    call = _call("grant", vault, who, wanted)
    before: list[Accessor | None] = []

    def left() -> Sequence[Call]:
        held = _held(tenant, vault, who)
        before.append(held)
        if held is None:
            return (call,)
        return () if name == MEMBER or permission in held.permissions else (call,)

    def grants() -> tuple[Grant, ...]:
        tenant.forget_access(vault)
        had = before[0].permissions if before[0] else ()
        new = Accessor(who.resource, tuple(one for one in wanted if one not in had or one == permission))
        if name == MEMBER and before[0]:
            new = Accessor(who.resource, ())
        of_users, of_groups = ((new,), ()) if who.resource_type == objects.USER else ((), (new,))
        return tuple(
            one
            for one in objects.vault_grants(entitlement.resource, of_users, of_groups, None)
            if one.entitlement.slug != MEMBER or name == MEMBER or not before[0]
        )

    return changes.reach((objects.VAULT, vault), left, dry_run=dry_run, grants=grants)


def revoke_access(
    changes: Changes, tenant: Tenant, who: ResourceId, entitlement: Entitlement | EntitlementRef, *, dry_run: bool
) -> Change:
    """Take a permission on a vault away, with what stands on it; `member`: all direct access."""
    vault = _vault(who, entitlement)
    permission = permissions.name_of(entitlement.slug)
    if permission in permissions.DERIVED:
        raise ConfigError(
            f"{permission} cannot be revoked: 1Password derives it from other permissions",
            hint="Revoke one of those, for example archive_items.",
        )

    def left() -> Sequence[Call]:
        held = _held(tenant, vault, who)
        if held is None:
            return ()
        if permission == MEMBER:
            return (_call("revoke", vault, who, ()),)
        if permission not in held.permissions:
            return ()
        gone = permissions.dependants(permission, _requestable(held.permissions))
        if changes.mode is Mode.SERVICE:
            return (_all_of_it(vault, who, held, gone),)
        return (_call("revoke", vault, who, gone),)

    def grants() -> tuple[Grant, ...]:
        tenant.forget_access(vault)
        return ()

    return changes.reach((objects.VAULT, vault), left, dry_run=dry_run, grants=grants)


def _vault(who: ResourceId, entitlement: Entitlement | EntitlementRef) -> str:
    if who.resource_type not in (objects.USER, objects.GROUP):
        raise ConfigError(f"{who} cannot have access to a vault: only users and groups can")
    return entitlement.resource.id.resource


def _not_grantable(permission: str, usual: tuple[str, ...]) -> ConfigError:
    if permission in permissions.DERIVED:
        return ConfigError(
            f"{permission} cannot be granted: 1Password derives it from other permissions",
            hint="Grant copy_and_share_items and archive_items.",
        )
    return ConfigError(
        f"the vaults of this account have no permission {permission!r} that can be granted",
        hint=f"There are: {', '.join((MEMBER, *usual))}.",
    )


def _held(tenant: Tenant, vault: str, who: ResourceId) -> Accessor | None:
    """What a user or group holds on a vault directly; None without any access."""
    return next((row for row in tenant.accessors(who.resource_type, vault) if row.id == who.resource), None)


def _requestable(held: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in held if name not in permissions.DERIVED)


def _all_of_it(vault: str, who: ResourceId, held: Accessor, gone: Sequence[str]) -> Call:
    """A service account takes away all that it gave, or nothing."""
    if set(_requestable(held.permissions)) - set(gone):
        raise NotPermitted(
            f"a service account may not revoke a part of the access of {who} to vault {vault}, only all of it",
            hint=f"Revoke its membership of the vault. {PERSON_NEEDED}",
        )
    return _call("revoke", vault, who, ())


def _call(verb: str, vault: str, who: ResourceId, names: Sequence[str]) -> Call:
    kind = who.resource_type
    wanted = ("--permissions", ",".join(names)) if names else ()
    return ("vault", kind, verb, "--vault", vault, f"--{kind}", who.resource, *wanted, "--no-input")
