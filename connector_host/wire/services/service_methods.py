"""The methods of the gRPC services of connectors and their hosts, by their paths.

The services are those of `proto/`: a connector process serves the ones of `c1.connector.v2` and the rate limiter, a
host serves the session store.
"""

from __future__ import annotations

from ..pb.c1.connector.v2 import (
    action_service_pb2,
    event_service_pb2,
    provisioning_services_pb2,
    ticket_service_pb2,
)
from ..pb.c1.connectorapi.baton.v1 import session_pb2
from ..pb.c1.ratelimit.v1 import ratelimit_pb2
from .method_table import LISTING_METHODS, methods_of

__all__ = ["CONNECTOR_METHODS", "SESSION_METHODS"]


CONNECTOR_METHODS = LISTING_METHODS | methods_of(
    module.DESCRIPTOR
    for module in (provisioning_services_pb2, action_service_pb2, event_service_pb2, ticket_service_pb2, ratelimit_pb2)
)
"""What a connector process serves."""
SESSION_METHODS = methods_of((session_pb2.DESCRIPTOR,))
"""What a host serves to its connector process."""
