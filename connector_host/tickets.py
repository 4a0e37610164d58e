"""Tickets: requests in the application's ticket system, with the fields that it declares."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from .decoding.time_decoding import check_year, parse_time
from .enums import Outcome
from .errors import ConfigError
from .model import Resource
from .options import Option, OptionType

__all__ = ["Ticket", "TicketChoice", "TicketField", "TicketFieldType", "TicketRequest", "TicketResult", "TicketSchema"]


class TicketFieldType(enum.StrEnum):
    """The Python type of a field: str, a tuple of str, bool, float or datetime; of a choice, the id or ids chosen."""

    STRING = "string"
    STRINGS = "strings"
    BOOL = "bool"
    NUMBER = "number"
    TIMESTAMP = "timestamp"
    PICK_STRING = "pick_string"
    PICK_STRINGS = "pick_strings"
    PICK_OBJECT = "pick_object"
    PICK_OBJECTS = "pick_objects"


class TicketChoice(Struct, frozen=True):
    """A type or status of tickets, or a value that can be chosen: its id, and its name for people."""

    id: str
    display_name: str = ""


OPTION_TYPES = {
    TicketFieldType.STRING: OptionType.STR,
    TicketFieldType.STRINGS: OptionType.STRINGS,
    TicketFieldType.BOOL: OptionType.BOOL,
    TicketFieldType.NUMBER: OptionType.FLOAT,
    TicketFieldType.PICK_STRING: OptionType.STR,
    TicketFieldType.PICK_STRINGS: OptionType.STRINGS,
    TicketFieldType.PICK_OBJECT: OptionType.STR,
    TicketFieldType.PICK_OBJECTS: OptionType.STRINGS,
}
PICKS = frozenset(member for member in TicketFieldType if member.name.startswith("PICK_"))


class TicketField(Struct, frozen=True, kw_only=True):
    """A field of the tickets of a schema. `choices` are the values of a field of a `PICK_` type."""

    id: str
    type: TicketFieldType = TicketFieldType.STRING
    display_name: str = ""
    required: bool = False
    default: Any = None
    choices: tuple[TicketChoice, ...] = ()

    def parse(self, raw: Any, where: str) -> Any:
        """Return a value in its Python type; texts are read as a person types them. Raises ConfigError."""
        if self.type is TicketFieldType.TIMESTAMP:
            value = _moment(raw, where)
        else:
            value = Option(name="field", type=OPTION_TYPES[self.type]).parse(raw, where)
        if self.type in PICKS and self.choices:
            ids = {choice.id for choice in self.choices}
            for chosen in value if isinstance(value, tuple) else (value,):
                if chosen not in ids:
                    raise ConfigError(
                        f"{where}: there is no choice {chosen!r}", hint=f"Choose from: {', '.join(sorted(ids))}."
                    )
        return value


class TicketSchema(Struct, frozen=True, kw_only=True):
    """One form of tickets (a project, a queue): its types, statuses and fields."""

    id: str
    display_name: str = ""
    types: tuple[TicketChoice, ...] = ()
    statuses: tuple[TicketChoice, ...] = ()
    fields: tuple[TicketField, ...] = ()

    def parse(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of fields in their types, with the defaults of fields without a value.

        Raises ConfigError for a field that is unknown, wrong or missing.
        """
        known = {field.id: field for field in self.fields}
        if unknown := sorted(set(fields) - set(known)):
            raise ConfigError(
                f"the ticket schema {self.id} has no field {unknown[0]!r}",
                hint=f"Its fields: {', '.join(known) or 'none'}.",
            )
        values = {name: known[name].parse(raw, f"the field {name}") for name, raw in fields.items() if raw is not None}
        for field in self.fields:
            if field.id not in values and field.default is not None:
                values[field.id] = field.parse(field.default, f"the default of {field.id}")
        if missing := [field.id for field in self.fields if field.required and values.get(field.id) in (None, "", ())]:
            raise ConfigError(f"the ticket schema {self.id} requires the field {', '.join(missing)}")
        return values

    def check(self, request: TicketRequest) -> None:
        """Raise ConfigError for a request whose title is empty, or whose type or status the schema lacks."""
        if not request.display_name.strip():
            raise ConfigError("a ticket needs a title")
        for word, chosen, choices in (("type", request.type, self.types), ("status", request.status, self.statuses)):
            ids = [choice.id for choice in choices]
            if chosen and chosen not in ids:
                raise ConfigError(
                    f"the ticket schema {self.id} has no {word} {chosen!r}",
                    hint=f"Choose from: {', '.join(ids) or 'none'}.",
                )


class TicketRequest(Struct, frozen=True, kw_only=True):
    """The ticket to create. `type` and `status` are ids of the schema; `fields` maps ids to values in their types."""

    schema: TicketSchema
    display_name: str
    description: str = ""
    type: str = ""
    status: str = ""
    labels: tuple[str, ...] = ()
    fields: Mapping[str, Any] = {}
    requested_for: Resource | None = None

    def __hash__(self) -> int:  # fields cannot be hashed
        return hash((self.schema, self.display_name, self.description, self.type, self.status, self.labels))


class Ticket(Struct, frozen=True, kw_only=True):
    """A ticket of the application. `fields` maps ids to values in the types of the schema."""

    id: str
    display_name: str = ""
    description: str = ""
    type: TicketChoice | None = None
    status: TicketChoice | None = None
    labels: tuple[str, ...] = ()
    url: str = ""
    assignees: tuple[Resource, ...] = ()
    reporter: Resource | None = None
    requested_for: Resource | None = None
    fields: Mapping[str, Any] = {}
    created_at: datetime | None = None
    updated_at: datetime | None = None
    completed_at: datetime | None = None

    def __hash__(self) -> int:  # fields cannot be hashed
        return hash(self.id)


class TicketResult(Struct, frozen=True, kw_only=True):
    """The result of one ticket: the ticket, or an `error` as a sentence.

    `calls` are the calls to the application in readable form, without secrets; with `dry_run` the outcome is PLANNED
    and there is no ticket.
    """

    ticket: Ticket | None = None
    error: str = ""
    outcome: Outcome = Outcome.DONE
    calls: tuple[str, ...] = ()


def _moment(raw: Any, where: str) -> datetime:
    """Return a time with a zone; a text without one is local time."""
    try:
        return check_year(raw) if isinstance(raw, datetime) and raw.tzinfo else parse_time(str(raw))
    except (TypeError, ValueError):
        raise ConfigError(f"{where}: {raw!r} is not a time", hint="For example: 2026-01-31T08:00:00+00:00.") from None
