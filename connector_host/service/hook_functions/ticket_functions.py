"""Tickets: their schemas, creation and state, one by one and several at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from ...errors import Refused
from ...provision.ticket_calls import checked_request
from ...tickets import Ticket, TicketChoice, TicketRequest, TicketResult, TicketSchema
from ...wire import decode
from ...wire.pb.c1.connector.v2 import ticket_service_pb2 as pb
from ...wire.services.message_values import resource_message, timestamp_message
from ...wire.services.ticket_fields import field_messages, field_values, schema_message, schema_of
from .hook_source import ChangeEnding, HookSource

__all__ = ["ticket_functions"]


def ticket_functions(source: HookSource) -> dict[str, Callable[[Any], Message]]:
    """Return the functions of `TicketsService`."""
    desk = _TicketDesk(source)
    return {
        "TicketsService/ListTicketSchemas": desk.list_schemas,
        "TicketsService/GetTicketSchema": desk.get_schema,
        "TicketsService/CreateTicket": desk.create,
        "TicketsService/GetTicket": desk.get,
        "TicketsService/BulkCreateTickets": desk.create_several,
        "TicketsService/BulkGetTickets": desk.get_several,
    }


class _TicketDesk:
    """The functions, with the hooks that they call."""

    def __init__(self, source: HookSource) -> None:
        self._source, self._connector = source, source.connector

    def list_schemas(self, request: pb.TicketsServiceListTicketSchemasRequest) -> Message:
        """Return one page of the schemas."""
        page = self._source.call(
            "list_ticket_schemas",
            "everything",
            lambda s: self._connector.list_ticket_schemas(s, request.page_token or None),
        )
        schemas = [schema_message(schema) for schema in page.items]
        return pb.TicketsServiceListTicketSchemasResponse(list=schemas, next_page_token=page.next_token or "")

    def get_schema(self, request: pb.TicketsServiceGetTicketSchemaRequest) -> Message:
        """Return one schema."""
        schema = self._source.call(
            "get_ticket_schema", request.id, lambda s: self._connector.get_ticket_schema(s, request.id)
        )
        return pb.TicketsServiceGetTicketSchemaResponse(schema=schema_message(schema))

    def create(self, request: pb.TicketsServiceCreateTicketRequest) -> Message:
        """Create a ticket."""
        wanted = self._request(request)
        result = self._source.recorded(
            "create_ticket",
            wanted.display_name,
            _about(wanted),
            lambda s: self._connector.create_ticket(s, wanted, False),
            _ticket_ending,
        )
        return _created(wanted.schema, result)

    def get(self, request: pb.TicketsServiceGetTicketRequest) -> Message:
        """Return a ticket as it is now."""
        ticket = self._source.call("get_ticket", request.id, lambda s: self._connector.get_ticket(s, request.id))
        return pb.TicketsServiceGetTicketResponse(ticket=_ticket(None, ticket))

    def create_several(self, request: pb.TicketsServiceBulkCreateTicketsRequest) -> Message:
        """Create several tickets: by the hook for that, else one by one."""
        if "create_tickets" not in self._connector.hooks:
            return pb.TicketsServiceBulkCreateTicketsResponse(
                tickets=[self.create(each) for each in request.ticket_requests]
            )
        wanted = [self._request(each) for each in request.ticket_requests]
        results = self._source.recorded(
            "create_tickets",
            f"{len(wanted)} tickets",
            {"tickets": [_about(each) for each in wanted]},
            lambda s: self._connector.create_tickets(s, wanted, False),
            lambda results: ChangeEnding("done", (), {"tickets": [each.ticket.id for each in results if each.ticket]}),
        )
        pairs = zip(wanted, results, strict=False)
        return pb.TicketsServiceBulkCreateTicketsResponse(
            tickets=[_created(each.schema, result) for each, result in pairs]
        )

    def get_several(self, request: pb.TicketsServiceBulkGetTicketsRequest) -> Message:
        """Return several tickets: by the hook for that, else one by one."""
        if "get_tickets" not in self._connector.hooks:
            return pb.TicketsServiceBulkGetTicketsResponse(tickets=[self.get(each) for each in request.ticket_requests])
        ids = [each.id for each in request.ticket_requests]
        results = self._source.call("get_tickets", f"{len(ids)} tickets", lambda s: self._connector.get_tickets(s, ids))
        tickets = []
        for result in results:
            message = pb.TicketsServiceGetTicketResponse(error=result.error)
            if result.ticket is not None:
                message.ticket.CopyFrom(_ticket(None, result.ticket))
            tickets.append(message)
        return pb.TicketsServiceBulkGetTicketsResponse(tickets=tickets)

    def _request(self, request: pb.TicketsServiceCreateTicketRequest) -> TicketRequest:
        """Return the ticket that is wanted, checked against its schema."""
        wanted, schema = request.request, schema_of(request.schema)
        requested_for = (
            decode.resource(wanted.requested_for.SerializeToString()) if wanted.HasField("requested_for") else None
        )
        return checked_request(
            TicketRequest(
                schema=schema,
                display_name=wanted.display_name,
                description=wanted.description,
                type=wanted.type.id,
                status=wanted.status.id,
                labels=tuple(wanted.labels),
                fields=field_values(wanted.custom_fields),
                requested_for=requested_for,
            )
        )


def _about(wanted: TicketRequest) -> dict[str, str]:
    return {"schema": wanted.schema.id, "title": wanted.display_name}


def _ticket_ending(result: TicketResult) -> ChangeEnding:
    if result.error:
        return ChangeEnding(error=Refused(result.error))
    return ChangeEnding(str(result.outcome), result.calls, {"ticket": result.ticket.id} if result.ticket else {})


def _created(schema: TicketSchema, result: TicketResult) -> pb.TicketsServiceCreateTicketResponse:
    message = pb.TicketsServiceCreateTicketResponse(error=result.error)
    if result.ticket is not None:
        message.ticket.CopyFrom(_ticket(schema, result.ticket))
    return message


def _ticket(schema: TicketSchema | None, ticket: Ticket) -> pb.Ticket:
    message = pb.Ticket(
        id=ticket.id,
        display_name=ticket.display_name,
        description=ticket.description,
        labels=ticket.labels,
        url=ticket.url,
        assignees=[resource_message(resource) for resource in ticket.assignees],
    )
    for name, field in field_messages(schema, ticket.fields).items():
        message.custom_fields[name].CopyFrom(field)
    for resource, part in ((ticket.reporter, message.reporter), (ticket.requested_for, message.requested_for)):
        if resource is not None:
            part.CopyFrom(resource_message(resource))
    _choice(message.type, ticket.type)
    _choice(message.status, ticket.status)
    moments = (ticket.created_at, message.created_at), (ticket.updated_at, message.updated_at)
    for moment, stamp in (*moments, (ticket.completed_at, message.completed_at)):
        if moment is not None:
            stamp.CopyFrom(timestamp_message(moment))
    return message


def _choice(message: Any, choice: TicketChoice | None) -> None:
    if choice is not None:
        message.id, message.display_name = choice.id, choice.display_name
