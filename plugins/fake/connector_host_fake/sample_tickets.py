"""The ticket system of the fake connector: two forms of tickets; new ones are added to the scenario file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from connector_host import (
    NotFound,
    Outcome,
    Resource,
    ResourceId,
    Ticket,
    TicketChoice,
    TicketField,
    TicketFieldType,
    TicketRequest,
    TicketResult,
    TicketSchema,
)

from .scenario_format import ScenarioId, ScenarioTicket

__all__ = ["SCHEMAS", "find_ticket", "planned", "ticket_entry", "ticket_of"]

STATUSES = (TicketChoice("open", "Open"), TicketChoice("done", "Done"))
SCHEMAS = (
    TicketSchema(
        id="access",
        display_name="Access requests",
        types=(TicketChoice("request", "Request"), TicketChoice("incident", "Incident")),
        statuses=STATUSES,
        fields=(
            TicketField(id="system", display_name="System", required=True),
            TicketField(
                id="priority",
                type=TicketFieldType.PICK_STRING,
                default="normal",
                choices=(TicketChoice("low"), TicketChoice("normal"), TicketChoice("high")),
            ),
            TicketField(id="until", type=TicketFieldType.TIMESTAMP, display_name="End of the access"),
            TicketField(id="seats", type=TicketFieldType.NUMBER),
            TicketField(id="urgent", type=TicketFieldType.BOOL),
            TicketField(id="watchers", type=TicketFieldType.STRINGS),
        ),
    ),
    TicketSchema(id="hardware", display_name="Hardware", statuses=STATUSES),
)
SAMPLES = (
    ScenarioTicket(
        id="T-1",
        schema="access",
        title="Access to the source code",
        fields={"system": "source"},
        created="2026-01-05T09:00:00+00:00",
    ),
    ScenarioTicket(
        id="T-2", schema="hardware", title="A second screen", status="done", created="2026-01-06T09:00:00+00:00"
    ),
)
"""The tickets that exist in every organisation."""
BASE_URL = "https://tickets.example.com/"


def ticket_entry(request: TicketRequest, existing: Sequence[ScenarioTicket]) -> ScenarioTicket:
    """Return a new ticket as the scenario file stores it."""
    numbers = [int(entry.id.removeprefix("T-")) for entry in (*SAMPLES, *existing)]
    fields: dict[str, Any] = msgspec.to_builtins(dict(request.fields))
    return ScenarioTicket(
        id=f"T-{max(numbers) + 1}",
        schema=request.schema.id,
        title=request.display_name,
        description=request.description,
        type=request.type,
        status=request.status or "open",
        labels=tuple(request.labels),
        fields=fields,
        requested_for=_item(request.requested_for),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def find_ticket(ticket_id: str, existing: Sequence[ScenarioTicket]) -> Ticket:
    """Return a ticket by its id. Raises NotFound."""
    entry = next((item for item in (*SAMPLES, *existing) if item.id == ticket_id), None)
    if entry is None:
        raise NotFound(f"there is no ticket {ticket_id}")
    return ticket_of(entry)


def ticket_of(entry: ScenarioTicket) -> Ticket:
    """Return a stored ticket as a value of the model."""
    schema = next(schema for schema in SCHEMAS if schema.id == entry.schema)
    created = datetime.fromisoformat(entry.created)
    return Ticket(
        id=entry.id,
        display_name=entry.title,
        description=entry.description,
        type=next((choice for choice in schema.types if choice.id == entry.type), None),
        status=next((choice for choice in schema.statuses if choice.id == entry.status), None),
        labels=entry.labels,
        url=BASE_URL + entry.id,
        fields=schema.parse(entry.fields) if entry.fields else {},
        requested_for=Resource(ResourceId(entry.requested_for.type, entry.requested_for.id))
        if entry.requested_for
        else None,
        created_at=created,
        updated_at=created,
        completed_at=created if entry.status == "done" else None,
    )


def _item(person: Resource | None) -> ScenarioId | None:
    return ScenarioId(type=person.id.resource_type, id=person.id.resource) if person is not None else None


def planned(request: TicketRequest) -> TicketResult:
    """Return the result of a dry run."""
    return TicketResult(outcome=Outcome.PLANNED, calls=(f"add a ticket to {request.schema.id}",))
