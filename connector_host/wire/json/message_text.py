"""Conversion of any of our messages into JSON text, by the rules Go's protojson has.

Fields stand in the order of their declaration, empty ones are left out unless they have presence, 64-bit integers are
texts, enums names, times RFC 3339, bytes base64, map keys sorted. An `Any` shows its type and its fields; one of an
unknown type is left out, as `baton` does. Where Go refuses (NaN in a profile) the text "NaN" is given.

Source for the rules: https://protobuf.dev/programming-guides/json/
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from json.encoder import encode_basestring as quote
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from ..message_registry import message_class
from ..parsing import parse
from .special_types import SPECIAL, real

__all__ = ["any_text", "quote", "writer"]

Writer = Callable[[Any], str | None]
"""Gives the JSON text of a value, or None when it is to be left out."""

Kind = tuple[str, Any, Callable[[Any], str], Writer | None]
"""How to write a packed type: the beginning of the text, the class, its fields, and its own form if it has one."""
Table = dict[FieldDescriptor, tuple[int, str, Writer]]
"""How to write the fields of a type: place, quoted name, writer."""
ANY = "google.protobuf.Any"


def writer(descriptor: Descriptor) -> Writer:
    """Return the function that writes messages of this type."""
    if descriptor.full_name == ANY:
        return any_text
    special = SPECIAL.get(descriptor.full_name)
    if special is not None:
        return special
    body = _body(descriptor)
    return lambda message: f"{{{body(message)}}}"


def any_text(item: Any) -> str | None:
    """Write a packed message: its type first, then its fields; None when the type is not known."""
    url = item.type_url
    packed_type = _kind(url)
    if packed_type is None:
        return None
    start, cls, body, special = packed_type
    if special is not None:
        value = special(parse(cls, item.value, cls.DESCRIPTOR.name))
        return None if value is None else f'{start},"value":{value}}}'
    if not item.value:
        return start + "}"
    fields = body(parse(cls, item.value, cls.DESCRIPTOR.name))
    return f"{start},{fields}}}" if fields else start + "}"


# ----------------------------------------------------------------------------------------------- messages

_bodies: dict[Descriptor, Callable[[Any], str]] = {}
_kinds: dict[str, Kind | None] = {}
_building = threading.RLock()
MOST_KINDS = 4096
"""URLs to remember; a file could hold any number of unknown ones."""


def _kind(url: str) -> Kind | None:
    """Return how to write the messages of a type URL; None when the type is not known."""
    try:
        return _kinds[url]
    except KeyError:
        pass
    cls = message_class(url.rpartition("/")[2])
    packed_type = None
    if cls is not None:
        name = cls.DESCRIPTOR.full_name
        special = any_text if name == ANY else SPECIAL.get(name)
        packed_type = (f'{{"@type":{quote(url)}', cls, _body(cls.DESCRIPTOR), special)
    if len(_kinds) >= MOST_KINDS:
        _kinds.clear()
    _kinds[url] = packed_type
    return packed_type


def _body(descriptor: Descriptor) -> Callable[[Any], str]:
    """Return the function that writes the fields of messages of this type, without the braces."""
    with _building:
        if descriptor not in _bodies:
            # the table is filled later: a message may hold messages of its own type
            table: Table = {}
            numbers = [field.number for field in descriptor.fields]
            _bodies[descriptor] = (_ordered if numbers == sorted(numbers) else _reordered)(table)
            for rank, field in enumerate(descriptor.fields):
                table[field] = (rank, f'"{field.json_name}":', _field(field))
        return _bodies[descriptor]


def _ordered(table: Table) -> Callable[[Any], str]:
    def body(message: Any) -> str:
        parts = []
        for field, value in message.ListFields():  # those that are set, by number
            _, name, write = table[field]
            text = write(value)
            if text is not None:
                parts.append(name + text)
        return ",".join(parts)

    return body


def _reordered(table: Table) -> Callable[[Any], str]:
    def body(message: Any) -> str:
        parts = []
        for field, value in message.ListFields():
            rank, name, write = table[field]
            text = write(value)
            if text is not None:
                parts.append((rank, name + text))
        return ",".join(text for _, text in sorted(parts))

    return body


# ----------------------------------------------------------------------------------------------- fields


def _field(field: FieldDescriptor) -> Writer:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return _map(_single(field.message_type.fields_by_name["value"]))
    write_value = _single(field)
    return _list(write_value) if field.is_repeated else write_value


def _single(field: FieldDescriptor) -> Writer:
    if field.message_type is not None:
        return writer(field.message_type)
    if field.enum_type is not None:
        return _enum(field.enum_type)
    return SCALARS[field.cpp_type] if field.type != field.TYPE_BYTES else _bytes


def _list(write_item: Writer) -> Writer:
    def write(values: Any) -> str | None:
        texts = [text for text in map(write_item, values) if text is not None]
        return "[" + ",".join(texts) + "]" if texts else None

    return write


def _map(write_value: Writer) -> Writer:
    def write(values: Any) -> str:
        return "{" + ",".join(f"{quote(key)}:{write_value(values[key])}" for key in sorted(values)) + "}"

    return write


def _enum(descriptor: EnumDescriptor) -> Writer:
    names = {number: f'"{value.name}"' for number, value in descriptor.values_by_number.items()}
    return lambda number: names.get(number) or str(number)


def _bytes(value: bytes) -> str:
    return f'"{base64.b64encode(value).decode()}"'


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _long(value: int) -> str:
    return f'"{value}"'


SCALARS: dict[int, Writer] = {
    FieldDescriptor.CPPTYPE_STRING: quote,
    FieldDescriptor.CPPTYPE_BOOL: _bool,
    FieldDescriptor.CPPTYPE_INT32: str,
    FieldDescriptor.CPPTYPE_UINT32: str,
    FieldDescriptor.CPPTYPE_INT64: _long,
    FieldDescriptor.CPPTYPE_UINT64: _long,
    FieldDescriptor.CPPTYPE_DOUBLE: real,
    FieldDescriptor.CPPTYPE_FLOAT: real,
}
