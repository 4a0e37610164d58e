"""Entitlements and grants of the account, its groups and its vaults, as the Go connector writes them.

A role or a permission list that `op` did not report is unknown. The grants that follow from the rest of the row are
given and marked, and `GrantList.gaps` says what is not known: the host never takes the unknown for removed access.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from connector_host import (
    Annotation,
    Entitlement,
    EntitlementRef,
    Grant,
    GrantExpandable,
    Purpose,
    Resource,
    ResourceId,
)

from . import permissions
from .op_cli.responses import GroupMember, OpUser, VaultAccessor
from .permissions import MEMBER
from .resources import GROUP, USER

__all__ = [
    "MANAGER",
    "MEMBER",
    "GrantList",
    "account_grants",
    "entitlements",
    "group_grants",
    "vault_grants",
    "vault_permissions",
]

MANAGER = "manager"
ROLE_UNKNOWN = (Annotation.not_reported("role"),)
PERMISSIONS_UNKNOWN = (Annotation.not_reported("permissions"),)


class GrantList(NamedTuple):
    """The grants of one resource, and sentences on what `op` did not report about them."""

    grants: list[Grant]
    gaps: tuple[str, ...] = ()


def entitlements(resource: Resource, slugs: Iterable[str], holders: tuple[str, ...] = (USER,)) -> list[Entitlement]:
    """Return the entitlements of an account, group or vault. Only `member` is an assignment, others are permissions."""
    resource_type = resource.id.resource_type
    return [
        Entitlement(
            resource,
            slug,
            Purpose.ASSIGNMENT if slug == MEMBER else Purpose.PERMISSION,
            f"{resource.display_name} {resource_type} {slug}",
            f"1Password {resource.display_name} {resource_type}",
            holders,
        )
        for slug in slugs
    ]


def vault_permissions(
    account_type: str, accessors: Iterable[VaultAccessor], limit: frozenset[str] | None
) -> tuple[str, ...]:
    """Return the slugs of a vault's entitlements: `member`, those of the account's plan, and any other that is held."""
    usual = (MEMBER, *permissions.expected(account_type))
    held = {name for accessor in accessors for name in accessor.permissions or ()}
    names = [*usual, *sorted(held.difference(usual))]
    slugs = (permissions.slug(name) for name in names if limit is None or name in limit)
    return tuple(dict.fromkeys(slug for slug in slugs if slug))


def account_grants(resource: Resource, users: Sequence[OpUser]) -> list[Grant]:
    """Return a grant of membership in the account for every user."""
    member = resource.ref(MEMBER)
    return [Grant(member, ResourceId(USER, user.id)) for user in users]


def group_grants(resource: Resource, members: Iterable[GroupMember]) -> GrantList:
    """Return a grant of membership for every member, and a second one for the managers."""
    member, manager = resource.ref(MEMBER), resource.ref(MANAGER)
    grants = []
    rows = list(members)
    for row in rows:
        principal = ResourceId(USER, row.id)
        grants.append(Grant(member, principal, annotations=ROLE_UNKNOWN if row.is_manager is None else ()))
        if row.is_manager:
            grants.append(Grant(manager, principal))
    unknown = sum(row.is_manager is None for row in rows)
    gap = f"op did not report the role of {unknown} of {len(rows)} members, so its managers are not fully known"
    return GrantList(grants, (gap,) if unknown else ())


def vault_grants(
    resource: Resource,
    users: Iterable[VaultAccessor],
    groups: Iterable[VaultAccessor],
    limit: frozenset[str] | None,
) -> GrantList:
    """Return a grant of membership and of each permission for every accessor.

    A group's permission extends to its direct members; the host adds those grants.
    """
    refs: dict[str, EntitlementRef] = {}
    grants = []
    unknown = {USER: 0, GROUP: 0}
    for accessor in users:
        principal = ResourceId(USER, accessor.id)
        marks = _marks(accessor)
        grants += [Grant(ref, principal, annotations=marks) for ref in _held(resource, accessor, limit, refs)]
        unknown[USER] += accessor.permissions is None
    for accessor in groups:
        principal = ResourceId(GROUP, accessor.id)
        expandable = GrantExpandable((f"{GROUP}:{accessor.id}:{MEMBER}",), shallow=True, resource_type_ids=(USER,))
        marks = _marks(accessor)
        held = _held(resource, accessor, limit, refs)
        grants += [Grant(ref, principal, expandable, annotations=marks) for ref in held]
        unknown[GROUP] += accessor.permissions is None
    parts = [f"{count} {name}{'' if count == 1 else 's'}" for name, count in unknown.items() if count]
    if not parts or (limit is not None and limit <= {MEMBER}):
        return GrantList(grants)
    return GrantList(grants, (f"op did not report the permissions of {' and '.join(parts)} with access",))


def _marks(accessor: VaultAccessor) -> tuple[Annotation, ...]:
    return PERMISSIONS_UNKNOWN if accessor.permissions is None else ()


def _held(
    resource: Resource, accessor: VaultAccessor, limit: frozenset[str] | None, refs: dict[str, EntitlementRef]
) -> Iterator[EntitlementRef]:
    """Yield the entitlements that an accessor holds on a vault, each object made once for the whole vault."""
    for name in dict.fromkeys((MEMBER, *(accessor.permissions or ()))):
        slug = permissions.slug(name)
        if not slug or (limit is not None and name not in limit):
            continue
        if slug not in refs:
            refs[slug] = resource.ref(slug)
        yield refs[slug]
