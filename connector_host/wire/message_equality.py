"""Whether two stored messages say the same, whatever their bytes."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message

from .parsing import parse
from .pb.c1.connector.v2 import objects_pb2

__all__ = ["same_entitlement", "same_grant", "same_resource", "same_slim"]

EXPANDABLE = "c1.connector.v2.GrantExpandable"
KINDS: dict[str, type[Message]] = {
    "resource type": objects_pb2.ResourceType,
    "resource": objects_pb2.Resource,
    "entitlement": objects_pb2.Entitlement,
    "grant": objects_pb2.Grant,
}


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


def same_slim(kind: str, one: bytes, other: bytes) -> bool:
    """Two objects of a kind, one of them from a file that holds less: what format v3 has no place for is left out.

    So are the expansions among a grant's annotations, which only that format has there. `kind` is that of `store.Kind`.
    """
    if one == other:
        return True
    first, second = (_slim(kind, parse(KINDS[kind], data, kind)) for data in (one, other))
    return bool(first == second)


def _slim(kind: str, message: Any) -> Any:
    message.DiscardUnknownFields()
    if kind == "resource":
        for name in ("baton_resource", "external_id", "creation_source"):
            message.ClearField(name)
        _id_alone(message)
    elif kind == "entitlement":
        _stub(message.resource)
        for one in message.grantable_to:
            one.CopyFrom(objects_pb2.ResourceType(id=one.id))
    elif kind == "grant":
        _stub(message.entitlement.resource)
        message.entitlement.CopyFrom(
            objects_pb2.Entitlement(id=message.entitlement.id, resource=message.entitlement.resource)
        )
        _stub(message.principal, with_parent=True)
        kept = [item for item in message.annotations if item.TypeName() != EXPANDABLE]
        message.ClearField("annotations")
        message.annotations.extend(kept)
    return message


def _stub(resource: Any, *, with_parent: bool = False) -> None:
    """Leave a resource inside another object its id, and a principal its parent."""
    _id_alone(resource)
    found = objects_pb2.Resource(id=resource.id)
    if with_parent and resource.parent_resource_id.resource:
        found.parent_resource_id.CopyFrom(resource.parent_resource_id)
    resource.CopyFrom(found)


def _id_alone(resource: Any) -> None:
    resource.id.baton_resource = False
    if not resource.parent_resource_id.resource:
        resource.ClearField("parent_resource_id")
    else:
        resource.parent_resource_id.baton_resource = False
