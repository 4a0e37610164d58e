"""Direct access of users and groups to a vault.

1Password's permissions depend on each other: granting one needs those that it depends on, revoking one takes those
that depend on it. Both are listed by name in one call, because `op` would otherwise ask a person. Nothing beyond that
is ever requested.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector_host import (
    BadResponse,
    Change,
    ConfigError,
    Entitlement,
    EntitlementRef,
    Grant,
    NotPermitted,
    ResourceId,
)

from .. import permissions
from ..access_grants import vault_grants
from ..op_cli.responses import VaultAccessor
from ..permissions import MEMBER
from ..resources import GROUP, USER, VAULT
from ..signin_modes import SigninMode
from ..tenant import Tenant
from .change_runner import PERSON_NEEDED, ChangeRunner, OpCall
from .lockout_guard import LockoutGuard

__all__ = ["grant_access", "revoke_access"]


def grant_access(
    changes: ChangeRunner,
    tenant: Tenant,
    holder: ResourceId,
    entitlement: Entitlement | EntitlementRef,
    *,
    dry_run: bool,
) -> Change:
    """Give a user or a group a permission on a vault, with those that it needs.

    `member` means any access: a holder of some access keeps it, anybody else gets the right to view, no more.
    """
    vault = _vault_id(holder, entitlement)
    usual = permissions.expected(tenant.account.type)
    name = permissions.name_of(entitlement.slug)
    permission = permissions.least(tenant.account.type) if name == MEMBER else name
    if permission not in usual:
        raise _not_grantable(permission, usual)
    requested = permissions.with_needed(permission)
    call = _call("grant", vault, holder, requested)
    earlier: list[VaultAccessor | None] = []

    def remaining() -> Sequence[OpCall]:
        accessor = _accessor(tenant, vault, holder)
        earlier.append(accessor)
        if accessor is None:
            return (call,)
        return () if name == MEMBER or permission in (accessor.permissions or ()) else (call,)

    def grants() -> tuple[Grant, ...]:
        tenant.forget_access(vault)
        return _new_grants(entitlement, holder, requested, permission if name != MEMBER else MEMBER, earlier[0])

    return changes.complete((VAULT, vault), remaining, dry_run=dry_run, grants=grants)


def _new_grants(
    entitlement: Entitlement | EntitlementRef,
    holder: ResourceId,
    requested: Sequence[str],
    permission: str,
    earlier: VaultAccessor | None,
) -> tuple[Grant, ...]:
    """Return the grants that the change added, and the requested one; `earlier` is the access before the change."""
    held = (earlier.permissions or ()) if earlier else ()
    added = tuple(name for name in requested if name not in held or name == permission)
    accessor = VaultAccessor(holder.resource, () if permission == MEMBER and earlier else added)
    users, groups = ((accessor,), ()) if holder.resource_type == USER else ((), (accessor,))
    return tuple(
        grant
        for grant in vault_grants(entitlement.resource, users, groups, None).grants
        if grant.entitlement.slug != MEMBER or permission == MEMBER or not earlier
    )


def revoke_access(
    changes: ChangeRunner,
    tenant: Tenant,
    holder: ResourceId,
    entitlement: Entitlement | EntitlementRef,
    *,
    guard: LockoutGuard,
    dry_run: bool,
) -> Change:
    """Remove a permission on a vault, with those that depend on it; `member`: all direct access."""
    vault = _vault_id(holder, entitlement)
    permission = permissions.name_of(entitlement.slug)
    if permission in permissions.DERIVED:
        raise ConfigError(
            f"{permission} cannot be revoked: 1Password derives it from other permissions",
            hint="Revoke one of those, for example archive_items.",
        )

    def remaining() -> Sequence[OpCall]:
        accessor = _accessor(tenant, vault, holder)
        if accessor is None:
            return ()
        if permission == MEMBER:
            return (_call("revoke", vault, holder, ()),)
        held = _reported(accessor, vault, holder)
        if permission not in held:
            return ()
        lost = permissions.dependants(permission, _requestable(held))
        if changes.mode is SigninMode.SERVICE:
            return (_whole_access(vault, holder, held, lost),)
        return (_call("revoke", vault, holder, lost),)

    def grants() -> tuple[Grant, ...]:
        tenant.forget_access(vault)
        return ()

    accessor = _accessor(tenant, vault, holder)
    if accessor is not None:
        guard.losing_vault(vault, holder, _lost(accessor, permission))
    return changes.complete((VAULT, vault), remaining, dry_run=dry_run, grants=grants)


def _lost(accessor: VaultAccessor, permission: str) -> frozenset[str]:
    """Return the permissions that a revocation removes; all of them for `member`."""
    held = accessor.permissions or ()
    if permission == MEMBER:
        return frozenset(held)
    return frozenset(permissions.dependants(permission, held)) if permission in held else frozenset()


def _vault_id(holder: ResourceId, entitlement: Entitlement | EntitlementRef) -> str:
    if holder.resource_type not in (USER, GROUP):
        raise ConfigError(f"{holder} cannot have access to a vault: only users and groups can")
    return entitlement.resource.id.resource


def _not_grantable(permission: str, usual: tuple[str, ...]) -> ConfigError:
    if permission in permissions.DERIVED:
        return ConfigError(
            f"{permission} cannot be granted: 1Password derives it from other permissions",
            hint="Grant copy_and_share_items and archive_items.",
        )
    return ConfigError(
        f"the vaults of this account have no permission {permission!r} that can be granted",
        hint=f"They have {', '.join((MEMBER, *usual))}.",
    )


def _accessor(tenant: Tenant, vault: str, holder: ResourceId) -> VaultAccessor | None:
    """Return the direct access of a user or group to a vault; None without any."""
    return next((row for row in tenant.accessors(holder.resource_type, vault) if row.id == holder.resource), None)


def _reported(accessor: VaultAccessor, vault: str, holder: ResourceId) -> tuple[str, ...]:
    if accessor.permissions is None:
        raise BadResponse(
            f"op did not report the permissions of {holder} on vault {vault}, so one of them cannot be revoked safely",
            hint="Sign in as somebody who may manage the vault, or revoke the membership as a whole.",
        )
    return accessor.permissions


def _requestable(held: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in held if name not in permissions.DERIVED)


def _whole_access(vault: str, holder: ResourceId, held: Sequence[str], lost: Sequence[str]) -> OpCall:
    """Return the call with which a service account removes all that it granted. Raises NotPermitted for a part."""
    if set(_requestable(held)) - set(lost):
        raise NotPermitted(
            f"a service account may not revoke a part of the access of {holder} to vault {vault}, only all of it",
            hint=f"Revoke its membership of the vault. {PERSON_NEEDED}",
        )
    return _call("revoke", vault, holder, ())


def _call(verb: str, vault: str, holder: ResourceId, names: Sequence[str]) -> OpCall:
    holder_type = holder.resource_type
    requested = ("--permissions", ",".join(names)) if names else ()
    return ("vault", holder_type, verb, "--vault", vault, f"--{holder_type}", holder.resource, *requested, "--no-input")
