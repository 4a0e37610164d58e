"""Comparison of stored messages by their content rather than by their bytes."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message

from .parsing import parse
from .pb.c1.connector.v2 import objects_pb2

__all__ = ["same_entitlement", "same_grant", "same_resource", "same_slim"]

EXPANDABLE = "c1.connector.v2.GrantExpandable"
ETAG = "c1.connector.v2.ETag"
KINDS: dict[str, type[Message]] = {
    "resource type": objects_pb2.ResourceType,
    "resource": objects_pb2.Resource,
    "entitlement": objects_pb2.Entitlement,
    "grant": objects_pb2.Grant,
}


def same_resource(first: bytes, second: bytes) -> bool:
    """Return whether two resources are equal messages.

    The order of a map's keys and unknown fields do not count, nor does the ETag of the grants on a resource.
    """
    return first == second or _same(objects_pb2.Resource, "resource", first, second)


def same_entitlement(first: bytes, second: bytes) -> bool:
    """Return whether two entitlements are equal messages."""
    return first == second or _same(objects_pb2.Entitlement, "entitlement", first, second)


def same_grant(first: bytes, second: bytes) -> bool:
    """Return whether two grants are equal messages."""
    return first == second or _same(objects_pb2.Grant, "grant", first, second)


def _same(message_class: type[Message], subject: str, first: bytes, second: bytes) -> bool:
    messages = [parse(message_class, data, subject) for data in (first, second)]
    for message in messages:
        message.DiscardUnknownFields()
        _remove_etags(message)
    return bool(messages[0] == messages[1])


def _remove_etags(message: Any) -> None:
    """Remove the marks of the state of a resource's grants: a difference of these is one of the grants."""
    marks = [position for position, item in enumerate(message.annotations) if item.type_url.endswith(ETAG)]
    for position in reversed(marks):
        del message.annotations[position]


def same_slim(object_kind: str, first: bytes, second: bytes) -> bool:
    """Return whether two objects are equal as far as format v3 holds them.

    For comparing with a file of that format: what it has no place for is left out, and so are the expansions among a
    grant's annotations, which only that format has there. `object_kind` is that of `c1z.types.Kind`.
    """
    if first == second:
        return True
    messages = [_slim(object_kind, parse(KINDS[object_kind], data, object_kind)) for data in (first, second)]
    return bool(messages[0] == messages[1])


def _slim(object_kind: str, message: Any) -> Any:
    message.DiscardUnknownFields()
    if object_kind == "resource":
        _remove_etags(message)
        for name in ("baton_resource", "external_id", "creation_source"):
            message.ClearField(name)
        _id_alone(message)
    elif object_kind == "entitlement":
        _stub(message.resource)
        for grantable_type in message.grantable_to:
            grantable_type.CopyFrom(objects_pb2.ResourceType(id=grantable_type.id))
    elif object_kind == "grant":
        _stub(message.entitlement.resource)
        message.entitlement.CopyFrom(
            objects_pb2.Entitlement(id=message.entitlement.id, resource=message.entitlement.resource)
        )
        _stub(message.principal, with_parent=True)
        annotations = [item for item in message.annotations if item.TypeName() != EXPANDABLE]
        message.ClearField("annotations")
        message.annotations.extend(annotations)
    return message


def _stub(resource: Any, *, with_parent: bool = False) -> None:
    """Reduce a resource inside another object to its id, and a principal also to its parent."""
    _id_alone(resource)
    stub = objects_pb2.Resource(id=resource.id)
    if with_parent and resource.parent_resource_id.resource:
        stub.parent_resource_id.CopyFrom(resource.parent_resource_id)
    resource.CopyFrom(stub)


def _id_alone(resource: Any) -> None:
    resource.id.baton_resource = False
    if not resource.parent_resource_id.resource:
        resource.ClearField("parent_resource_id")
    else:
        resource.parent_resource_id.baton_resource = False
