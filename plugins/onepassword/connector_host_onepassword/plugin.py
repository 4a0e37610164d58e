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

from . import access_grants, resources
from .changes import group_membership, user_accounts, vault_access
from .op_cli.responses import is_usable_id
from .options import OPTIONS
from .session import OnePasswordSession
from .settings import read_settings

CONCURRENCY = 8
"""Calls of `op` that are worth having at once: each spends its time waiting for 1Password."""


@hookimpl
def connector_info() -> ConnectorInfo:
    """Describe the connector for `connector-host plugins`."""
    return ConnectorInfo(
        "1Password",
        HOST_API,
        summary="Users, groups, vaults and who may do what in them, read with the 1Password CLI",
        concurrency=CONCURRENCY,
    )


@hookimpl
def connector_options() -> Sequence[Option]:
    """Return the options for signing in, reading, changing and running `op`."""
    return OPTIONS


@hookimpl
def open_session(options: Mapping[str, Any], run: Run) -> OnePasswordSession:
    """Sign in. One call proves that it works and lets the desktop app ask once."""
    return OnePasswordSession(read_settings(options), run)


@hookimpl
def check_session(session: OnePasswordSession) -> Identity:
    """Return who is signed in, and what they will not see."""
    return session.identity()


@hookimpl
def list_resource_types() -> Sequence[ResourceType]:
    """Return users, groups, the account and vaults."""
    return resources.RESOURCE_TYPES


@hookimpl
def list_resources(
    session: OnePasswordSession, resource_type: ResourceType, parent: Resource | None, page_token: str | None
) -> Page[Resource] | Sequence[Resource]:
    """List the account, and users, groups and vaults under it. Details are read in pages at the same time."""
    if (parent is None) != (resource_type.id == resources.ACCOUNT):
        return []
    if parent is not None and parent.id != session.account_id:
        return []
    return session.page(resource_type.id, page_token or "")


@hookimpl
def get_resource(session: OnePasswordSession, resource_id: ResourceId) -> Resource | None:
    """Return one resource from its list: `op` has no cheaper way to prove that it is listed."""
    return next(iter(session.resources(resource_id.resource_type, [resource_id.resource])), None)


@hookimpl
def list_entitlements(session: OnePasswordSession, resource: Resource) -> Sequence[Entitlement]:
    """Return membership; of groups also managing; of vaults each permission of the plan, and any other that is held."""
    resource_type = resource.id.resource_type
    if resource_type == resources.ACCOUNT:
        return access_grants.entitlements(resource, (access_grants.MEMBER,))
    if resource_type == resources.GROUP:
        return access_grants.entitlements(resource, (access_grants.MEMBER, access_grants.MANAGER))
    if resource_type != resources.VAULT:
        return []
    try:
        access = session.tenant.access(resource.id.resource, resource.display_name)
        accessors = (*access.users, *access.groups)
    except NotPermitted:  # the entitlements are known all the same; list_grants reports that the vault was not read
        accessors = ()
    slugs = access_grants.vault_permissions(session.tenant.account.type, accessors, session.limit)
    return access_grants.entitlements(resource, slugs, session.vault_holders)


@hookimpl
def list_grants(session: OnePasswordSession, resource: Resource) -> Page[Grant] | Sequence[Grant]:
    """Return who is in the account, who is in a group, and who holds what on a vault."""
    resource_type, name = resource.id.resource_type, resource.id.resource
    if resource_type == resources.ACCOUNT:
        return access_grants.account_grants(resource, session.tenant.users())
    if resource_type == resources.GROUP:
        listed = access_grants.group_grants(resource, session.tenant.members(name))
    elif resource_type == resources.VAULT:
        access = session.tenant.access(name, resource.display_name)
        listed = access_grants.vault_grants(resource, access.users, access.groups, session.limit)
    else:
        return []
    return Page(listed.grants, gaps=listed.gaps) if listed.gaps else listed.grants


# ----------------------------------------------------------------------------------------------- changes


@hookimpl
def grant(session: OnePasswordSession, principal: Resource, entitlement: Entitlement, dry_run: bool) -> Change:
    """Make somebody a member or manager of a group, or give a user or group a permission on a vault."""
    _require_usable(principal.id, entitlement.resource.id)
    resource_type = _changeable_type(entitlement)
    change = group_membership.grant_membership if resource_type == resources.GROUP else vault_access.grant_access
    return change(session.changes, session.tenant, principal.id, entitlement, dry_run=dry_run)


@hookimpl
def revoke(session: OnePasswordSession, grant: Grant, dry_run: bool) -> Change:
    """Remove a membership, a role or a permission."""
    resource_type = _changeable_type(grant.entitlement)
    principal_id = grant.principal_id
    _require_usable(principal_id, grant.entitlement.resource.id)
    if isinstance(grant.principal, External) or (grant.sources and grant.entitlement.id not in grant.sources):
        origin = ", ".join(sorted(grant.sources or ())) or "another system"
        raise ConfigError(
            f"{principal_id} holds {grant.entitlement.id} only through {origin}",
            hint="Remove them from the group, or revoke the group's own access.",
        )
    change = group_membership.revoke_membership if resource_type == resources.GROUP else vault_access.revoke_access
    return change(
        session.changes, session.tenant, principal_id, grant.entitlement, guard=session.guard, dry_run=dry_run
    )


@hookimpl
def create_account(session: OnePasswordSession, request: AccountRequest, dry_run: bool) -> Change:
    """Invite a person, who is in the account once they have set theirs up and somebody has confirmed it."""
    return user_accounts.invite(session.changes, session.tenant, request, session.account_id, dry_run=dry_run)


@hookimpl
def delete_resource(session: OnePasswordSession, resource: Resource, dry_run: bool) -> Change:
    """Delete a person permanently."""
    _require_usable(resource.id)
    return user_accounts.delete_user(session.changes, session.tenant, resource.id, session.guard, dry_run=dry_run)


@hookimpl
def set_status(session: OnePasswordSession, resource: Resource, status: ResourceStatus, dry_run: bool) -> Change:
    """Suspend or reactivate a person."""
    _require_usable(resource.id)
    return user_accounts.set_user_status(
        session.changes, session.tenant, resource.id, status, session.guard, dry_run=dry_run
    )


def _require_usable(*ids: ResourceId) -> None:
    """Raise ConfigError for an id that cannot be one of 1Password: they come from a file, and go to a command line."""
    for resource_id in ids:
        if not is_usable_id(resource_id.resource):
            raise ConfigError(
                f"{resource_id.resource!r} is not an id of a {resource_id.resource_type} in 1Password",
                hint="Nothing was changed. The c1z file is damaged or forged: sync again, and use the new file.",
            )


def _changeable_type(entitlement: Entitlement | EntitlementRef) -> str:
    """Return the type of the resource of an entitlement whose grants can be changed. Raises ConfigError for others."""
    resource_type = entitlement.resource.id.resource_type
    if resource_type not in (resources.GROUP, resources.VAULT):
        raise ConfigError(
            f"{entitlement.id} can be neither granted nor revoked",
            hint="Membership in the account comes with an invitation and ends with the deletion of the person.",
        )
    return resource_type
