"""The hooks of the connector `fake`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector_host import (
    HOST_API,
    AccountRequest,
    Change,
    ConnectorInfo,
    Entitlement,
    Grant,
    Identity,
    Option,
    Page,
    Resource,
    ResourceId,
    ResourceStatus,
    ResourceType,
    Run,
    hookimpl,
)

from .default_scenario import default_scenario
from .faults import HookCall
from .paging import Organisation, page_of
from .scenario_format import load
from .scenario_organisation import ScenarioOrganisation
from .session import FakeSession, ledger_for_run
from .settings import FakeSettings, declared_options, read_settings
from .sized_organisation import SizedOrganisation

__all__: list[str] = []

# ----------------------------------------------------------------------------------------------- describe, connect


@hookimpl
def connector_info() -> ConnectorInfo:
    """Who this connector is."""
    return ConnectorInfo(
        "Fake",
        HOST_API,
        summary="A made-up organisation: for a first look, for tests with misbehaviour on demand, and for load.",
        concurrency=8,
    )


@hookimpl
def connector_options() -> list[Option]:
    """What to serve, and how badly to behave."""
    return declared_options()


@hookimpl
def open_session(options: Mapping[str, Any], run: Run) -> FakeSession:
    """Read or compute the organisation."""
    settings = read_settings(options)
    ledger = ledger_for_run(run, settings)
    data, identity = _organisation(settings, run)
    session = FakeSession(run, settings, ledger, data, identity)
    session.enter(HookCall("open_session"))
    return session


def _organisation(settings: FakeSettings, run: Run) -> tuple[Organisation, Identity]:
    if settings.sizes is not None:
        computed = SizedOrganisation(settings.sizes)
        return computed, Identity(computed.account, mode="computed")
    if settings.scenario is None:
        scenario, account = default_scenario(), "default organisation"
    else:
        scenario, account = load(settings.scenario), f"scenario {settings.scenario.name}"
    written = ScenarioOrganisation(scenario, account)
    for resource in written.unreachable():
        run.logger.warning("%s is never listed: its parent %s does not announce its type", resource.id, resource.parent)
    return written, scenario.identity.identity(account) if scenario.identity else Identity(account, mode="scenario")


@hookimpl
def check_session(session: FakeSession) -> Identity:
    """Who the scenario says one is."""
    session.enter(HookCall("check_session"))
    return session.identity


# ----------------------------------------------------------------------------------------------- sync


@hookimpl
def list_resource_types(session: FakeSession | None, page_token: str | None) -> Page[ResourceType]:
    """The kinds of resources; without a session those of the default organisation, and all that may be done to them."""
    if session is None:
        listing = ScenarioOrganisation(default_scenario(), "").resource_types()
        return page_of(listing, page_token, ScenarioOrganisation.page_size, "list_resource_types")
    call = HookCall("list_resource_types", page_token=page_token or "")
    return session.page(call, session.data.resource_types(), None)


@hookimpl
def list_resources(
    session: FakeSession,
    resource_type: ResourceType,
    parent: Resource | None,
    page_token: str | None,
    page_size: int | None,
) -> Page[Resource]:
    """Those of a type that have this parent, or none."""
    parent_id = parent.id if parent is not None else None
    call = HookCall("list_resources", resource_type.id, str(parent_id or ""), page_token or "")
    return session.page(call, session.data.resources(resource_type.id, parent_id), page_size)


@hookimpl
def get_resource(session: FakeSession, resource_id: ResourceId) -> Resource | None:
    """One resource, under whatever parent."""
    session.enter(HookCall("get_resource", resource_id.resource_type, str(resource_id)))
    return session.data.resource(resource_id)


@hookimpl
def list_entitlements(
    session: FakeSession, resource: Resource, page_token: str | None, page_size: int | None
) -> Page[Entitlement]:
    """What can be held on a resource."""
    return session.page(
        _call("list_entitlements", resource.id, page_token), session.data.entitlements(resource.id), page_size
    )


@hookimpl
def list_grants(session: FakeSession, resource: Resource, page_token: str | None, page_size: int | None) -> Page[Grant]:
    """Who holds what on a resource."""
    return session.page(_call("list_grants", resource.id, page_token), session.data.grants(resource.id), page_size)


# ----------------------------------------------------------------------------------------------- provision


@hookimpl
def grant(session: FakeSession, principal: Resource, entitlement: Entitlement, dry_run: bool) -> Change:
    """Write a grant into the scenario file."""
    session.enter(_call("grant", entitlement.resource.id))
    return session.file.grant(principal, entitlement, dry_run=dry_run)


@hookimpl
def revoke(session: FakeSession, grant: Grant, dry_run: bool) -> Change:
    """Take a grant out of the scenario file."""
    session.enter(_call("revoke", grant.entitlement.resource.id))
    return session.file.revoke(grant, dry_run=dry_run)


@hookimpl
def create_account(session: FakeSession, request: AccountRequest, dry_run: bool) -> Change:
    """Write a user into the scenario file; its first password is made up and kept nowhere."""
    session.enter(HookCall("create_account"))
    return session.file.create_account(request, dry_run=dry_run)


@hookimpl
def delete_resource(session: FakeSession, resource: Resource, dry_run: bool) -> Change:
    """Take a resource, all under it and all access to it out of the scenario file."""
    session.enter(_call("delete_resource", resource.id))
    return session.file.delete_resource(resource, dry_run=dry_run)


@hookimpl
def set_status(session: FakeSession, resource: Resource, status: ResourceStatus, dry_run: bool) -> Change:
    """Enable or disable a user in the scenario file."""
    session.enter(_call("set_status", resource.id))
    return session.file.set_status(resource, status, dry_run=dry_run)


def _call(hook: str, resource_id: ResourceId, page_token: str | None = None) -> HookCall:
    return HookCall(hook, resource_id.resource_type, str(resource_id), page_token or "")
