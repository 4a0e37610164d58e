"""Stored bytes as the JSON text that `baton ... -o json` has for them, compact.

Fields stand in the order of their declaration. What many grants share (the entitlement, the principal, annotations,
sources) is made into text once. Bytes that are no message raise FileError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf import any_pb2

from .json_text import quote, writer
from .messages import Memo, damaged, parse
from .pb.c1.connector.v2 import objects_pb2
from .stored import split

__all__ = ["entitlement", "grant", "resource", "resource_type"]


def resource_type(data: bytes) -> str:
    """A stored resource type."""
    return _resource_type(data)


def resource(data: bytes) -> str:
    """A stored resource."""
    return _resource(data)


def entitlement(data: bytes) -> str:
    """A stored entitlement."""
    return _entitlement(data)


def grant(data: bytes, columns: Sequence[str] | None = None) -> str:
    """A stored grant.

    `columns` are the first five of its row (resource type, resource, entitlement, principal type, principal): they
    stand for the entitlement and principal of rows that were stored without.
    """
    on, who, raw_id, annotations, origin = split(data)
    parts = []
    if on is not None:
        parts.append(_held.get(on) or _held(on))
    elif columns:
        on_id = _id_text(columns[0], columns[1])
        parts.append(f'"entitlement":{{"resource":{{"id":{on_id}}}{_text("id", columns[2])}}}')
    if who is not None:
        parts.append(_holder.get(who) or _holder(who))
    elif columns:
        parts.append(f'"principal":{{"id":{_id_text(columns[3], columns[4])}}}')
    if raw_id:
        try:
            parts.append('"id":' + quote(raw_id.decode()))
        except UnicodeDecodeError as error:
            raise damaged("grant", error) from None
    if origin is not None:
        parts.append(_sources.get(origin) or _sources(origin))
    if annotations:
        texts = [text for text in map(_annotation, annotations) if text]
        if texts:
            parts.append('"annotations":[' + ",".join(texts) + "]")
    return "{" + ",".join(parts) + "}"


# ----------------------------------------------------------------------------------------------- makers


def _maker(kind: Any, what: str, name: str = "") -> Callable[[bytes], str]:
    """What makes the text of one kind of message, after `name` when it is a field."""
    write = writer(kind.DESCRIPTOR)
    start = f'"{name}":' if name else ""

    def make(data: bytes) -> str:
        message = parse(kind, data, what)
        try:
            # a message of unknown type has no text, which only an Any can be
            text = write(message)
        except RecursionError:
            raise damaged(what, "annotations are nested too deeply") from None
        return "" if text is None else start + text

    return make


_resource_type = _maker(objects_pb2.ResourceType, "resource type")
_resource = _maker(objects_pb2.Resource, "resource")
_entitlement = _maker(objects_pb2.Entitlement, "entitlement")
_held = Memo(_maker(objects_pb2.Entitlement, "grant", "entitlement"))
_holder = Memo(_maker(objects_pb2.Resource, "grant", "principal"))
_sources = Memo(_maker(objects_pb2.GrantSources, "grant", "sources"), 4 << 20)
_annotation = Memo(_maker(any_pb2.Any, "annotation"), 4 << 20)


def _text(name: str, value: str) -> str:
    return f',"{name}":{quote(value)}' if value else ""


def _id_text(resource_type: str, resource: str) -> str:
    fields = _text("resourceType", resource_type) + _text("resource", resource)
    return "{" + fields[1:] + "}"
