"""The contract between the host and a connector: every hook, by phase. Read it as the table of contents.

A connector is a module (or object) with functions marked `@connector_host.hookimpl`, named by an entry point of the
group `connector_host`. It implements the hooks that it can serve; `connector-host plugins` shows which. Only
`connector_info` and `list_resource_types` are required.

Hooks are plain synchronous functions that keep no state between calls (the page token is the state). They may be called
from several threads, up to the concurrency that `connector_info` declares. An implementation may leave out arguments
that it does not need, so the contract can grow without breaking a connector.

A hook reports failures with the errors of `connector_host.errors`: RateLimited, Unavailable and BadResponse are
retried; NotFound of a subject skips its listing and is counted; NotPermitted makes the run incomplete; AuthError
reopens the session once; Refused and ConfigError end the run. Any other exception is a defect of the connector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from datetime import datetime

    from .actions import ActionResult, ActionSchema
    from .credentials import AccountSchema, CredentialDetails, CredentialRequest, IssueRequest
    from .event_feeds import EventFeed, EventPage
    from .model import (
        AccountRequest,
        Asset,
        Change,
        ConnectorInfo,
        Entitlement,
        Grant,
        Identity,
        Page,
        Resource,
        ResourceId,
        ResourceStatus,
        ResourceType,
    )
    from .options import Option
    from .run import Run
    from .tickets import Ticket, TicketRequest, TicketResult, TicketSchema

__all__ = ["HOST_API", "PROJECT", "hookimpl", "hookspec"]

PROJECT = "connector_host"
HOST_API = 1
"""The number of this contract. It changes only when an old connector could no longer be run."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# ----------------------------------------------------------------------------------------------- describe


@hookspec(firstresult=True)
def connector_info() -> ConnectorInfo:
    """Describe the connector. Called once, first, without a session; must not call the application."""
    raise NotImplementedError


@hookspec(firstresult=True)
def connector_options() -> Sequence[Option]:
    """Return the options. Called before the command line is read; must not call the application."""
    raise NotImplementedError


@hookspec(firstresult=True)
def account_schema(session: Any) -> AccountSchema:
    """Return the fields of a new account, for `create_account`. `session` is None when only capabilities are read."""
    raise NotImplementedError


@hookspec(firstresult=True)
def credential_details(session: Any) -> CredentialDetails:
    """Return the credentials that accounts can get. `session` is None when only capabilities are read."""
    raise NotImplementedError


# ----------------------------------------------------------------------------------------------- connect


@hookspec(firstresult=True)
def open_session(options: Mapping[str, Any], run: Run) -> object:
    """Sign in and return any object: every later hook gets it, and the threads of the run share it.

    `options` maps each declared name to its value; secrets are `Secret`. If the object has `close()`, the host calls it
    at the end, possibly from another thread and more than once. The hook is called again after an AuthError.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def check_session(session: Any) -> Identity:
    """Test the session with one cheap call; return its identity and what it cannot see or do."""
    raise NotImplementedError


# ----------------------------------------------------------------------------------------------- sync


@hookspec(firstresult=True)
def list_resource_types(session: Any, page_token: str | None) -> Page[ResourceType] | Sequence[ResourceType]:
    """Return one page of the resource types. `session` is None when only capabilities are read."""
    raise NotImplementedError


@hookspec(firstresult=True)
def list_resources(
    session: Any,
    resource_type: ResourceType,
    parent: Resource | None,
    page_token: str | None,
    page_size: int | None,
) -> Page[Resource] | Sequence[Resource]:
    """Return one page of the resources of a type.

    Called with `parent=None` for every type, and again for each resource that announces the type in `child_types`: a
    type that only exists under parents returns nothing without one. `page_size` is a hint; None: the connector chooses.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def get_resource(session: Any, resource_id: ResourceId, parent: ResourceId | None) -> Resource | None:
    """Return one resource by its id, for syncs of chosen resources. None or NotFound: it does not exist."""
    raise NotImplementedError


@hookspec(firstresult=True)
def list_entitlements(
    session: Any, resource: Resource, page_token: str | None, page_size: int | None
) -> Page[Entitlement] | Sequence[Entitlement]:
    """Return one page of the entitlements of a resource."""
    raise NotImplementedError


