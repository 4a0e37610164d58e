"""Rows of 1Password as the host's values: the same ids, names, entitlements and grants that the Go connector gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from connector_host import (
    Can,
    Email,
    Entitlement,
    EntitlementRef,
    Grant,
    GrantExpandable,
    GroupTrait,
    Purpose,
    Resource,
    ResourceId,
    ResourceStatus,
    ResourceType,
    Status,
    Trait,
    UserTrait,
)

from . import permissions
from .parse import Accessor, Account, Group, Member, User, Vault
from .permissions import MEMBER

__all__ = [
    "ACCOUNT",
    "GROUP",
    "MANAGER",
    "MEMBER",
    "RESOURCE_TYPES",
    "STATUS",
    "USER",
    "VAULT",
    "account_grants",
    "account_resource",
    "entitlements",
    "group_grants",
    "group_resource",
    "user_resource",
    "vault_grants",
    "vault_permissions",
    "vault_resource",
]

USER, GROUP, ACCOUNT, VAULT = "user", "group", "account", "vault"
MANAGER = "manager"

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

# A state that is in neither set (PENDING, TRANSFER_STARTED, RECOVERY_ACCEPTED, ...) is written as unspecified.
STATUS = {
    "ACTIVE": ResourceStatus.ENABLED,
    "RECOVERY_STARTED": ResourceStatus.ENABLED,
    "SUSPENDED": ResourceStatus.DISABLED,
    "INACTIVE": ResourceStatus.DISABLED,
}

# The state stands on the resource; the Go connector's user trait says enabled of everybody, and so do these bytes.
TRAIT_STATUS = Status(ResourceStatus.ENABLED)


# ----------------------------------------------------------------------------------------------- resources


def account_resource(account: Account) -> Resource:
    """The account, under which everything else is listed."""
    return Resource(ResourceId(ACCOUNT, account.id), account.name, child_types=(GROUP, USER, VAULT))


def user_resource(user: User, parent: ResourceId) -> Resource:
    """A person, guest or service account."""
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


def group_resource(group: Group, parent: ResourceId) -> Resource:
    """A group of people."""
    return Resource(
        ResourceId(GROUP, group.id),
        group.name,
        parent,
        traits=(GroupTrait(),),
        profile={"group_id": group.id, "group_name": group.name},
    )


def vault_resource(vault: Vault, parent: ResourceId) -> Resource:
    """A vault."""
    return Resource(ResourceId(VAULT, vault.id), vault.name, parent)


# ----------------------------------------------------------------------------------------------- entitlements


def entitlements(resource: Resource, slugs: Iterable[str], holders: tuple[str, ...] = (USER,)) -> list[Entitlement]:
    """What can be held on an account, group or vault. Only `member` is an assignment, the rest are permissions."""
    kind = resource.id.resource_type
    return [
        Entitlement(
            resource,
            slug,
            Purpose.ASSIGNMENT if slug == MEMBER else Purpose.PERMISSION,
            f"{resource.display_name} {kind} {slug}",
            f"1Password {resource.display_name} {kind}",
            holders,
        )
        for slug in slugs
    ]


def vault_permissions(
    account_type: str, accessors: Iterable[Accessor], limit: frozenset[str] | None
) -> tuple[str, ...]:
    """The slugs of a vault's entitlements: `member`, those of the account's plan, and whatever else somebody holds."""
    usual = (MEMBER, *permissions.expected(account_type))
    seen = {name for accessor in accessors for name in accessor.permissions}
    names = [*usual, *sorted(seen.difference(usual))]
    slugs = (permissions.slug(name) for name in names if limit is None or name in limit)
    return tuple(dict.fromkeys(slug for slug in slugs if slug))


# ----------------------------------------------------------------------------------------------- grants


def account_grants(resource: Resource, users: Sequence[User]) -> list[Grant]:
    """Everybody is a member of the account."""
    member = resource.ref(MEMBER)
    return [Grant(member, ResourceId(USER, user.id)) for user in users]


def group_grants(resource: Resource, members: Iterable[Member]) -> list[Grant]:
    """Every member, and the managers once more as such."""
    member, manager = resource.ref(MEMBER), resource.ref(MANAGER)
    grants = []
    for row in members:
        principal = ResourceId(USER, row.id)
        grants.append(Grant(member, principal))
        if row.is_manager:
            grants.append(Grant(manager, principal))
    return grants


def vault_grants(
    resource: Resource, users: Iterable[Accessor], groups: Iterable[Accessor], limit: frozenset[str] | None
) -> list[Grant]:
    """Every accessor is a member and holds its permissions; what a group holds its direct members hold, too."""
    refs: dict[str, EntitlementRef] = {}
    grants = []
    for accessor in users:
        principal = ResourceId(USER, accessor.id)
        grants += [Grant(ref, principal) for ref in _held(resource, accessor, limit, refs)]
    for accessor in groups:
        principal = ResourceId(GROUP, accessor.id)
        expandable = GrantExpandable((f"{GROUP}:{accessor.id}:{MEMBER}",), shallow=True, resource_type_ids=(USER,))
        grants += [Grant(ref, principal, expandable) for ref in _held(resource, accessor, limit, refs)]
    return grants


def _held(
    resource: Resource, accessor: Accessor, limit: frozenset[str] | None, refs: dict[str, EntitlementRef]
) -> Iterator[EntitlementRef]:
    """What an accessor holds on a vault, each entitlement named once for the whole vault."""
    for name in dict.fromkeys((MEMBER, *accessor.permissions)):
        slug = permissions.slug(name)
        if not slug or (limit is not None and name not in limit):
            continue
        if slug not in refs:
            refs[slug] = resource.ref(slug)
        yield refs[slug]
