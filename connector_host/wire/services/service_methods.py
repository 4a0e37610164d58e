"""The methods of the gRPC services of connectors and their hosts, by their paths.

The services are those of `proto/`: a connector process serves the ones of `c1.connector.v2` and the rate limiter, a
host serves the session store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message_factory import GetMessageClass

from ..pb.c1.connector.v2 import (
    action_service_pb2,
    event_service_pb2,
    listing_services_pb2,
    provisioning_services_pb2,
    ticket_service_pb2,
)
from ..pb.c1.connectorapi.baton.v1 import session_pb2
from ..pb.c1.ratelimit.v1 import ratelimit_pb2

__all__ = ["CONNECTOR_METHODS", "SESSION_METHODS", "RemoteMethod", "methods_of"]


class RemoteMethod(NamedTuple):
    """One method of a service. `path` is the `:path` of its requests: `/package.Service/Method`."""

    path: str
    request: Any
    response: Any
    streams_request: bool = False
    streams_response: bool = False


def methods_of(files: Iterable[FileDescriptor]) -> Mapping[str, RemoteMethod]:
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


CONNECTOR_METHODS = methods_of(
    module.DESCRIPTOR
    for module in (
        listing_services_pb2,
        provisioning_services_pb2,
        action_service_pb2,
        event_service_pb2,
        ticket_service_pb2,
        ratelimit_pb2,
    )
)
"""What a connector process serves."""
SESSION_METHODS = methods_of((session_pb2.DESCRIPTOR,))
"""What a host serves to its connector process."""
