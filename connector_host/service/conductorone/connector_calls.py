"""Calls of the connector, by the path of a method, as a connector process serves them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from ...errors import ConnectorHostError, PluginError
from ...rpc.rpc_errors import RpcError
from ...wire.pb.c1.connector.v2 import (
    action_service_pb2,
    event_service_pb2,
    listing_services_pb2,
    provisioning_services_pb2,
    ticket_service_pb2,
)

__all__ = ["ConnectorCalls", "Functions", "connector_error"]

Functions = Mapping[str, Callable[[bytes], bytes]]
"""Functions of bytes by the path of their method, such as `/c1.connector.v2.GrantManagerService/Grant`."""
PACKAGE = "c1.connector.v2"
FILES = (
    *(action_service_pb2, event_service_pb2, listing_services_pb2, provisioning_services_pb2),
    ticket_service_pb2,
)


class ConnectorCalls:
    """The functions of a connector, called with messages."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def answer(self, method: str, request: Message) -> Message:
        """Call `Service/Method` and return its response. Raises GRPCError with the code of the connector."""
        function = self._functions.get(f"/{PACKAGE}.{method}")
        if function is None:
            raise GRPCError(Status.UNIMPLEMENTED, f"the connector does not have {method}")
        try:
            content = function(request.SerializeToString())
        except RpcError as error:
            raise GRPCError(Status(int(error.code)), error.message, error.details or None) from error
        return message_factory.GetMessageClass(_described(method).output_type).FromString(content)


def _described(method: str) -> MethodDescriptor:
    service, _, name = method.partition("/")
    for file in FILES:
        services = file.DESCRIPTOR.services_by_name
        if service in services:
            return services[service].methods_by_name[name]
    raise KeyError(method)


def connector_error(error: GRPCError) -> ConnectorHostError:
    """Return the error of the connector behind a failed call; a PluginError if there is none of the host's."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectorHostError):
            return cause
        cause = cause.__cause__
    return PluginError(f"the connector failed: {error.message or error.status.name}")
