"""Rendering of stored bytes as the JSON text that `baton ... -o json` has for them, compact.

Fields stand in the order of their declaration. What many grants share (the entitlement, the principal, annotations,
sources) is made into text once. Bytes that are no message raise FileError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from google.protobuf import any_pb2

from ...errors import FileError
from ..damage import damaged
from ..parsing import Memo, parse
from ..pb.c1.connector.v2 import objects_pb2
from ..stored_grants import split
from ..wire_format import WireError, block, scan
from .message_text import quote, writer
from .shape_learning import learn
from .shapes import Shapes

__all__ = ["GrantText", "entitlement", "grant", "resource", "resource_type"]


def resource_type(data: bytes) -> str:
    """Render a stored resource type."""
    return _resource_type(data)


def resource(data: bytes) -> str:
    """Render a stored resource."""
    return _resource(data)


def entitlement(data: bytes) -> str:
    """Render a stored entitlement."""
    return _entitlement(data)


def grant(data: bytes, columns: Sequence[str] | None = None) -> str:
    """Render a stored grant.

    `columns` are the first five of its row (resource type, resource, entitlement, principal type, principal): they
    stand for the entitlement and principal of rows that were stored without.
    """
    entitlement_data, principal, raw_id, annotations, origin = split(data)
    parts = []
    if entitlement_data is not None:
        parts.append(_held.get(entitlement_data) or _held(entitlement_data))
    elif columns:
        on_id = _id_text(columns[0], columns[1])
        parts.append(f'"entitlement":{{"resource":{{"id":{on_id}}}{_text("id", columns[2])}}}')
    if principal is not None:
        parts.append(_holder.get(principal) or _holder(principal))
    elif columns:
        parts.append(f'"principal":{{"id":{_id_text(columns[3], columns[4])}}}')
    if raw_id:
        parts.append('"id":' + quote(_decoded(raw_id)))
    return "{" + ",".join((*parts, *_further(annotations, origin))) + "}"


def _further(annotations: tuple[bytes, ...], origin: bytes | None) -> Iterator[str]:
    """Yield the texts of the fields behind the id of a grant."""
    if origin is not None:
        yield _sources.get(origin) or _sources(origin)
    texts = [text for text in map(_annotation, annotations) if text]
    if texts:
        yield '"annotations":[' + ",".join(texts) + "]"


# ----------------------------------------------------------------------------------------------- makers


def _maker(message_class: Any, subject: str, name: str = "") -> Callable[[bytes], str]:
    """Return the function that renders one class of messages, after `name` when it is a field."""
    write = writer(message_class.DESCRIPTOR)
    start = f'"{name}":' if name else ""

    def make(data: bytes) -> str:
        message = parse(message_class, data, subject)
        try:
            # a message of unknown type has no text, which only an Any can be
            text = write(message)
        except RecursionError:
            raise damaged(subject, "annotations are nested too deeply") from None
        return "" if text is None else start + text

    return make


_resource_type = _maker(objects_pb2.ResourceType, "resource type")
_resource = Shapes(objects_pb2.Resource.DESCRIPTOR, _maker(objects_pb2.Resource, "resource"), learn)
_entitlement = Shapes(objects_pb2.Entitlement.DESCRIPTOR, _maker(objects_pb2.Entitlement, "entitlement"), learn)
_held = Memo(_maker(objects_pb2.Entitlement, "grant", "entitlement"))
_holder = Memo(_maker(objects_pb2.Resource, "grant", "principal"))
_sources = Memo(_maker(objects_pb2.GrantSources, "grant", "sources"), 4 << 20)
_annotation = Memo(_maker(any_pb2.Any, "annotation"), 4 << 20)


def _text(name: str, value: str) -> str:
    return f',"{name}":{quote(value)}' if value else ""


def _id_text(resource_type: str, resource: str) -> str:
    fields = _text("resourceType", resource_type) + _text("resource", resource)
    return "{" + fields[1:] + "}"


class GrantText:
    """Renderer of many grants: those of one entitlement share its text.

    Equal to `grant` for every message; what is not shaped as connectors' grants usually are is left to it. Gives UTF-8.
    """

    def __init__(self) -> None:
        self._prefix = b""
        self._head = b""
        self._holders: dict[bytes, bytes] = {}

    def __call__(self, data: bytes) -> bytes:
        """Render one grant."""
        at = len(self._prefix)
        if not at or not data.startswith(self._prefix):
            at = self._begin(data)
        end = len(data)
        # after the entitlement: the principal, the id, and nothing else, both shorter than 128 bytes
        if at and at + 4 <= end and data[at] == 0x12 and data[at + 1] < 0x80:
            middle = at + 2 + data[at + 1]
            if middle + 2 < end and data[middle] == 0x1A and data[middle + 1] == end - middle - 2 < 0x80:
                principal = data[at + 2 : middle]
                holder = self._holders.get(principal) or self.holder(principal)
                return b"%b%b%b}" % (self._head, holder, quote(_decoded(data[middle + 2 :])).encode())
        return grant(data).encode()

    def opening(self, start: bytes) -> bytes:
        """Return the JSON of a grant up to its principal; b"" if `start` is not the field of an entitlement."""
        try:
            return self._head if self._begin(start) == len(start) else b""
        except FileError:
            return b""

    def tail(self, fields: bytes) -> bytes | None:
        """Return the JSON of a grant behind its id, whose message has these fields there; None for unusual ones."""
        try:
            if not {tag for tag, *_ in scan(fields)} <= TAIL_TAGS:
                return None
            *_, annotations, origin = split(fields)
            return "".join(f",{text}" for text in _further(annotations, origin)).encode()
        except (FileError, WireError):
            return None

    def _begin(self, data: bytes) -> int:
        """Take up another entitlement, if the message begins with one."""
        self._prefix = b""
        entitlement_data = split(data)[0]
        if entitlement_data is None or data[:1] != b"\x0a":
            return 0
        prefix = block(b"\x0a", entitlement_data)
        if not data.startswith(prefix):
            return 0
        self._prefix = prefix
        self._head = b"{%b," % (_held.get(entitlement_data) or _held(entitlement_data)).encode()
        return len(prefix)

    def holder(self, principal: bytes) -> bytes:
        """Return the JSON of a grant from its principal up to its id."""
        if len(self._holders) >= MOST_HOLDERS:
            self._holders.clear()
        text = b'%b,"id":' % (_holder.get(principal) or _holder(principal)).encode()
        self._holders[principal] = text
        return text


MOST_HOLDERS = 65536
TAIL_TAGS = {0x22, 0x2A}  # annotations and sources


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise damaged("grant", error) from None
