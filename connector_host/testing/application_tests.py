"""Contract tests of actions, events, tickets and images."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

import pytest

from ..actions import ActionStatus
from ..errors import ConfigError, ConnectorError, NotFound
from ..event_feeds import Event
from ..model import AppTrait, Outcome
from ..tickets import Ticket, TicketField, TicketFieldType, TicketRequest, TicketSchema
from .contract_helpers import error_of, first_of, require
from .harness import Harness, Problem, Reading, short_trace

__all__ = ["ApplicationTests"]

__tracebackhide__ = short_trace

MOST_EVENT_PAGES = 200
NOWHERE = "contract-test-no-such-id"
FIELD_SAMPLES: dict[TicketFieldType, Any] = {
    TicketFieldType.BOOL: True,
    TicketFieldType.NUMBER: 1.0,
    TicketFieldType.TIMESTAMP: "2030-01-01T00:00:00+00:00",
}


class ApplicationTests:
    """The part of the contract about hooks that belong to no sync."""

    creating: ClassVar[bool] = False

    # ----------------------------------------------------------------------------------------------- actions

    def test_actions_can_be_invoked(self, harness: Harness, session: Any, reading: Reading) -> None:
        """Each action has a hook that invokes it and belongs to a listed type; an unknown one is an error."""
        require(harness, "list_actions")
        connector = harness.connector
        if "invoke_action" not in connector.hooks:
            raise Problem("there is a hook list_actions, but no hook invoke_action, so no action can be invoked.")
        types = {resource_type.id for resource_type in reading.types}
        for action in connector.list_actions(session):
            if action.resource_type and action.resource_type not in types:
                raise Problem(
                    f"the action {action.name} belongs to the type {action.resource_type!r}, but"
                    " list_resource_types has no such type."
                )
        dry_run = connector.accepts("invoke_action", "dry_run")
        error = error_of(lambda: connector.invoke_action(session, NOWHERE, {}, None, dry_run))
        if not isinstance(error, (ConnectorError, ConfigError)):
            result = f"raised {type(error).__name__}: {error}" if error else "returned a result"
            raise Problem(f"invoke_action of an action that does not exist {result}. Raise NotFound or BadResponse.")

    def test_action_status(self, harness: Harness, session: Any) -> None:
        """Without arguments a global action can be planned, and one that runs on can be asked for its state."""
        require(harness, "list_actions", "invoke_action")
        connector = harness.connector
        if not connector.accepts("invoke_action", "dry_run"):
            pytest.skip("invoke_action cannot do a dry run")
        for action in connector.list_actions(session):
            if action.resource_type or any(argument.required for argument in action.arguments):
                continue
            defaults = {argument.name: argument.default for argument in action.arguments}
            status = connector.invoke_action(session, action.name, defaults, None, True).status
            if status not in (ActionStatus.PLANNED, ActionStatus.FAILED):
                raise Problem(f"a dry run of the action {action.name} returned the status {status!s}, not planned.")
        if "get_action_status" in connector.hooks:
            error = error_of(lambda: connector.get_action_status(session, NOWHERE))
            if not isinstance(error, NotFound):
                raise Problem("get_action_status of an id that does not exist must raise NotFound.")

    # ----------------------------------------------------------------------------------------------- events

    def test_event_cursors(self, harness: Harness, session: Any) -> None:
        """Events are in order and occur once; a cursor means the same in another session; every feed ends."""
        require(harness, "list_events")
        connector = harness.connector
        feeds = connector.list_event_feeds(session) if "list_event_feeds" in connector.hooks else ()
        for feed in [feed.id for feed in feeds] or [""]:
            events = self._events(harness, session, feed)
            ids = [event.id for event in events]
            if repeated := {name for name in ids if ids.count(name) > 1}:
                raise Problem(
                    f"the feed {feed!r} returned {first_of(repeated)} twice. A cursor must be after its page."
                )
            times = [event.occurred_at for event in events]
            if times != sorted(times):
                raise Problem(f"the events of the feed {feed!r} are not in order. Return the oldest first.")
            self._check_resumed(harness, session, feed, ids)

    def _events(self, harness: Harness, session: Any, feed: str) -> list[Event]:
        events: list[Event] = []
        cursor: str | None = None
        for _ in range(MOST_EVENT_PAGES):
            page = harness.connector.list_events(session, feed, cursor, None, 5)
            events += page.events
            if page.has_more and page.next_cursor in (None, cursor):
                raise Problem(
                    f"list_events of the feed {feed!r} claims more events, but its cursor {cursor!r} does not advance."
                )
            cursor = page.next_cursor or cursor
            if not page.has_more:
                return events
        pytest.skip(f"the feed {feed!r} has more than {MOST_EVENT_PAGES} pages")

    def _check_resumed(self, harness: Harness, session: Any, feed: str, ids: list[str]) -> None:
        """Check that another session reads on at the cursor of the first page."""
        first = harness.connector.list_events(session, feed, None, None, 5)
        if not first.next_cursor:
            return
        other = harness.open()
        try:
            second = harness.connector.list_events(other, feed, first.next_cursor, None, 5)
        finally:
            harness.close(other)
        following = ids[len(first.events) : len(first.events) + len(second.events)]
        if [event.id for event in second.events] != following:
            raise Problem(
                f"the cursor {first.next_cursor!r} of the feed {feed!r} leads to other events in another session:"
                f" {first_of(event.id for event in second.events)} instead of {first_of(following)}."
            )

    # ----------------------------------------------------------------------------------------------- tickets

    def test_ticket_schemas(self, harness: Harness, session: Any) -> None:
        """Schemas are listed once, and equal those that are read by id; a ticket that does not exist is NotFound."""
        require(harness, "list_ticket_schemas")
        connector = harness.connector
        schemas = self._schemas(harness, session)
        ids = [schema.id for schema in schemas]
        if len(set(ids)) != len(ids):
            raise Problem("list_ticket_schemas returned a schema more than once.")
        for schema in schemas:
            if connector.get_ticket_schema(session, schema.id) != schema:
                raise Problem(f"get_ticket_schema of {schema.id} returned another schema than list_ticket_schemas.")
        missing = error_of(lambda: connector.get_ticket_schema(session, NOWHERE))
        if not isinstance(missing, NotFound):
            raise Problem("get_ticket_schema of an id that does not exist must raise NotFound.")
        for hook in ("create_ticket", "get_ticket"):
            if hook not in connector.hooks:
                raise Problem(f"there are ticket schemas, but there is no hook {hook}.")
        if not isinstance(error_of(lambda: connector.get_ticket(session, NOWHERE)), NotFound):
            raise Problem("get_ticket of an id that does not exist must raise NotFound.")

    def test_ticket_round_trip(self, harness: Harness, session: Any) -> None:
        """A ticket that was created can be read again; a dry run creates none; bulk hooks give the same."""
        require(harness, "create_ticket", "get_ticket")
        if not self.creating:
            pytest.skip("set creating = True to let the tests create tickets in the application")
        connector = harness.connector
        for schema in self._schemas(harness, session):
            request = self.new_ticket(schema)
            if connector.accepts("create_ticket", "dry_run"):
                planned = connector.create_ticket(session, request, True)
                if planned.ticket is not None or planned.outcome is not Outcome.PLANNED:
                    raise Problem("a dry run of create_ticket returned a ticket, or another outcome than planned.")
            result = connector.create_ticket(session, request, False)
            if result.ticket is None:
                raise Problem(f"create_ticket of {schema.id} failed: {result.error}. Override new_ticket.")
            _check_same_ticket(request, result.ticket, connector.get_ticket(session, result.ticket.id))
            if "get_tickets" in connector.hooks:
                found, missing = connector.get_tickets(session, [result.ticket.id, NOWHERE])
                if found.ticket is None or found.ticket.id != result.ticket.id or not missing.error:
                    raise Problem(
                        "get_tickets must return a result for each id in order, with an error for a missing one."
                    )

    def new_ticket(self, schema: TicketSchema) -> TicketRequest:
        """Return a ticket to create. Override it if the application needs other values."""
        return TicketRequest(
            schema=schema,
            display_name=f"Contract test {uuid.uuid4().hex[:8]}",
            description="Created by a test; it can be closed.",
            type=schema.types[0].id if schema.types else "",
            status=schema.statuses[0].id if schema.statuses else "",
            fields=schema.parse({field.id: _field_sample(field) for field in schema.fields if field.required}),
        )

    def _schemas(self, harness: Harness, session: Any) -> list[TicketSchema]:
        schemas: list[TicketSchema] = []
        token: str | None = None
        seen: set[str] = set()
        while True:
            page = harness.connector.list_ticket_schemas(session, token)
            schemas += page.items
            if not page.next_token:
                return schemas
            if page.next_token in seen:
                raise Problem(f"list_ticket_schemas returned the page token {page.next_token!r} twice.")
            seen.add(page.next_token)
            token = page.next_token

    # ----------------------------------------------------------------------------------------------- images

    def test_images_can_be_read(self, harness: Harness, session: Any, reading: Reading) -> None:
        """Every icon and logo that is referred to is an image, and another id is NotFound."""
        require(harness, "get_asset")
        connector = harness.connector
        ids = {connector.info.icon, connector.info.logo} | {resource.icon for resource in reading.resources}
        ids |= {
            trait.logo for resource in reading.resources for trait in resource.traits if isinstance(trait, AppTrait)
        }
        for asset_id in sorted(ids - {""}):
            try:
                asset = connector.get_asset(session, asset_id)
            except NotFound as error:
                raise Problem(
                    f"get_asset does not have {asset_id!r}, which a resource or the connector names."
                ) from error
            if not asset.content_type.startswith("image/") or not asset.data:
                raise Problem(
                    f"get_asset of {asset_id!r} returned {asset.content_type}, {len(asset.data)} bytes: no image."
                )
        if not isinstance(error_of(lambda: connector.get_asset(session, NOWHERE)), NotFound):
            raise Problem("get_asset of an id that does not exist must raise NotFound.")


def _field_sample(field: TicketField) -> Any:
    if field.default is not None:
        return field.default
    if field.choices:
        return field.choices[0].id
    return FIELD_SAMPLES.get(field.type, "sample")


def _check_same_ticket(request: TicketRequest, created: Ticket, read: Ticket) -> None:
    if read.id != created.id or read.display_name != request.display_name:
        raise Problem(f"get_ticket of {created.id} returned {read.id}, {read.display_name!r}: another ticket.")
    for name, value in request.fields.items():
        if read.fields.get(name) != value:
            raise Problem(
                f"the field {name} of the ticket {read.id} is {read.fields.get(name)!r}, but {value!r} was requested."
                " Return fields in the types of their schema."
            )
