"""Part of the typed facade: actions, events, tickets and images, which belong to no sync and change no access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..actions import ActionResult, ActionSchema
from ..errors import NotFound
from ..event_feeds import EventFeed, EventPage
from ..model import Asset, Page, Resource
from ..tickets import Ticket, TicketRequest, TicketResult, TicketSchema
from . import credential_checks, result_checks
from .hook_base import HookBase

__all__ = ["ApplicationHooks"]

MOST_SCHEMA_PAGES = 1000


class ApplicationHooks(HookBase):
    """The hooks beside sync and provisioning, a method for each."""

    # --- act

    def list_actions(self, session: Any) -> tuple[ActionSchema, ...]:
        """Return the actions; none for a connector without the hook."""
        if "list_actions" not in self.hooks:
            return ()
        return result_checks.checked_actions(self._hook.list_actions(session=session), self._where("list_actions"))

    def invoke_action(
        self, session: Any, name: str, arguments: Mapping[str, Any], resource: Resource | None, dry_run: bool
    ) -> ActionResult:
        """Perform an action, or start it."""
        self._require("invoke_action", dry_run=dry_run)
        result = self._hook.invoke_action(
            session=session, name=name, arguments=arguments, resource=resource, dry_run=dry_run
        )
        return result_checks.checked_action_result(result, self._where("invoke_action"))

    def get_action_status(self, session: Any, action_id: str) -> ActionResult:
        """Return the state of an action."""
        self._require("get_action_status", dry_run=False)
        result = self._hook.get_action_status(session=session, action_id=action_id)
        return result_checks.checked_action_result(result, self._where("get_action_status"))

    # --- events

    def list_event_feeds(self, session: Any) -> tuple[EventFeed, ...]:
        """Return the event feeds."""
        feeds = self._hook.list_event_feeds(session=session)
        return result_checks.checked_feeds(feeds, self._where("list_event_feeds"))

    def list_events(
        self, session: Any, feed: str, cursor: str | None, since: datetime | None, page_size: int | None
    ) -> EventPage:
        """Return one page of the events of a feed."""
        self._require("list_events", dry_run=False)
        page = self._hook.list_events(session=session, feed=feed, cursor=cursor, since=since, page_size=page_size)
        return result_checks.checked_events(page, self._where("list_events"))

    # --- tickets

    def list_ticket_schemas(self, session: Any, page_token: str | None) -> Page[TicketSchema]:
        """Return one page of the ticket schemas."""
        self._require("list_ticket_schemas", dry_run=False)
        page = self._page("list_ticket_schemas", session=session, page_token=page_token)
        return credential_checks.checked_ticket_schemas(page, self._where("list_ticket_schemas"))

    def get_ticket_schema(self, session: Any, schema_id: str) -> TicketSchema:
        """Return one ticket schema, from the list where there is no hook for it. Raises NotFound."""
        if "get_ticket_schema" in self.hooks:
            schema = self._hook.get_ticket_schema(session=session, schema_id=schema_id)
            return credential_checks.checked_ticket_schema(schema, self._where("get_ticket_schema"))
        token: str | None = None
        for _ in range(MOST_SCHEMA_PAGES):
            page = self.list_ticket_schemas(session, token)
            for schema in page.items:
                if schema.id == schema_id:
                    return schema
            if not (token := page.next_token):
                break
        raise NotFound(f"there is no ticket schema {schema_id!r}")

    def create_ticket(self, session: Any, request: TicketRequest, dry_run: bool) -> TicketResult:
        """Create a ticket."""
        self._require("create_ticket", dry_run=dry_run)
        result = self._hook.create_ticket(session=session, request=request, dry_run=dry_run)
        return credential_checks.checked_ticket_result(result, self._where("create_ticket"), dry_run=dry_run)

    def create_tickets(
        self, session: Any, requests: Sequence[TicketRequest], dry_run: bool
    ) -> tuple[TicketResult, ...]:
        """Create several tickets with one call."""
        self._require("create_tickets", dry_run=dry_run)
        results = self._hook.create_tickets(session=session, requests=tuple(requests), dry_run=dry_run)
        where = self._where("create_tickets")
        return credential_checks.checked_ticket_results(results, len(requests), where, dry_run=dry_run)

    def get_ticket(self, session: Any, ticket_id: str) -> Ticket:
        """Return a ticket."""
        self._require("get_ticket", dry_run=False)
        ticket = self._hook.get_ticket(session=session, ticket_id=ticket_id)
        return credential_checks.checked_ticket(ticket, self._where("get_ticket"))

    def get_tickets(self, session: Any, ticket_ids: Sequence[str]) -> tuple[TicketResult, ...]:
        """Return several tickets with one call."""
        self._require("get_tickets", dry_run=False)
        results = self._hook.get_tickets(session=session, ticket_ids=tuple(ticket_ids))
        return credential_checks.checked_ticket_results(results, len(ticket_ids), self._where("get_tickets"))

    # --- images

    def get_asset(self, session: Any, asset_id: str) -> Asset:
        """Return the image of an icon or logo."""
        self._require("get_asset", dry_run=False)
        return credential_checks.checked_asset(
            self._hook.get_asset(session=session, asset_id=asset_id), self._where("get_asset")
        )
