"""The hooks of the connector `fake`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import structs

from connector_host import (
    HOST_API,
    AccountRequest,
    AccountSchema,
    ActionResult,
    ActionSchema,
    Asset,
    Change,
    ConnectorInfo,
    CredentialDetails,
    CredentialRequest,
    Entitlement,
    EventFeed,
    EventPage,
    Grant,
    Identity,
    IssueRequest,
    NotFound,
    Option,
    Page,
    Resource,
    ResourceId,
    ResourceStatus,
    ResourceType,
    Run,
    Ticket,
    TicketRequest,
    TicketResult,
    TicketSchema,
    Trait,
    hookimpl,
)

from .default_scenario import default_scenario
from .faults import HookCall
from .page_tokens import Organisation, page_of
from .sample_accounts import SCHEMA, details
from .sample_actions import ACTIONS, action_status, perform
from .sample_events import FEEDS, page_of_events
from .sample_images import ICON, LOGO, image
from .sample_tickets import SCHEMAS, find_ticket
from .scenario_format import load
from .scenario_organisation import ScenarioOrganisation
from .session import FakeSession, ledger_for_run
from .settings import FakeSettings, declared_options, read_settings
from .sized_organisation import SizedOrganisation

__all__: list[str] = []

# ----------------------------------------------------------------------------------------------- describe, connect


@hookimpl
def connector_info() -> ConnectorInfo:
    """Describe the connector."""
    return ConnectorInfo(
        "Fake",
        HOST_API,
        summary="A sample organisation: for a first look, for tests with planned faults, and for load.",
        concurrency=8,
        icon=ICON,
        logo=LOGO,
        profile={"sample": True},
    )


@hookimpl
def connector_options() -> list[Option]:
    """Declare the options: the organisation to serve, and the faults to plan."""
    return declared_options()


@hookimpl
def account_schema(session: FakeSession | None) -> AccountSchema:
    """Return the fields of a new user."""
    if session is not None:
        session.enter(HookCall("account_schema"))
    return SCHEMA


@hookimpl
def credential_details(session: FakeSession | None) -> CredentialDetails:
    """Return the credentials of users; without a session those of the default organisation."""
    if session is None:
        return details(["user"])
    session.enter(HookCall("credential_details"))
    types = session.data.resource_types()
    return details([item.id for item in types.read(0, types.total) if item.traits[:1] == (Trait.USER,)])


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
    """Return the identity that the scenario names."""
    session.enter(HookCall("check_session"))
    return session.identity


# ----------------------------------------------------------------------------------------------- sync


@hookimpl
def list_resource_types(session: FakeSession | None, page_token: str | None) -> Page[ResourceType]:
    """Return the resource types; without a session those of the default organisation, with all capabilities."""
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
    """Return one page of the resources of a type with this parent, or without one."""
    parent_id = parent.id if parent is not None else None
    call = HookCall("list_resources", resource_type.id, str(parent_id or ""), page_token or "")
    return session.page(call, session.data.resources(resource_type.id, parent_id), page_size)


@hookimpl
def get_resource(session: FakeSession, resource_id: ResourceId) -> Resource | None:
    """Return one resource, whatever its parent."""
    session.enter(HookCall("get_resource", resource_id.resource_type, str(resource_id)))
    return session.data.resource(resource_id)


@hookimpl
def list_entitlements(
    session: FakeSession, resource: Resource, page_token: str | None, page_size: int | None
) -> Page[Entitlement]:
    """Return one page of the entitlements of a resource."""
    return session.page(
        _call("list_entitlements", resource.id, page_token), session.data.entitlements(resource.id), page_size
    )


@hookimpl
def list_static_entitlements(
    session: FakeSession, resource_type: ResourceType, page_token: str | None, page_size: int | None
) -> Page[Entitlement]:
    """Return one page of the entitlements that every resource of a type has."""
    call = HookCall("list_static_entitlements", resource_type.id, page_token=page_token or "")
    return session.page(call, session.data.static_entitlements(resource_type.id), page_size)


@hookimpl
def list_grants(
    session: FakeSession, resource: Resource, page_token: str | None, page_size: int | None, etag: str | None
) -> Page[Grant]:
    """Return one page of the grants on a resource; with --etags only if they have changed."""
    call = _call("list_grants", resource.id, page_token)
    if not session.has_etags:
        return session.page(call, session.data.grants(resource.id), page_size)
    current = session.data.etag(resource.id)
    if etag == current:
        session.enter(call)
        return Page((), unchanged=True)
    page = session.page(call, session.data.grants(resource.id), page_size)
    return page if page.next_token else structs.replace(page, etag=current)


@hookimpl
def list_type_entitlements(
    session: FakeSession, resource_type: ResourceType, page_token: str | None, page_size: int | None
) -> Page[Entitlement]:
    """Return one page of the entitlements of all resources of a type."""
    call = HookCall("list_type_entitlements", resource_type.id, page_token=page_token or "")
    return session.page(call, session.data.type_entitlements(resource_type.id), page_size)


@hookimpl
def list_type_grants(
    session: FakeSession, resource_type: ResourceType, page_token: str | None, page_size: int | None
) -> Page[Grant]:
    """Return one page of the grants on all resources of a type."""
    call = HookCall("list_type_grants", resource_type.id, page_token=page_token or "")
    return session.page(call, session.data.type_grants(resource_type.id), page_size)


# ----------------------------------------------------------------------------------------------- provision


@hookimpl
def grant(session: FakeSession, principal: Resource, entitlement: Entitlement, dry_run: bool) -> Change:
    """Add a grant to the scenario file."""
    session.enter(_call("grant", entitlement.resource.id))
    return session.file(entitlement.resource.id).grant(principal, entitlement, dry_run=dry_run)


@hookimpl
def revoke(session: FakeSession, grant: Grant, dry_run: bool) -> Change:
    """Remove a grant from the scenario file."""
    session.enter(_call("revoke", grant.entitlement.resource.id))
    return session.file(grant.entitlement.resource.id).revoke(grant, dry_run=dry_run)


@hookimpl
def create_account(session: FakeSession, request: AccountRequest, dry_run: bool) -> Change:
    """Add a user to the scenario file; its first password is random and not stored."""
    session.enter(HookCall("create_account"))
    return session.file().create_account(request, dry_run=dry_run)


@hookimpl
def get_account_creation(session: FakeSession, creation_id: str) -> Change:
    """Return an account whose creation was in progress: it is created as soon as somebody asks."""
    session.enter(HookCall("get_account_creation"))
    return session.file().account_creation(creation_id)


@hookimpl
def create_resource(session: FakeSession, resource: Resource, dry_run: bool) -> Change:
    """Add a resource to the scenario file."""
    session.enter(HookCall("create_resource", resource.id.resource_type))
    return session.file().create_resource(resource, dry_run=dry_run)


@hookimpl
def delete_resource(session: FakeSession, resource: Resource, dry_run: bool) -> Change:
    """Remove a resource, everything under it and all access to it from the scenario file."""
    session.enter(_call("delete_resource", resource.id))
    return session.file(resource.id).delete_resource(resource, dry_run=dry_run)


@hookimpl
def rotate_credentials(
    session: FakeSession, resource: Resource, credentials: CredentialRequest, dry_run: bool
) -> Change:
    """Return a new random password of a user."""
    session.enter(_call("rotate_credentials", resource.id))
    return session.file(resource.id).rotate_credentials(resource, credentials, dry_run=dry_run)


@hookimpl
def issue_credential(session: FakeSession, resource: Resource, request: IssueRequest, dry_run: bool) -> Change:
    """Return a new API key, key pair or token of a user."""
    session.enter(_call("issue_credential", resource.id))
    return session.file(resource.id).issue_credential(resource, request, dry_run=dry_run)


@hookimpl
def set_status(session: FakeSession, resource: Resource, status: ResourceStatus, dry_run: bool) -> Change:
    """Enable or disable a user in the scenario file."""
    session.enter(_call("set_status", resource.id))
    return session.file(resource.id).set_status(resource, status, dry_run=dry_run)


# ----------------------------------------------------------------------------------------------- act


@hookimpl
def list_actions(session: FakeSession) -> tuple[ActionSchema, ...]:
    """Return the actions."""
    session.enter(HookCall("list_actions"))
    return ACTIONS


@hookimpl
def invoke_action(
    session: FakeSession, name: str, arguments: Mapping[str, Any], resource: Resource | None, dry_run: bool
) -> ActionResult:
    """Perform or start an action."""
    session.enter(HookCall("invoke_action", resource=str(resource.id) if resource else ""))
    return perform(session, name, arguments, resource, dry_run=dry_run)


@hookimpl
def get_action_status(session: FakeSession, action_id: str) -> ActionResult:
    """Return the state of an action that was started."""
    session.enter(HookCall("get_action_status"))
    return action_status(session, action_id)


# ----------------------------------------------------------------------------------------------- events


@hookimpl
def list_event_feeds(session: FakeSession) -> tuple[EventFeed, ...]:
    """Return the two feeds."""
    session.enter(HookCall("list_event_feeds"))
    return FEEDS


@hookimpl
def list_events(
    session: FakeSession, feed: str, cursor: str | None, since: datetime | None, page_size: int | None
) -> EventPage:
    """Return one page of the events of a feed."""
    session.enter(HookCall("list_events", page_token=cursor or ""))
    return page_of_events(feed, cursor, since, page_size)


# ----------------------------------------------------------------------------------------------- tickets, images


@hookimpl
def list_ticket_schemas(session: FakeSession) -> list[TicketSchema]:
    """Return the two forms of tickets."""
    session.enter(HookCall("list_ticket_schemas"))
    return list(SCHEMAS)


@hookimpl
def get_ticket_schema(session: FakeSession, schema_id: str) -> TicketSchema:
    """Return one form of tickets."""
    session.enter(HookCall("get_ticket_schema"))
    schema = next((schema for schema in SCHEMAS if schema.id == schema_id), None)
    if schema is None:
        raise NotFound(f"there is no ticket schema {schema_id!r}")
    return schema


@hookimpl
def create_ticket(session: FakeSession, request: TicketRequest, dry_run: bool) -> TicketResult:
    """Add a ticket to the scenario file."""
    session.enter(HookCall("create_ticket"))
    return session.file().create_ticket(request, dry_run=dry_run)


@hookimpl
def create_tickets(session: FakeSession, requests: Sequence[TicketRequest], dry_run: bool) -> list[TicketResult]:
    """Add several tickets to the scenario file."""
    session.enter(HookCall("create_tickets"))
    return [session.file().create_ticket(request, dry_run=dry_run) for request in requests]


@hookimpl
def get_ticket(session: FakeSession, ticket_id: str) -> Ticket:
    """Return a ticket."""
    session.enter(HookCall("get_ticket"))
    return find_ticket(ticket_id, session.tickets())


@hookimpl
def get_tickets(session: FakeSession, ticket_ids: Sequence[str]) -> list[TicketResult]:
    """Return several tickets."""
    session.enter(HookCall("get_tickets"))
    return [_ticket_result(session, ticket_id) for ticket_id in ticket_ids]


def _ticket_result(session: FakeSession, ticket_id: str) -> TicketResult:
    try:
        return TicketResult(ticket=find_ticket(ticket_id, session.tickets()))
    except NotFound as error:
        return TicketResult(error=error.message)


@hookimpl
def get_asset(session: FakeSession, asset_id: str) -> Asset:
    """Return a drawn image for an icon of the connector or the organisation."""
    session.enter(HookCall("get_asset"))
    return image(asset_id, session.data.icons())


def _call(hook: str, resource_id: ResourceId, page_token: str | None = None) -> HookCall:
    return HookCall(hook, resource_id.resource_type, str(resource_id), page_token or "")
