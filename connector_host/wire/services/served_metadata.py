"""The metadata of a connector in Python, as a connector process answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...model import ConnectorInfo, ResourceType
from .. import encode
from ..pb.c1.connector.v2 import connector_pb2, objects_pb2

__all__ = ["metadata_answer"]


def metadata_answer(
    info: ConnectorInfo, types: Sequence[ResourceType], words: Mapping[str, Sequence[str]], whole: Sequence[str]
) -> bytes:
    """Return the answer of `GetMetadata`.

    `words` are the capabilities of each type by its id, `whole` those of the connector; both without the prefix
    `CAPABILITY_`.
    """
    answer = connector_pb2.ConnectorServiceGetMetadataResponse()
    metadata = answer.metadata
    metadata.display_name, metadata.description, metadata.help_url = info.display_name, info.summary, info.docs_url
    for resource_type in types:
        entry = metadata.capabilities.resource_type_capabilities.add()
        entry.resource_type.CopyFrom(objects_pb2.ResourceType.FromString(encode.resource_type(resource_type)))
        entry.capabilities.extend(_number(word) for word in words.get(resource_type.id, ()))
        entry.permissions.SetInParent()
    metadata.capabilities.connector_capabilities.extend(_number(word) for word in whole)
    metadata.capabilities.credential_details.SetInParent()
    data: bytes = answer.SerializeToString()
    return data


def _number(word: str) -> Any:
    return connector_pb2.Capability.Value(f"CAPABILITY_{word}")
