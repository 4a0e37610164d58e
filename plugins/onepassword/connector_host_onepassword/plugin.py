"""The connector `onepassword`: its hooks. Entry point of the group `connector_host`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector_host import (
    HOST_API,
    AccountRequest,
    Change,
    ConfigError,
    ConnectorInfo,
    Entitlement,
    EntitlementRef,
    External,
    Grant,
    Identity,
    NotPermitted,
    Option,
    Page,
    Resource,
    ResourceId,
    ResourceStatus,
    ResourceType,
    Run,
    hookimpl,
)

from . import membership, objects, people, vault_access
from .options import declared, settings
from .session import Session

CONCURRENCY = 8
"""How many calls of `op` are worth having at once: each spends its time waiting for 1Password."""


@hookimpl
def connector_info() -> ConnectorInfo:
    """What `connector-host plugins` shows."""
    return ConnectorInfo(
        "1Password",
        HOST_API,
        summary="Users, groups, vaults and who may do what in them, read with the 1Password CLI",
        concurrency=CONCURRENCY,
    )


@hookimpl
def connector_options() -> Sequence[Option]:
    """Sign-in, what to read, and how to run `op`."""
    return declared()


@hookimpl
def open_session(options: Mapping[str, Any], run: Run) -> Session:
    """Sign in. One call proves that it works and lets the desktop app ask once."""
    return Session(settings(options), run)


@hookimpl
def check_session(session: Session) -> Identity:
    """Who is signed in where, and what they will not see."""
    return session.identity()


@hookimpl
def list_resource_types() -> Sequence[ResourceType]:
    """Users, groups, the account, vaults."""
    return objects.RESOURCE_TYPES


@hookimpl
def list_resources(
    session: Session, resource_type: ResourceType, parent: Resource | None, page_token: str | None
) -> Page[Resource] | Sequence[Resource]:
    """The account by itself; users, groups and vaults under it. Details are read in pages side by side."""
    if (parent is None) != (resource_type.id == objects.ACCOUNT):
        return []
    if parent is not None and parent.id != session.account_id:
        return []
    return session.page(resource_type.id, page_token or "")


@hookimpl
def get_resource(session: Session, resource_id: ResourceId) -> Resource | None:
    """One resource, found in its list: `op` has no cheaper way to prove that it is listed."""
    found = session.resources(resource_id.resource_type, [resource_id.resource])
    return found[0] if found else None


@hookimpl
def list_entitlements(session: Session, resource: Resource) -> Sequence[Entitlement]:
    """Membership; of groups also managing; of vaults every permission of the plan, and any other that is held."""
    kind = resource.id.resource_type
    if kind == objects.ACCOUNT:
        return objects.entitlements(resource, (objects.MEMBER,))
    if kind == objects.GROUP:
        return objects.entitlements(resource, (objects.MEMBER, objects.MANAGER))
    if kind != objects.VAULT:
        return []
    try:
        access = session.tenant.access(resource.id.resource, resource.display_name)
        accessors = (*access.users, *access.groups)
    except NotPermitted:  # what can be held is known all the same; list_grants reports that the vault was not read
        accessors = ()
    slugs = objects.vault_permissions(session.tenant.account.type, accessors, session.limit)
    return objects.entitlements(resource, slugs, session.vault_holders)


@hookimpl
def list_grants(session: Session, resource: Resource) -> Sequence[Grant]:
    """Who is in the account, in a group, and who holds what on a vault."""
    kind, name = resource.id.resource_type, resource.id.resource
    if kind == objects.ACCOUNT:
        return objects.account_grants(resource, session.tenant.users())
    if kind == objects.GROUP:
        return objects.group_grants(resource, session.tenant.members(name))
    if kind != objects.VAULT:
        return []
    access = session.tenant.access(name, resource.display_name)
    return objects.vault_grants(resource, access.users, access.groups, session.limit)


# ----------------------------------------------------------------------------------------------- changes


@hookimpl
def grant(session: Session, principal: Resource, entitlement: Entitlement, dry_run: bool) -> Change:
    """Make somebody a member or manager of a group, or give a user or group a permission on a vault."""
    kind = _changeable(entitlement)
    work = membership.grant_membership if kind == objects.GROUP else vault_access.grant_access
    return work(session.changes, session.tenant, principal.id, entitlement, dry_run=dry_run)


@hookimpl
def revoke(session: Session, grant: Grant, dry_run: bool) -> Change:
    """Take a membership, a role or a permission away."""
    kind = _changeable(grant.entitlement)
    who = grant.principal_id
    if isinstance(grant.principal, External) or (grant.sources and grant.entitlement.id not in grant.sources):
        origin = ", ".join(sorted(grant.sources or ())) or "another system"
        raise ConfigError(
            f"{who} holds {grant.entitlement.id} only through {origin}",
            hint="Take them out of the group, or revoke what the group holds.",
        )
    work = membership.revoke_membership if kind == objects.GROUP else vault_access.revoke_access
    return work(session.changes, session.tenant, who, grant.entitlement, dry_run=dry_run)


@hookimpl
def create_account(session: Session, request: AccountRequest, dry_run: bool) -> Change:
    """Invite a person: they are in the account once they have set theirs up and somebody has confirmed it."""
    return people.invite(session.changes, session.tenant, request, session.account_id, dry_run=dry_run)


@hookimpl
def delete_resource(session: Session, resource: Resource, dry_run: bool) -> Change:
    """Delete a person for good."""
    return people.delete_user(session.changes, session.tenant, resource.id, session.me(), dry_run=dry_run)


@hookimpl
def set_status(session: Session, resource: Resource, status: ResourceStatus, dry_run: bool) -> Change:
    """Suspend or reactivate a person."""
    return people.set_user_status(session.changes, session.tenant, resource.id, status, session.me(), dry_run=dry_run)


def _changeable(entitlement: Entitlement | EntitlementRef) -> str:
    """The kind of resource an entitlement is on, if grants of it can be changed."""
    kind = entitlement.resource.id.resource_type
    if kind not in (objects.GROUP, objects.VAULT):
        raise ConfigError(
            f"{entitlement.id} can be neither granted nor revoked",
            hint="Being in the account comes with an invitation and ends with the deletion of the person.",
        )
    return kind
