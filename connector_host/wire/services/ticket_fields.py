"""Fields of tickets as messages: the type of a field is the message that holds its value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...errors import ConfigError
from ...tickets import TicketChoice, TicketField, TicketFieldType, TicketSchema
from ..pb.c1.connector.v2 import ticket_service_pb2 as pb
from .message_values import timestamp_message, utc_moment

__all__ = ["field_message", "field_messages", "field_values", "schema_message", "schema_of"]

MESSAGES = {
    TicketFieldType.STRING: "string_value",
    TicketFieldType.STRINGS: "string_values",
    TicketFieldType.BOOL: "bool_value",
    TicketFieldType.NUMBER: "number_value",
    TicketFieldType.TIMESTAMP: "timestamp_value",
    TicketFieldType.PICK_STRING: "pick_string_value",
    TicketFieldType.PICK_STRINGS: "pick_multiple_string_values",
    TicketFieldType.PICK_OBJECT: "pick_object_value",
    TicketFieldType.PICK_OBJECTS: "pick_multiple_object_values",
}
TYPES = {message: field_type for field_type, message in MESSAGES.items()}
SEVERAL = frozenset({TicketFieldType.STRINGS, TicketFieldType.PICK_STRINGS, TicketFieldType.PICK_OBJECTS})


# ----------------------------------------------------------------------------------------------- schemas


def schema_message(schema: TicketSchema) -> pb.TicketSchema:
    """Return a schema as a message."""
    message = pb.TicketSchema(id=schema.id, display_name=schema.display_name)
    for choice in schema.types:
        message.types.add(id=choice.id, display_name=choice.display_name)
    for choice in schema.statuses:
        message.statuses.add(id=choice.id, display_name=choice.display_name)
    for field in schema.fields:
        message.custom_fields[field.id].CopyFrom(field_message(field, None))
    return message


def schema_of(message: pb.TicketSchema) -> TicketSchema:
    """Return the schema of a message."""
    return TicketSchema(
        id=message.id,
        display_name=message.display_name,
        types=tuple(TicketChoice(each.id, each.display_name) for each in message.types),
        statuses=tuple(TicketChoice(each.id, each.display_name) for each in message.statuses),
        fields=tuple(_field(key, field) for key, field in sorted(message.custom_fields.items())),
    )


def _field(key: str, message: pb.TicketCustomField) -> TicketField:
    name = message.WhichOneof("value") or "string_value"
    typed: Any = getattr(message, name)
    choices: tuple[TicketChoice, ...] = ()
    if name.startswith("pick_"):
        choices = tuple(
            TicketChoice(each.id, each.display_name) if hasattr(each, "id") else TicketChoice(each)
            for each in typed.allowed_values
        )
    return TicketField(
        id=message.id or key,
        type=TYPES[name],
        display_name=message.display_name,
        required=message.required,
        choices=choices,
    )


# ----------------------------------------------------------------------------------------------- fields


def field_messages(schema: TicketSchema | None, values: Mapping[str, Any]) -> dict[str, pb.TicketCustomField]:
    """Return the values of a ticket as messages; without a schema their Python types decide."""
    fields = {field.id: field for field in schema.fields} if schema is not None else {}
    return {
        name: field_message(fields.get(name) or TicketField(id=name, type=_guess(value)), value)
        for name, value in values.items()
    }


def field_message(field: TicketField, value: Any) -> pb.TicketCustomField:
    """Return a field as a message, with its value; None: with its default and choices, as a schema has it."""
    message = pb.TicketCustomField(id=field.id, display_name=field.display_name or field.id, required=field.required)
    typed: Any = getattr(message, MESSAGES[field.type])
    typed.SetInParent()
    objects = {choice.id: choice for choice in field.choices}
    for choice in field.choices:
        if field.type in (TicketFieldType.PICK_OBJECT, TicketFieldType.PICK_OBJECTS):
            typed.allowed_values.add(id=choice.id, display_name=choice.display_name)
        else:
            typed.allowed_values.append(choice.id)
    if value is not None:
        _set(field.type, typed, "value", value, objects)
    elif field.default is not None and field.type is not TicketFieldType.BOOL:
        _set(field.type, typed, "default_value", field.default, objects)
    return message


def _set(field_type: TicketFieldType, typed: Any, name: str, value: Any, objects: Mapping[str, TicketChoice]) -> None:
    """Put a value into its message, as `value` or `default_value`; several values are `values`."""
    name = f"{name}s" if field_type in SEVERAL else name
    match field_type:
        case TicketFieldType.STRINGS | TicketFieldType.PICK_STRINGS:
            getattr(typed, name).extend(str(each) for each in value)
        case TicketFieldType.PICK_OBJECTS:
            for each in value:
                getattr(typed, name).add(id=each, display_name=_name(objects, each))
        case TicketFieldType.PICK_OBJECT:
            getattr(typed, name).id = value
            getattr(typed, name).display_name = _name(objects, value)
        case TicketFieldType.NUMBER:
            getattr(typed, name).value = float(value)
        case TicketFieldType.TIMESTAMP:
            getattr(typed, name).CopyFrom(timestamp_message(value))
        case _:
            setattr(typed, name, value)


def field_values(messages: Mapping[str, pb.TicketCustomField]) -> dict[str, Any]:
    """Return the values of the fields of a request, by field id."""
    return {message.id or key: _value(message) for key, message in messages.items() if message.WhichOneof("value")}


def _value(message: pb.TicketCustomField) -> Any:
    name = message.WhichOneof("value")
    typed: Any = getattr(message, str(name))
    match TYPES[str(name)]:
        case TicketFieldType.STRINGS | TicketFieldType.PICK_STRINGS:
            return tuple(typed.values)
        case TicketFieldType.PICK_OBJECTS:
            return tuple(each.id for each in typed.values)
        case TicketFieldType.PICK_OBJECT:
            return typed.value.id or None
        case TicketFieldType.NUMBER:
            return typed.value.value if typed.HasField("value") else None
        case TicketFieldType.TIMESTAMP:
            return utc_moment(typed.value) if typed.HasField("value") else None
    return typed.value if isinstance(typed.value, bool) else typed.value or None


def _name(objects: Mapping[str, TicketChoice], chosen: str) -> str:
    return objects[chosen].display_name if chosen in objects else ""


def _guess(value: Any) -> TicketFieldType:
    """Return the type of a value whose field no schema declares."""
    if isinstance(value, bool):
        return TicketFieldType.BOOL
    if isinstance(value, (int, float)):
        return TicketFieldType.NUMBER
    if isinstance(value, datetime):
        return TicketFieldType.TIMESTAMP
    if isinstance(value, (list, tuple)):
        return TicketFieldType.STRINGS
    if isinstance(value, str):
        return TicketFieldType.STRING
    raise ConfigError(f"a field of a ticket has a value of the type {type(value).__name__}")
