"""The table of functions of a connector: what is served, what is refused, and the code of each failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError, Message

from ...errors import ConnectorHostError
from ...rpc.rpc_errors import RpcError, StatusCode
from ...wire.services.service_methods import CONNECTOR_METHODS
from .account_functions import account_functions
from .action_functions import action_functions
from .error_codes import PACKAGE, sentences, status_of
from .event_functions import event_functions
from .grant_functions import grant_functions
from .hook_source import HookSource
from .metadata_functions import metadata_functions
from .ticket_functions import ticket_functions

__all__ = ["connector_functions"]

PROVISIONING = (
    *("GrantManagerService", "ResourceManagerService", "ResourceDeleterService", "AccountManagerService"),
    "CredentialManagerService",
)
HOOKS = {
    "GrantManagerService/Grant": "grant",
    "GrantManagerService/Revoke": "revoke",
    "AccountManagerService/CreateAccount": "create_account",
    "CredentialManagerService/RotateCredential": "rotate_credentials",
    "CredentialManagerService/IssueCredential": "issue_credential",
    "ResourceManagerService/CreateResource": "create_resource",
    "ResourceManagerService/DeleteResource": "delete_resource",
    "ResourceDeleterService/DeleteResourceV2": "delete_resource",
    "ActionService/InvokeAction": "invoke_action",
    "ActionService/GetActionStatus": "get_action_status",
    "EventService/ListEvents": "list_events",
    "TicketsService/ListTicketSchemas": "list_ticket_schemas",
    "TicketsService/CreateTicket": "create_ticket",
    "TicketsService/GetTicket": "get_ticket",
}
"""The hook that a method cannot do without."""


def connector_functions(
    source: HookSource, *, provisioning: bool, ticketing: bool
) -> dict[str, Callable[[bytes], bytes]]:
    """Return the functions of a connector by the path of their method.

    Without `provisioning` those that change something are refused, without `ticketing` those about tickets. A failure
    is an RpcError.
    """
    functions: dict[str, Callable[[Any], Message]] = {
        **metadata_functions(source),
        **(grant_functions(source) | account_functions(source) if provisioning else {}),
        **action_functions(source),
        **event_functions(source),
        **(ticket_functions(source) if ticketing else {}),
    }
    table = {f"/{PACKAGE}.{name}": _of_bytes(f"/{PACKAGE}.{name}", function) for name, function in functions.items()}
    for name, hook in HOOKS.items():
        if hook not in source.connector.hooks:
            table[f"/{PACKAGE}.{name}"] = _refusing(StatusCode.UNIMPLEMENTED, f"the connector has no hook {hook}")
    for path in CONNECTOR_METHODS:
        service = path.rpartition("/")[0].rpartition(".")[2]
        if service in PROVISIONING and not provisioning:
            table[path] = _refusing(StatusCode.FAILED_PRECONDITION, "provisioning is not enabled")
        elif service == "TicketsService" and not ticketing:
            table[path] = _refusing(StatusCode.UNKNOWN, "ticketing is not enabled")
    return table


def _of_bytes(path: str, function: Callable[[Any], Message]) -> Callable[[bytes], bytes]:
    """Return a function of bytes that parses the request and serialises the response."""
    request_type = CONNECTOR_METHODS[path].request

    def answer(data: bytes) -> bytes:
        try:
            request = request_type.FromString(data)
        except DecodeError as error:
            raise RpcError(StatusCode.INVALID_ARGUMENT, f"the request of {path} cannot be read") from error
        try:
            content: bytes = function(request).SerializeToString()
        except ConnectorHostError as error:
            code, details = status_of(error)
            raise RpcError(code, sentences(error), details) from error
        return content

    return answer


def _refusing(code: StatusCode, message: str) -> Callable[[bytes], bytes]:
    def refuse(_data: bytes) -> bytes:
        raise RpcError(code, message)

    return refuse
