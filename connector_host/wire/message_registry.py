"""The messages that may be packed in an `Any`, by their full names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf import any_pb2, duration_pb2, empty_pb2, struct_pb2, timestamp_pb2, wrappers_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.message_factory import GetMessageClass

from .pb.c1.c1z.v1 import diff_pb2
from .pb.c1.connector.v2 import annotations_pb2, connector_pb2, objects_pb2, traits_pb2
from .pb.c1.reader.v2 import syncs_pb2

__all__ = ["message_class", "message_names"]

OURS = (objects_pb2, traits_pb2, annotations_pb2, connector_pb2, syncs_pb2, diff_pb2)
GOOGLE = (any_pb2, duration_pb2, empty_pb2, struct_pb2, timestamp_pb2, wrappers_pb2)


def message_class(name: str) -> Any:
    """Return the class of a message by its full name; None when it is not one of ours."""
    descriptor = DESCRIPTORS.get(name)
    return None if descriptor is None else GetMessageClass(descriptor)


def message_names() -> list[str]:
    """Return the full names of all messages, without those of Google."""
    return [name for name in DESCRIPTORS if not name.startswith("google.")]


def _with_nested(descriptors: Iterable[Descriptor]) -> Iterator[Descriptor]:
    for descriptor in descriptors:
        yield descriptor
        yield from _with_nested(descriptor.nested_types)


DESCRIPTORS: dict[str, Descriptor] = {
    descriptor.full_name: descriptor
    for module in OURS + GOOGLE
    for descriptor in _with_nested(module.DESCRIPTOR.message_types_by_name.values())
}
