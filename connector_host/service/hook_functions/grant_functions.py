"""Granting and revoking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from ...model import Outcome
from ...provision.change_requests import Give, Take
from ...wire import decode
from ...wire.pb.c1.connector.v2 import annotations_pb2 as marks
from ...wire.pb.c1.connector.v2 import provisioning_services_pb2 as pb
from ...wire.services.message_values import grant_message, packed
from .hook_source import HookSource

__all__ = ["grant_functions"]


def grant_functions(source: HookSource) -> dict[str, Callable[[Any], Message]]:
    """Return the functions of `GrantManagerService`."""

    def give(request: pb.GrantManagerServiceGrantRequest) -> Message:
        step = Give(
            decode.resource(request.principal.SerializeToString()),
            decode.entitlement(request.entitlement.SerializeToString()),
        )
        change = source.change(step)
        grants = [grant_message(grant) for grant in change.grants]
        exists = [marks.GrantAlreadyExists()] if change.outcome is Outcome.ALREADY else []
        return pb.GrantManagerServiceGrantResponse(grants=grants, annotations=packed(exists))

    def take(request: pb.GrantManagerServiceRevokeRequest) -> Message:
        change = source.change(Take(decode.grant(request.grant.SerializeToString())))
        revoked = [marks.GrantAlreadyRevoked()] if change.outcome is Outcome.ALREADY else []
        return pb.GrantManagerServiceRevokeResponse(annotations=packed(revoked))

    return {"GrantManagerService/Grant": give, "GrantManagerService/Revoke": take}
