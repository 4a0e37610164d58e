"""Stored grants of other writers, completed without re-serialising the parts that exist.

Two other shapes occur: slim rows, whose message lacks the entitlement and the principal because the
row's columns name them; and rows of old files, whose message still carries the `GrantExpandable` annotation that newer
ones keep in a column (docs/c1z-v1.md, Grants and expansion). Bytes that are no message raise FileError.
"""

from __future__ import annotations

from ..model import ResourceId
from .damage import damaged
from .encode import resource_id
from .stored_grants import split
from .wire_format import WireError, block, scan, text

__all__ = ["is_whole_grant", "may_be_expandable", "split_expandable", "whole_grant", "whole_start"]

EXPANDABLE = b"c1.connector.v2.GrantExpandable"
ENTITLEMENT, ANNOTATION = 0x0A, 0x22  # tags in Grant
TYPE_URL, VALUE = 0x0A, 0x12  # tags in google.protobuf.Any
ENTITLEMENT_IDS = 0x0A  # tag in GrantExpandable


def whole_start(data: bytes) -> bytes:
    """Return the entitlement's field and the tag of a principal if a grant begins so; b"" if not."""
    if len(data) > 4 and data[0] == ENTITLEMENT:
        size, end = data[1], 2
        if size >= 0x80 and data[2] < 0x80:
            size, end = size & 0x7F | data[2] << 7, 3
        if data[end + size : end + size + 1] == b"\x12":
            return data[: end + size + 1]
    return b""


def is_whole_grant(data: bytes) -> bool:
    """Return whether a grant's message has its entitlement and its principal: at once where they come first."""
    if whole_start(data):
        return True
    entitlement, principal, *_ = split(data)
    return entitlement is not None and principal is not None


def whole_grant(data: bytes, entitlement_id: str, resource: ResourceId, principal: ResourceId) -> bytes:
    """Return the message, completed by the entitlement (id and resource id) and the principal (id) if it lacks them."""
    has_entitlement, has_principal, *_ = split(data)
    front = b""
    if has_entitlement is None:
        on = block(b"\x0a", block(b"\x0a", resource_id(resource)))
        front += block(b"\x0a", on + text(b"\x12", entitlement_id, "entitlement.id"))
    if has_principal is None:
        front += block(b"\x12", block(b"\x0a", resource_id(principal)))
    return front + data


def may_be_expandable(data: bytes) -> bool:
    """Return False only for messages without a `GrantExpandable` annotation; quick."""
    return EXPANDABLE in data


def split_expandable(data: bytes) -> tuple[bytes, bytes | None]:
    """Return the message without its `GrantExpandable` annotations, and the first one's bytes.

    If that names no entitlement, the message is given as it is, and None.
    """
    other_fields, expansion = [], None
    try:
        for tag, start, value, end in scan(data):
            expandable = _expandable(data[value:end]) if tag == ANNOTATION else None
            if expandable is None:
                other_fields.append(data[start:end])
            elif expansion is None:
                expansion = expandable
        if expansion is None or not _names_an_entitlement(expansion):
            return data, None
    except WireError as error:
        raise damaged("grant", error) from None
    return b"".join(other_fields), expansion


def _expandable(packed: bytes) -> bytes | None:
    """Return the value of an Any if it is a GrantExpandable."""
    url, content = b"", b""
    for tag, _, value, end in scan(packed):
        if tag == TYPE_URL:
            url = packed[value:end]
        elif tag == VALUE:
            content = packed[value:end]
    return content if url.rpartition(b"/")[2] == EXPANDABLE else None


def _names_an_entitlement(expandable: bytes) -> bool:
    return any(tag == ENTITLEMENT_IDS and expandable[value:end].strip() for tag, _, value, end in scan(expandable))
