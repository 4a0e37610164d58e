"""Actions, events, tickets and images of a connector process: requests, and answers as values of the contract."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ...actions import ActionResult, ActionSchema, ActionStatus
from ...errors import BadResponse
from ...event_feeds import Event, EventFeed, EventPage, EventType
from ...model import Asset, Page, Resource, ResourceId
from ...options import Option, OptionType
from ...tickets import Ticket, TicketChoice, TicketRequest, TicketResult, TicketSchema
from .. import decode, encode
from ..decode_values import plain
from ..pb.c1.connector.v2 import action_service_pb2 as actions
from ..pb.c1.connector.v2 import event_service_pb2 as events
from ..pb.c1.connector.v2 import objects_pb2 as objects
from ..pb.c1.connector.v2 import ticket_service_pb2 as tickets
from .message_values import message_bytes, parse_answer, struct_message, timestamp_message, utc_moment
from .ticket_fields import field_messages, field_values, schema_message, schema_of

__all__ = [
    "ProcessAction",
    "action_result",
    "actions_of",
    "asset_of",
    "asset_request",
    "event_page",
    "events_request",
    "feeds_of",
    "id_request",
    "ids_request",
    "invoke_request",
    "schema_page",
    "schemas_request",
    "status_request",
    "ticket_of",
    "ticket_request",
    "ticket_result",
    "tickets_of",
    "tickets_request",
    "tickets_result",
]

STATUSES = {
    actions.BATON_ACTION_STATUS_PENDING: ActionStatus.RUNNING,
    actions.BATON_ACTION_STATUS_RUNNING: ActionStatus.RUNNING,
    actions.BATON_ACTION_STATUS_COMPLETE: ActionStatus.COMPLETE,
    actions.BATON_ACTION_STATUS_FAILED: ActionStatus.FAILED,
}
FIELD_TYPES = {
    "int_field": OptionType.INT,
    "bool_field": OptionType.BOOL,
    "string_slice_field": OptionType.STRINGS,
}
EVENT_TYPES = {
    events.EVENT_TYPE_USAGE: EventType.USAGE,
    events.EVENT_TYPE_RESOURCE_CHANGE: EventType.RESOURCE_CHANGE,
    events.EVENT_TYPE_CREATE_GRANT: EventType.GRANT,
    events.EVENT_TYPE_CREATE_REVOKE: EventType.REVOKE,
}

ACCESS_EVENTS = {
    "grant_event": EventType.GRANT,
    "create_grant_event": EventType.GRANT,
    "revoke_event": EventType.REVOKE,
    "create_revoke_event": EventType.REVOKE,
}


# ----------------------------------------------------------------------------------------------- actions


class ProcessAction:
    """An action of a process: its schema here, and the names that its arguments have there."""

    def __init__(self, message: actions.BatonActionSchema) -> None:
        self.names: dict[str, str] = {}
        self.resource_argument = ""
        arguments = []
        for field in message.arguments:
            kind = field.WhichOneof("field")
            if message.resource_type_id and kind == "resource_id_field" and not self.resource_argument:
                self.resource_argument = field.name
                continue
            name = _option_name(field.name)
            self.names[name] = field.name
            arguments.append(
                Option(
                    name=name,
                    type=FIELD_TYPES.get(kind or "", OptionType.STR),
                    help=field.description or field.display_name,
                    required=field.is_required,
                    secret=field.is_secret and kind in ("string_field", None),
                )
            )
        self.schema = ActionSchema(
            name=message.name,
            display_name=message.display_name,
            description=message.description,
            resource_type=message.resource_type_id,
            arguments=tuple(arguments),
        )


def _option_name(name: str) -> str:
    """Return the name of an argument as a flag has it: `user_id` becomes `user-id`."""
    words = re.sub(r"[^a-z0-9]+", "-", re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", name).lower()).strip("-")
    return words if words[:1].isalpha() else f"argument-{words}".rstrip("-")


def actions_of(data: bytes) -> list[ProcessAction]:
    """Return the actions of a `ListActionSchemas` answer."""
    return [ProcessAction(schema) for schema in parse_answer(actions.ListActionSchemasResponse, data).schemas]


def invoke_request(action: ProcessAction, arguments: Mapping[str, Any], resource: Resource | None) -> bytes:
    """Return the request of `InvokeAction`."""
    values: dict[str, Any] = {}
    for name, value in arguments.items():
        if value is None or value == ():
            continue
        revealed = value.reveal() if hasattr(value, "reveal") else value
        values[action.names.get(name, name)] = list(revealed) if isinstance(revealed, tuple) else revealed
    if resource is not None:
        name = action.resource_argument or "resource_id"
        values[name] = {"resource_type_id": resource.id.resource_type, "resource_id": resource.id.resource}
    message = actions.InvokeActionRequest(name=action.schema.name, resource_type_id=action.schema.resource_type)
    message.args.CopyFrom(struct_message(values))
    return message_bytes(message)


def status_request(action_id: str) -> bytes:
    """Return the request of `GetActionStatus`."""
    return message_bytes(actions.GetActionStatusRequest(id=action_id))


def action_result(data: bytes, *, is_status: bool = False) -> ActionResult:
    """Return the result in an `InvokeAction` or `GetActionStatus` answer."""
    answer = parse_answer(actions.GetActionStatusResponse if is_status else actions.InvokeActionResponse, data)
    status = STATUSES.get(answer.status)
    if status is None:
        raise BadResponse("the connector process does not say how the action went: check the application")
    values = plain(answer.response) if answer.HasField("response") else {}
    message = str(values.get("error") or values.get("message") or "")
    return ActionResult(status=status, id=answer.id, values=values, message=message)


# ----------------------------------------------------------------------------------------------- events


def feeds_of(data: bytes) -> list[EventFeed]:
    """Return the feeds of a `ListEventFeeds` answer."""
    return [
        EventFeed(
            id=feed.id,
            types=tuple(EVENT_TYPES[number] for number in feed.supported_event_types if number in EVENT_TYPES),
        )
        for feed in parse_answer(events.ListEventFeedsResponse, data).list
    ]


def events_request(feed: str, cursor: str | None, since: datetime | None, page_size: int | None) -> bytes:
    """Return the request of `ListEvents`."""
    message = events.ListEventsRequest(event_feed_id=feed, cursor=cursor or "", page_size=min(page_size or 0, 250))
    if since is not None:
        message.start_at.CopyFrom(timestamp_message(since))
    return message_bytes(message)


def event_page(data: bytes) -> EventPage:
    """Return the page of a `ListEvents` answer; events of types that are not known here are left out."""
    answer = parse_answer(events.ListEventsResponse, data)
    values = tuple(event for message in answer.events if (event := _event(message)) is not None)
    return EventPage(events=values, next_cursor=answer.cursor or None, has_more=answer.has_more)


def _event(message: events.Event) -> Event | None:
    about: dict[str, Any] = {"id": message.id, "occurred_at": utc_moment(message.occurred_at)}
    name = message.WhichOneof("event") or ""
    if name == "usage_event":
        usage = message.usage_event
        actor, target = _id(usage.actor_resource.id), _id(usage.target_resource.id)
        return Event(type=EventType.USAGE, actor=actor, target=target, **about)
    if name == "resource_change_event":
        return Event(type=EventType.RESOURCE_CHANGE, target=_id(message.resource_change_event.resource_id), **about)
    if name not in ACCESS_EVENTS:
        return None
    access = getattr(message, name)
    return _access_event(ACCESS_EVENTS[name], access.grant if name == "grant_event" else access, about)


def _access_event(event_type: EventType, access: Any, about: dict[str, Any]) -> Event:
    return Event(
        type=event_type,
        target=_id(access.entitlement.resource.id),
        principal=_id(access.principal.id),
        entitlement=access.entitlement.id,
        **about,
    )


def _id(message: Any) -> ResourceId | None:
    return ResourceId(message.resource_type, message.resource) if message.resource else None


# ----------------------------------------------------------------------------------------------- tickets


def schema_page(data: bytes) -> Page[TicketSchema]:
    """Return the page of a `ListTicketSchemas` answer."""
    answer = parse_answer(tickets.TicketsServiceListTicketSchemasResponse, data)
    return Page([schema_of(schema) for schema in answer.list], answer.next_page_token or None)


def schemas_request(page_token: str | None) -> bytes:
    """Return the request of `ListTicketSchemas`."""
    return message_bytes(tickets.TicketsServiceListTicketSchemasRequest(page_token=page_token or ""))


def id_request(ticket_id: str) -> bytes:
    """Return the request of `GetTicket`."""
    return message_bytes(tickets.TicketsServiceGetTicketRequest(id=ticket_id))


def ids_request(ticket_ids: Sequence[str]) -> bytes:
    """Return the request of `BulkGetTickets`."""
    requests = [tickets.TicketsServiceGetTicketRequest(id=ticket_id) for ticket_id in ticket_ids]
    return message_bytes(tickets.TicketsServiceBulkGetTicketsRequest(ticket_requests=requests))


def ticket_request(request: TicketRequest) -> bytes:
    """Return the request of `CreateTicket`."""
    return message_bytes(_ticket_request(request))


def tickets_request(requests: Sequence[TicketRequest]) -> bytes:
    """Return the request of `BulkCreateTickets`."""
    return message_bytes(
        tickets.TicketsServiceBulkCreateTicketsRequest(ticket_requests=[_ticket_request(item) for item in requests])
    )


def _ticket_request(request: TicketRequest) -> tickets.TicketsServiceCreateTicketRequest:
    message = tickets.TicketsServiceCreateTicketRequest(schema=schema_message(request.schema))
    wanted = message.request
    wanted.display_name, wanted.description = request.display_name, request.description
    wanted.labels.extend(request.labels)
    for part, chosen, choices in (
        (wanted.type, request.type, request.schema.types),
        (wanted.status, request.status, request.schema.statuses),
    ):
        if chosen:
            part.id = chosen
            part.display_name = next((choice.display_name for choice in choices if choice.id == chosen), "")
    for name, field in field_messages(request.schema, request.fields).items():
        wanted.custom_fields[name].CopyFrom(field)
    if request.requested_for is not None:
        wanted.requested_for.MergeFromString(encode.resource(request.requested_for))
    return message


def ticket_result(data: bytes) -> TicketResult:
    """Return the result in a `CreateTicket` answer."""
    return _result(parse_answer(tickets.TicketsServiceCreateTicketResponse, data))


def tickets_result(data: bytes) -> list[TicketResult]:
    """Return the results in a `BulkCreateTickets` answer, in their order."""
    return [_result(item) for item in parse_answer(tickets.TicketsServiceBulkCreateTicketsResponse, data).tickets]


def ticket_of(data: bytes) -> Ticket:
    """Return the ticket in a `GetTicket` answer."""
    answer = parse_answer(tickets.TicketsServiceGetTicketResponse, data)
    return _ticket(answer.ticket)


def tickets_of(data: bytes) -> list[TicketResult]:
    """Return the tickets in a `BulkGetTickets` answer, in their order."""
    return [_result(item) for item in parse_answer(tickets.TicketsServiceBulkGetTicketsResponse, data).tickets]


def _result(answer: Any) -> TicketResult:
    return TicketResult(ticket=_ticket(answer.ticket) if answer.HasField("ticket") else None, error=answer.error)


def _ticket(message: tickets.Ticket) -> Ticket:
    def resource(name: str) -> Resource | None:
        return decode.resource(getattr(message, name).SerializeToString()) if message.HasField(name) else None

    def moment(name: str) -> datetime | None:
        return utc_moment(getattr(message, name)) if message.HasField(name) else None

    def choice(name: str) -> TicketChoice | None:
        part = getattr(message, name)
        return TicketChoice(part.id, part.display_name) if message.HasField(name) else None

    return Ticket(
        id=message.id,
        display_name=message.display_name,
        description=message.description,
        labels=tuple(message.labels),
        url=message.url,
        assignees=tuple(decode.resource(item.SerializeToString()) for item in message.assignees),
        reporter=resource("reporter"),
        requested_for=resource("requested_for"),
        type=choice("type"),
        status=choice("status"),
        fields=field_values(message.custom_fields),
        created_at=moment("created_at"),
        updated_at=moment("updated_at"),
        completed_at=moment("completed_at"),
    )


# ----------------------------------------------------------------------------------------------- images


def asset_request(asset_id: str) -> bytes:
    """Return the request of `GetAsset`."""
    return message_bytes(objects.AssetServiceGetAssetRequest(asset=objects.AssetRef(id=asset_id)))


def asset_of(messages: Sequence[bytes]) -> Asset:
    """Return the image of a `GetAsset` stream."""
    content_type, parts = "", []
    for data in messages:
        message = parse_answer(objects.AssetServiceGetAssetResponse, data)
        if message.WhichOneof("msg") == "metadata":
            content_type = message.metadata.content_type
        else:
            parts.append(message.data.data)
    return Asset(content_type, b"".join(parts))