@hookspec(firstresult=True)
def list_static_entitlements(
    session: Any, resource_type: ResourceType, page_token: str | None, page_size: int | None
) -> Page[Entitlement] | Sequence[Entitlement]:
    """Return one page of the entitlements that every resource of a type has; the host creates one for each resource.

    Their `resource` is a stand-in, `Resource(ResourceId(type, ""))`; an empty name or description becomes that of the
    resource, and `{display_name}` and `{id}` in them stand for those of the resource.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def list_grants(
    session: Any, resource: Resource, page_token: str | None, page_size: int | None, etag: str | None
) -> Page[Grant] | Sequence[Grant]:
    """Return one page of the grants on a resource.

    `etag` is the one that the previous sync got for this resource, for the first page only; None: there is none. If the
    application says that the grants are still the same, return `Page((), unchanged=True)`.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def list_type_entitlements(
    session: Any, resource_type: ResourceType, page_token: str | None, page_size: int | None
) -> Page[Entitlement] | Sequence[Entitlement]:
    """Return one page of the entitlements of all resources of a type, of a type with `entitlements_by_type`."""
    raise NotImplementedError


@hookspec(firstresult=True)
def list_type_grants(
    session: Any, resource_type: ResourceType, page_token: str | None, page_size: int | None
) -> Page[Grant] | Sequence[Grant]:
    """Return one page of the grants on all resources of a type, of a type with `grants_by_type`."""
    raise NotImplementedError


# ----------------------------------------------------------------------------------------------- provision


@hookspec(firstresult=True)
def grant(session: Any, principal: Resource, entitlement: Entitlement, dry_run: bool) -> Change:
    """Grant the entitlement to the principal. Already granted is success (`Outcome.ALREADY`).

    A hook without the argument `dry_run` refuses `--dry-run`; when it is True, `calls` of the result are the calls that
    would be made.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def revoke(session: Any, grant: Grant, dry_run: bool) -> Change:
    """Revoke the grant. Already revoked is success (`Outcome.ALREADY`)."""
    raise NotImplementedError


@hookspec(firstresult=True)
def create_account(session: Any, request: AccountRequest, dry_run: bool) -> Change:
    """Create an account; the change carries its resource, and its first secret or secrets.

    `request.profile` has the fields of `account_schema`, checked. With `Outcome.ACTION_REQUIRED` its `message` says
    what people must do; with `Outcome.IN_PROGRESS` the host asks again with `get_account_creation`, or without that
    hook people give the same command later.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def get_account_creation(session: Any, creation_id: str) -> Change:
    """Return the state of an account creation in progress, by the `creation_id` that `create_account` returned."""
    raise NotImplementedError


@hookspec(firstresult=True)
def create_resource(session: Any, resource: Resource, dry_run: bool) -> Change:
    """Create a resource that is not an account; the change carries it as the application has it.

    `resource` has the type, the name, and if specified the parent, the description and the profile; its own id is empty
    unless the user chose one.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def delete_resource(session: Any, resource: Resource, dry_run: bool) -> Change:
    """Delete a resource permanently."""
    raise NotImplementedError


@hookspec(firstresult=True)
def rotate_credentials(session: Any, resource: Resource, credentials: CredentialRequest, dry_run: bool) -> Change:
    """Replace the credentials of an account or secret; the change carries the new one as `secret`, or `secrets`.

    `credentials` says in which form; `credentials.make_password()` returns a password that meets it.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def issue_credential(session: Any, resource: Resource, request: IssueRequest, dry_run: bool) -> Change:
    """Issue a new credential (an API key, a token) for an account, beside those that it has.

    The change carries the credential as a resource with a `SecretTrait` that names the account, and its value as
    `secret` or `secrets`. The request matches one of the `issue` options of `credential_details`.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def set_status(session: Any, resource: Resource, status: ResourceStatus, dry_run: bool) -> Change:
    """Enable or disable an account."""
    raise NotImplementedError


# ----------------------------------------------------------------------------------------------- act


@hookspec(firstresult=True)
def list_actions(session: Any) -> Sequence[ActionSchema]:
    """Return the actions that `invoke_action` can perform."""
    raise NotImplementedError


@hookspec(firstresult=True)
def invoke_action(
    session: Any, name: str, arguments: Mapping[str, Any], resource: Resource | None, dry_run: bool
) -> ActionResult:
    """Perform an action, or start it.

    `arguments` maps each declared name to its value in its type; `resource` is that of an action of a resource type. An
    action that runs on is `ActionStatus.RUNNING` with an id. A hook without `dry_run` refuses `--dry-run`.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def get_action_status(session: Any, action_id: str) -> ActionResult:
    """Return the state of an action that was started, by the id that `invoke_action` returned."""
    raise NotImplementedError


