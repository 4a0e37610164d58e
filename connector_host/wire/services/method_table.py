"""The methods of gRPC services by their paths, from the files that define them; those of a sync are ready here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message_factory import GetMessageClass

from ..pb.c1.connector.v2 import listing_services_pb2

__all__ = ["LISTING_METHODS", "RemoteMethod", "methods_of"]


class RemoteMethod(NamedTuple):
    """One method of a service. `path` is the `:path` of its requests: `/package.Service/Method`."""

    path: str
    request: Any
    response: Any
    streams_request: bool = False
    streams_response: bool = False


def methods_of(files: Iterable[FileDescriptor]) -> dict[str, RemoteMethod]:
    """Return the methods of all services that the files define, by path."""
    methods = {}
    for file in files:
        for service in file.services_by_name.values():
            for method in service.methods:
                path = f"/{service.full_name}/{method.name}"
                methods[path] = RemoteMethod(
                    path,
                    GetMessageClass(method.input_type),
                    GetMessageClass(method.output_type),
                    method.client_streaming,
                    method.server_streaming,
                )
    return methods


LISTING_METHODS = methods_of((listing_services_pb2.DESCRIPTOR,))
"""What a host calls in a sync."""
