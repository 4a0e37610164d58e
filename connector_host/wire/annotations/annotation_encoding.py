"""Encoding of annotations: bytes are taken as they are, fields are checked against the message of that name.

An unknown name or field, or a value of a wrong type, raises ValueError; the message names the annotation.
"""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError

from ...annotations import Annotation
from ..message_registry import message_class, message_names

__all__ = ["annotation_fields", "annotation_payload"]


def annotation_payload(value: Annotation, field: str) -> bytes:
    """Return the serialised message of an annotation."""
    if not value.content:
        if not isinstance(value.value, bytes):
            raise TypeError(
                f"{field}.value: the serialised message (bytes) is needed, not {type(value.value).__name__};"
                " Annotation.of(name, fields) takes plain values"
            )
        return value.value
    if value.value:
        raise ValueError(f"{field}: an annotation has either a value or a content, not both")
    try:
        return _serialised(value.type_name.rpartition("/")[2], value.content)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None


def annotation_fields(value: Annotation) -> dict[str, Any]:
    """Return the fields of an annotation as JSON has them; ValueError for an unknown message or wrong bytes."""
    name = value.type_name.rpartition("/")[2]
    message_type = message_class(name)
    if message_type is None:
        raise ValueError(f"no message {name} is known")
    try:
        message = message_type.FromString(annotation_payload(value, name))
    except DecodeError:
        raise ValueError(f"the bytes of an annotation are no {name}") from None
    fields: dict[str, Any] = json_format.MessageToDict(message)
    return fields


@lru_cache(4096)
def _serialised(name: str, content: str) -> bytes:
    message_type = message_class(name)
    if message_type is None:
        close = difflib.get_close_matches(name, message_names(), n=1)
        suggestion = f"; did you mean {close[0].rpartition('.')[2]}?" if close else ""
        raise ValueError(f"no message {name} is known{suggestion}")
    message = message_type()
    try:
        json_format.Parse(content, message)
    except json_format.ParseError as error:
        field_names = ", ".join(field.name for field in message.DESCRIPTOR.fields) or "none"
        problem = str(error).partition("\n")[0]
        raise ValueError(f"{name}: {problem} (its fields: {field_names})") from None
    data: bytes = message.SerializeToString(deterministic=True)
    return data