# ----------------------------------------------------------------------------------------------- events


@hookspec(firstresult=True)
def list_event_feeds(session: Any) -> Sequence[EventFeed]:
    """Return the event feeds. A connector with one feed may leave the hook out; the id of that feed is then empty."""
    raise NotImplementedError


@hookspec(firstresult=True)
def list_events(
    session: Any, feed: str, cursor: str | None, since: datetime | None, page_size: int | None
) -> EventPage:
    """Return one page of the events of a feed, oldest first.

    `cursor` is the `next_cursor` of an earlier page, perhaps of another session; None: begin with the events of
    `since`, or if that is None where the connector chooses.
    """
    raise NotImplementedError


# ----------------------------------------------------------------------------------------------- tickets


@hookspec(firstresult=True)
def list_ticket_schemas(session: Any, page_token: str | None) -> Page[TicketSchema] | Sequence[TicketSchema]:
    """Return one page of the forms of tickets that can be created."""
    raise NotImplementedError


@hookspec(firstresult=True)
def get_ticket_schema(session: Any, schema_id: str) -> TicketSchema:
    """Return one form of tickets. Without this hook the host looks for it in `list_ticket_schemas`."""
    raise NotImplementedError


@hookspec(firstresult=True)
def create_ticket(session: Any, request: TicketRequest, dry_run: bool) -> TicketResult:
    """Create a ticket. The request matches its schema: its fields exist and have the declared types."""
    raise NotImplementedError


@hookspec(firstresult=True)
def get_ticket(session: Any, ticket_id: str) -> Ticket:
    """Return a ticket as it is now. Raises NotFound if it does not exist."""
    raise NotImplementedError


@hookspec(firstresult=True)
def create_tickets(session: Any, requests: Sequence[TicketRequest], dry_run: bool) -> Sequence[TicketResult]:
    """Create several tickets; return a result for each, in their order. Without it they are created one by one."""
    raise NotImplementedError


@hookspec(firstresult=True)
def get_tickets(session: Any, ticket_ids: Sequence[str]) -> Sequence[TicketResult]:
    """Return several tickets, a result for each id, in their order. Without it they are read one by one."""
    raise NotImplementedError


# ----------------------------------------------------------------------------------------------- assets


@hookspec(firstresult=True)
def get_asset(session: Any, asset_id: str) -> Asset:
    """Return the image of an icon or logo, by the id that a resource, a trait or `connector_info` names."""
    raise NotImplementedError


# ----------------------------------------------------------------------------------------------- observe


@hookspec
def sync_started(connector: str, sync_id: str, resumed: bool) -> None:
    """A sync starts or resumes. A failing observer is logged and never stops a run."""


@hookspec
def page_synced(hook: str, resource_type: str, count: int, seconds: float) -> None:
    """A page of `count` items was fetched in `seconds` and stored."""


@hookspec
def phase_finished(hook: str) -> None:
    """Everything that `hook` lists is stored."""


@hookspec
def listings_done(objects: str, done: int, of: int) -> None:
    """Of the listings that read `objects` (`entitlements` or `grants`), `done` of `of` are done.

    Called at most a hundred times for each, and only when the number of listings is known: not in a sync of single
    resources. A listing may have any number of pages.
    """


@hookspec
def working(step: str, done: int, of: int) -> None:
    """The host works on a step: expanding, unpacking, copying, indexing, finishing or compressing.

    Called when a step begins and often during it; `done` of `of` parts are done; `of` is 0 if the number is not known.
    """


@hookspec
def waiting(hook: str, resource_type: str, seconds: float, reason: str) -> None:
    """A call is retried in `seconds`."""


@hookspec
def sync_finished(connector: str, sync_id: str, summary: Mapping[str, Any]) -> None:
    """The sync ended and its file is in place. `summary` has the content of `--metrics`."""
