"""Messages of requests and responses, from model values and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from google.protobuf import any_pb2, json_format, struct_pb2, timestamp_pb2
from google.protobuf.message import DecodeError, Message

from ...errors import BadResponse, PluginError
from ...identifiers import grant_id
from ...model import External, Grant, Resource, ResourceId
from .. import encode
from ..pb.c1.connector.v2 import objects_pb2

__all__ = [
    "grant_message",
    "message_bytes",
    "packed",
    "parse_answer",
    "resource_id",
    "resource_id_message",
    "resource_message",
    "struct_message",
    "timestamp_message",
    "utc_moment",
]


def resource_message(resource: Resource) -> objects_pb2.Resource:
    """Return a resource as a message. Raises PluginError for a value that cannot be written."""
    try:
        message = objects_pb2.Resource()
        message.MergeFromString(encode.resource(resource))
    except (TypeError, ValueError) as error:
        raise PluginError(f"the connector returned a resource that cannot be sent: {error}") from error
    return message


def grant_message(grant: Grant) -> objects_pb2.Grant:
    """Return a grant as a connector sends it: the entitlement by id with its resource, the principal."""
    principal = grant.principal.id if isinstance(grant.principal, External) else grant.principal
    principal_id = principal.id if isinstance(principal, Resource) else principal
    message = objects_pb2.Grant(id=grant.id or grant_id(grant.entitlement.id, principal_id))
    try:
        message.entitlement.MergeFromString(encode.entitlement_ref(grant.entitlement))
    except (TypeError, ValueError) as error:
        raise PluginError(f"the connector returned a grant that cannot be sent: {error}") from error
    if isinstance(principal, Resource):
        message.principal.CopyFrom(resource_message(principal))
    else:
        message.principal.id.CopyFrom(resource_id_message(principal))
    return message


def resource_id_message(value: ResourceId) -> objects_pb2.ResourceId:
    """Return a resource id as a message."""
    return objects_pb2.ResourceId(resource_type=value.resource_type, resource=value.resource)


def resource_id(message: objects_pb2.ResourceId) -> ResourceId:
    """Return the resource id of a message."""
    return ResourceId(message.resource_type, message.resource)


def packed(messages: Iterable[Message]) -> list[any_pb2.Any]:
    """Return messages as annotations."""
    annotations = []
    for message in messages:
        annotation = any_pb2.Any()
        annotation.Pack(message)
        annotations.append(annotation)
    return annotations


def struct_message(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return a JSON object as a message. Raises PluginError for values that JSON does not have."""
    message = struct_pb2.Struct()
    try:
        json_format.ParseDict(dict(values), message)
    except (json_format.ParseError, TypeError, ValueError) as error:
        raise PluginError(f"the connector returned values that are not JSON: {error}") from error
    return message


def timestamp_message(moment: datetime) -> timestamp_pb2.Timestamp:
    """Return a time as a message; a time without a zone is local time."""
    message = timestamp_pb2.Timestamp()
    message.FromDatetime(moment.astimezone(UTC))
    return message


def utc_moment(message: timestamp_pb2.Timestamp) -> datetime:
    """Return the time of a message."""
    moment: datetime = message.ToDatetime(UTC)
    return moment


def message_bytes(message: Message) -> bytes:
    """Return the serialized form of a message."""
    data: bytes = message.SerializeToString()
    return data


def parse_answer(message_class: Any, data: bytes) -> Any:
    """Parse the answer of a connector process. Raises BadResponse when it is not a message of this class."""
    try:
        return message_class.FromString(data)
    except (DecodeError, ValueError) as error:
        raise BadResponse("the answer of the connector process is not a valid message") from error
