"""The connector `onepassword`: its hooks. Entry point of the group `connector_host`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector_host import (
    HOST_API,
    ConnectorInfo,
    Entitlement,
    Grant,
    Identity,
    NotPermitted,
    Option,
    Resource,
    ResourceId,
    ResourceType,
    Run,
    hookimpl,
)

from . import objects
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
def list_resources(session: Session, resource_type: ResourceType, parent: Resource | None) -> Sequence[Resource]:
    """The account by itself; users, groups and vaults under it."""
    if (parent is None) != (resource_type.id == objects.ACCOUNT):
        return []
    if parent is not None and parent.id != session.account_id:
        return []
    return session.resources(resource_type.id)


@hookimpl
def get_resource(session: Session, resource_id: ResourceId) -> Resource | None:
    """One resource, found in its list: `op` has no cheaper way to prove that it is listed."""
    return next((found for found in session.resources(resource_id.resource_type) if found.id == resource_id), None)


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
    return objects.entitlements(resource, slugs)


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
