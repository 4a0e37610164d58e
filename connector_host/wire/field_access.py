"""Single fields of stored messages, without decoding the rest: names for tables, ids for lookups.

Where a field is written twice the last one counts, and messages written in parts are merged, as protobuf has it.
Bytes that are no message raise WireError.
"""

from __future__ import annotations

from ..model import ResourceId
from .wire_format import WireError, scan

__all__ = [
    "ENTITLEMENT",
    "entitlement_id",
    "entitlement_name",
    "entitlement_resource",
    "entitlement_slug",
    "first_field",
    "grant_entitlement",
    "parent",
    "resource_id",
    "resource_name",
    "type_name",
]

ID, NAME_OF_TYPE, NAME, PARENT, SLUG = 0x0A, 0x12, 0x1A, 0x12, 0x42
RESOURCE, ENTITLEMENT_ID, ENTITLEMENT = 0x0A, 0x12, 0x0A


def type_name(data: bytes) -> str:
    """Return `ResourceType.display_name`."""
    return _text(data, NAME_OF_TYPE)


def resource_name(data: bytes) -> str:
    """Return `Resource.display_name`."""
    return _text(data, NAME)


def resource_id(data: bytes) -> ResourceId:
    """Return `Resource.id`; both parts are empty where it is absent."""
    return _id(_part(data, ID) or b"")


def parent(data: bytes) -> ResourceId | None:
    """Return `Resource.parent_resource_id`."""
    part = _part(data, PARENT)
    return None if part is None else _id(part)


def entitlement_id(data: bytes) -> str:
    """Return `Entitlement.id`."""
    return _text(data, ENTITLEMENT_ID)


def entitlement_name(data: bytes) -> str:
    """Return `Entitlement.display_name`."""
    return _text(data, NAME)


def entitlement_slug(data: bytes) -> str:
    """Return `Entitlement.slug`."""
    return _text(data, SLUG)


def entitlement_resource(data: bytes) -> ResourceId:
    """Return the id of the resource inside an `Entitlement`."""
    return resource_id(_part(data, RESOURCE) or b"")


def first_field(data: bytes, tag: int) -> bytes:
    """Return the bytes of a message up to the end of its first field, if that has the tag; else nothing."""
    for first_tag, _, _, end in scan(data):
        return data[:end] if first_tag == tag else b""
    return b""


def grant_entitlement(data: bytes) -> bytes:
    """Return the `Entitlement` inside a `Grant`."""
    return _part(data, ENTITLEMENT) or b""


def _part(data: bytes, field_tag: int) -> bytes | None:
    """Return a message field, None where it is absent."""
    parts = [data[value:end] for tag, _, value, end in scan(data) if tag == field_tag]
    return b"".join(parts) if parts else None


def _text(data: bytes, field_tag: int) -> str:
    raw = b""
    for tag, _, value, end in scan(data):
        if tag == field_tag:
            raw = data[value:end]
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise WireError("a text is not UTF-8") from None


def _id(data: bytes) -> ResourceId:
    return ResourceId(_text(data, 0x0A), _text(data, 0x12))
