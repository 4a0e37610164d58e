"""Ticket schemas and tickets, as documents for every format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ....model import Outcome, Resource
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes
from ....tickets import Ticket, TicketChoice, TicketField, TicketResult, TicketSchema

__all__ = ["schema_document", "schemas_document", "tickets_document"]

SCHEMA_COLUMNS = ("Schema", "Name", "Types", "Statuses", "Fields")
FIELD_COLUMNS = ("Field", "Name", "Type", "Required", "Default", "Choices")
TICKET_COLUMNS = ("Ticket", "Title", "Status", "Type", "Created", "URL", "Problem")


def schemas_document(schemas: Sequence[TicketSchema]) -> Document:
    """Return all schemas, a row each."""
    table = TablePart(SCHEMA_COLUMNS, lambda: map(_schema_row, schemas))
    part: DocumentPart = table if schemas else TextPart(("The connector has no ticket schemas.",))
    records = [_schema_record(schema) for schema in schemas]
    return Document(
        parts=lambda: (part,),
        flat=table,
        document=lambda: (json_bytes({"schemas": records}),),
        records=lambda: map(json_bytes, records),
    )


def schema_document(schema: TicketSchema) -> Document:
    """Return one schema with its fields, a row each."""
    table = TablePart(FIELD_COLUMNS, lambda: map(_field_row, schema.fields))
    lines = [f"{schema.id}: {schema.display_name}" if schema.display_name else schema.id]
    lines += [f"Types: {_choices(schema.types)}"] if schema.types else []
    lines += [f"Statuses: {_choices(schema.statuses)}"] if schema.statuses else []
    parts: list[DocumentPart] = [TextPart(tuple(lines)), *([table] if schema.fields else [])]
    record = _schema_record(schema)
    return Document(
        parts=lambda: parts,
        flat=table,
        document=lambda: (json_bytes(record),),
        records=lambda: map(json_bytes, record["fields"]),
    )


def tickets_document(results: Sequence[TicketResult], titles: Sequence[str], *, many: bool) -> Document:
    """Return tickets, or for those that failed the reason; `titles` stand for tickets that do not exist."""
    pairs = list(zip(results, titles, strict=True))
    records = [_result_record(result, title) for result, title in pairs]
    plain = {"tickets": records} if many else records[0]
    return Document(
        parts=lambda: _parts(pairs),
        flat=TablePart(TICKET_COLUMNS, lambda: (_ticket_row(result, title) for result, title in pairs)),
        document=lambda: (json_bytes(plain),),
        records=lambda: map(json_bytes, records),
    )


def _parts(pairs: Sequence[tuple[TicketResult, str]]) -> Iterator[DocumentPart]:
    for result, title in pairs:
        yield TextPart(tuple(_lines(result, title)))


def _lines(result: TicketResult, title: str) -> Iterator[str]:
    ticket = result.ticket
    if result.error:
        yield f"failed: {title}: {result.error}"
    elif ticket is None:
        yield f"{result.outcome}: create the ticket {title}"
    else:
        yield f"{ticket.id}: {ticket.display_name}"
        for name, value in _details(ticket):
            yield f"  {name}: {value}"
    yield from (f"  {call}" for call in result.calls)


def _details(ticket: Ticket) -> Iterator[tuple[str, str]]:
    """Yield the properties of a ticket that have a value."""
    people = {"requested for": ticket.requested_for, "reporter": ticket.reporter}
    rows = [
        ("status", _name(ticket.status)),
        ("type", _name(ticket.type)),
        ("labels", ", ".join(ticket.labels)),
        *((name, _person(person)) for name, person in people.items()),
        ("assignees", ", ".join(map(_person, ticket.assignees))),
        *((name, _text(value)) for name, value in ticket.fields.items()),
        ("created", _time(ticket.created_at)),
        ("completed", _time(ticket.completed_at)),
        ("url", ticket.url),
    ]
    yield from ((name, value) for name, value in rows if value)


def _ticket_row(result: TicketResult, title: str) -> Row:
    ticket = result.ticket
    if ticket is None:
        return "", title, "", "", "", "", result.error
    created = _time(ticket.created_at)
    return ticket.id, ticket.display_name, _name(ticket.status), _name(ticket.type), created, ticket.url, result.error


def _result_record(result: TicketResult, title: str) -> dict[str, Any]:
    record: dict[str, Any] = {"outcome": "failed" if result.error else str(result.outcome)}
    if result.ticket is None:
        record["title"] = title
    else:
        record["ticket"] = _ticket_record(result.ticket)
    if result.error:
        record["error"] = result.error
    if result.calls or result.outcome is Outcome.PLANNED:
        record["calls"] = list(result.calls)
    return record


def _ticket_record(ticket: Ticket) -> dict[str, Any]:
    times = {"createdAt": ticket.created_at, "updatedAt": ticket.updated_at, "completedAt": ticket.completed_at}
    people = {"reporter": ticket.reporter, "requestedFor": ticket.requested_for}
    return {
        "id": ticket.id,
        "displayName": ticket.display_name,
        "description": ticket.description,
        "status": _choice(ticket.status),
        "type": _choice(ticket.type),
        "labels": list(ticket.labels),
        "url": ticket.url,
        "assignees": [str(person.id) for person in ticket.assignees],
        **{name: str(person.id) for name, person in people.items() if person is not None},
        "customFields": msgspec.to_builtins(dict(ticket.fields)),
        **{name: moment.isoformat() for name, moment in times.items() if moment is not None},
    }


def _schema_row(schema: TicketSchema) -> Row:
    fields = ", ".join(f"{field.id}{'' if field.required else '?'}" for field in schema.fields)
    return schema.id, schema.display_name, _ids(schema.types), _ids(schema.statuses), fields


def _field_row(field: TicketField) -> Row:
    default = "" if field.default is None else _text(field.default)
    required = "yes" if field.required else ""
    return field.id, field.display_name, str(field.type), required, default, _ids(field.choices)


def _schema_record(schema: TicketSchema) -> dict[str, Any]:
    return {
        "id": schema.id,
        "displayName": schema.display_name,
        "types": [_choice(choice) for choice in schema.types],
        "statuses": [_choice(choice) for choice in schema.statuses],
        "fields": [
            {
                "id": field.id,
                "displayName": field.display_name,
                "type": str(field.type),
                "required": field.required,
                "default": msgspec.to_builtins(field.default),
                "choices": [_choice(choice) for choice in field.choices],
            }
            for field in schema.fields
        ],
    }


def _choice(choice: TicketChoice | None) -> dict[str, str] | None:
    return None if choice is None else {"id": choice.id, "displayName": choice.display_name}


def _choices(choices: Sequence[TicketChoice]) -> str:
    return ", ".join(f"{choice.id} ({choice.display_name})" if choice.display_name else choice.id for choice in choices)


def _ids(choices: Sequence[TicketChoice]) -> str:
    return ", ".join(choice.id for choice in choices)


def _name(choice: TicketChoice | None) -> str:
    return "" if choice is None else choice.display_name or choice.id


def _person(person: Resource | None) -> str:
    if person is None:
        return ""
    return f"{person.display_name} ({person.id})" if person.display_name else str(person.id)


def _text(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return ", ".join(map(_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(sep=" ", timespec="minutes")
