"""The hooks of a connector process that change the application, or act in it.

A process that was started without provisioning or tickets is started again with them, at the first such call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..actions import ActionResult, ActionSchema
from ..credentials import AccountRequest, AccountSchema, CredentialDetails, CredentialRequest, IssueRequest
from ..errors import NotFound
from ..event_feeds import EventFeed, EventPage
from ..hookspecs import hookimpl
from ..model import Asset, Change, Entitlement, Grant, Page, Resource
from ..tickets import Ticket, TicketRequest, TicketResult, TicketSchema
from .deferred_module import DeferredModule

if TYPE_CHECKING:
    from ..wire.services import remote_operations as operations
    from ..wire.services import remote_provisioning as changes
    from .remote_session import RemoteSession

__all__ = ["RemoteChanges"]

if not TYPE_CHECKING:
    operations = DeferredModule("wire.services.remote_operations")
    changes = DeferredModule("wire.services.remote_provisioning")


class RemoteChanges:
    """The hooks for changes, actions, events, tickets and images."""

    @hookimpl
    def grant(self, session: RemoteSession, principal: Resource, entitlement: Entitlement) -> Change:
        """Grant an entitlement to a principal."""
        request = changes.grant_request(principal, entitlement)
        return changes.grant_change(session.call("GrantManagerService/Grant", request, reads=False))

    @hookimpl
    def revoke(self, session: RemoteSession, grant: Grant) -> Change:
        """Revoke a grant."""
        request = changes.revocation_request(grant)
        return changes.revocation_change(session.call("GrantManagerService/Revoke", request, reads=False))

    @hookimpl
    def account_schema(self, session: RemoteSession | None) -> AccountSchema | None:
        """Return the fields of a new account."""
        return None if session is None else session.description().account_schema

    @hookimpl
    def credential_details(self, session: RemoteSession | None) -> CredentialDetails:
        """Return the credentials that accounts can get."""
        return CredentialDetails() if session is None else session.description().credentials

    @hookimpl
    def create_account(self, session: RemoteSession, request: AccountRequest) -> Change:
        """Create an account; its secrets are encrypted for a key of this call."""
        key = session.new_key()
        data = changes.account_request(request, key.public_jwk())
        return changes.account_change(
            session.call("AccountManagerService/CreateAccount", data, reads=False), key.decrypt
        )

    @hookimpl
    def create_resource(self, session: RemoteSession, resource: Resource) -> Change:
        """Create a resource that is not an account."""
        request = changes.creation_request(resource)
        return changes.resource_change(session.call("ResourceManagerService/CreateResource", request, reads=False))

    @hookimpl
    def delete_resource(self, session: RemoteSession, resource: Resource) -> Change:
        """Delete a resource."""
        request = changes.deletion_request(resource)
        return changes.deletion_change(session.call("ResourceManagerService/DeleteResource", request, reads=False))

    @hookimpl
    def rotate_credentials(self, session: RemoteSession, resource: Resource, credentials: CredentialRequest) -> Change:
        """Replace the credentials of a resource."""
        key = session.new_key()
        data = changes.rotation_request(resource.id, credentials, key.public_jwk())
        answer = session.call("CredentialManagerService/RotateCredential", data, reads=False)
        return changes.credential_change(answer, key.decrypt)

    @hookimpl
    def issue_credential(self, session: RemoteSession, resource: Resource, request: IssueRequest) -> Change:
        """Issue a credential."""
        key = session.new_key()
        data = changes.issue_request(resource.id, request, key.public_jwk())
        answer = session.call("CredentialManagerService/IssueCredential", data, reads=False)
        return changes.issue_change(answer, key.decrypt)

    # ----------------------------------------------------------------------------------------------- actions

    @hookimpl
    def list_actions(self, session: RemoteSession) -> Sequence[ActionSchema]:
        """Return the actions of the process."""
        return [action.schema for action in self._actions(session)]

    @hookimpl
    def invoke_action(
        self, session: RemoteSession, name: str, arguments: Mapping[str, Any], resource: Resource | None
    ) -> ActionResult:
        """Perform an action, or start it."""
        action = next((item for item in self._actions(session) if item.schema.name == name), None)
        if action is None:
            raise NotFound(f"there is no action {name!r}")
        request = operations.invoke_request(action, arguments, resource)
        return operations.action_result(session.call("ActionService/InvokeAction", request, reads=False))

    @hookimpl
    def get_action_status(self, session: RemoteSession, action_id: str) -> ActionResult:
        """Return the state of an action that was started."""
        request = operations.status_request(action_id)
        return operations.action_result(session.call("ActionService/GetActionStatus", request), is_status=True)

    def _actions(self, session: RemoteSession) -> list[operations.ProcessAction]:
        return operations.actions_of(session.call("ActionService/ListActionSchemas", b""))

    # ----------------------------------------------------------------------------------------------- events

    @hookimpl
    def list_event_feeds(self, session: RemoteSession) -> Sequence[EventFeed]:
        """Return the event feeds."""
        return operations.feeds_of(session.call("EventService/ListEventFeeds", b""))

    @hookimpl
    def list_events(
        self, session: RemoteSession, feed: str, cursor: str | None, since: datetime | None, page_size: int | None
    ) -> EventPage:
        """Return one page of the events of a feed."""
        request = operations.events_request(feed, cursor, since, page_size)
        return operations.event_page(session.call("EventService/ListEvents", request))

    # ----------------------------------------------------------------------------------------------- tickets

    @hookimpl
    def list_ticket_schemas(self, session: RemoteSession, page_token: str | None) -> Page[TicketSchema]:
        """Return one page of the forms of tickets."""
        request = operations.schemas_request(page_token)
        return operations.schema_page(session.call("TicketsService/ListTicketSchemas", request))

    @hookimpl
    def create_ticket(self, session: RemoteSession, request: TicketRequest) -> TicketResult:
        """Create a ticket."""
        data = operations.ticket_request(request)
        return operations.ticket_result(session.call("TicketsService/CreateTicket", data, reads=False))

    @hookimpl
    def create_tickets(self, session: RemoteSession, requests: Sequence[TicketRequest]) -> Sequence[TicketResult]:
        """Create several tickets."""
        data = operations.tickets_request(requests)
        return operations.tickets_result(session.call("TicketsService/BulkCreateTickets", data, reads=False))

    @hookimpl
    def get_ticket(self, session: RemoteSession, ticket_id: str) -> Ticket:
        """Return a ticket as it is now."""
        return operations.ticket_of(session.call("TicketsService/GetTicket", operations.id_request(ticket_id)))

    @hookimpl
    def get_tickets(self, session: RemoteSession, ticket_ids: Sequence[str]) -> Sequence[TicketResult]:
        """Return several tickets as they are now."""
        request = operations.ids_request(ticket_ids)
        return operations.tickets_of(session.call("TicketsService/BulkGetTickets", request))

    # ----------------------------------------------------------------------------------------------- images

    @hookimpl
    def get_asset(self, session: RemoteSession, asset_id: str) -> Asset:
        """Return the image of an icon or logo."""
        return operations.asset_of(session.collect("AssetService/GetAsset", operations.asset_request(asset_id)))
