"""Whether two stored messages say the same, whatever their bytes."""

from __future__ import annotations

from google.protobuf.message import Message

from .messages import parse
from .pb.c1.connector.v2 import objects_pb2

__all__ = ["same_entitlement", "same_grant", "same_resource"]


def same_resource(one: bytes, other: bytes) -> bool:
    """Two resources: equal as messages, the order of a map's keys and unknown fields apart."""
    return one == other or _same(objects_pb2.Resource, "resource", one, other)


def same_entitlement(one: bytes, other: bytes) -> bool:
    """Two entitlements."""
    return one == other or _same(objects_pb2.Entitlement, "entitlement", one, other)


def same_grant(one: bytes, other: bytes) -> bool:
    """Two grants."""
    return one == other or _same(objects_pb2.Grant, "grant", one, other)


def _same(kind: type[Message], what: str, one: bytes, other: bytes) -> bool:
    first, second = parse(kind, one, what), parse(kind, other, what)
    for message in (first, second):
        message.DiscardUnknownFields()
    return bool(first == second)
