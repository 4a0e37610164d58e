"""Tasks that are one call of the connector: the request that each makes, and what its response means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message
from grpclib.const import Status
from msgspec import Struct

from ...wire.pb.c1.connector.v2 import action_service_pb2 as actions
from ...wire.pb.c1.connector.v2 import event_service_pb2 as events
from ...wire.pb.c1.connector.v2 import provisioning_services_pb2 as provisioning
from ...wire.pb.c1.connector.v2 import ticket_service_pb2 as tickets
from ...wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb
from .task_results import TaskFailed

__all__ = ["Answer", "TaskCall", "perform_call", "task_call"]

Answer = Callable[[str, Message], Message]
"""Calls the connector: the path of a method such as `GrantManagerService/Grant`, its request; returns the response."""
MOST_SCHEMAS = 100


class TaskCall(Struct, frozen=True):
    """The call that performs a task. A failure is final unless `retryable`."""

    method: str
    request: Message
    retryable: bool = False


def task_call(task: pb.Task) -> TaskCall:
    """Return the call of a task. Raises TaskFailed if a part of it is missing, or no call performs its type."""
    name = task.WhichOneof("task_type") or ""
    build = BUILDERS.get(name)
    if build is None:
        raise TaskFailed(Status.UNKNOWN, "unsupported task type", retryable=True)
    call = build(getattr(task, name))
    if isinstance(call.request, provisioning.IssueCredentialRequest):
        call.request.request_id = task.id
    return call


def perform_call(call: TaskCall, answer: Answer) -> Message:
    """Call the connector and return the response that ConductorOne gets."""
    if isinstance(call.request, tickets.TicketsServiceListTicketSchemasRequest):
        return _every_schema(call.request, answer)
    response = answer(call.method, call.request)
    if isinstance(response, actions.InvokeActionResponse) and response.status == actions.BATON_ACTION_STATUS_FAILED:
        raise TaskFailed(Status.UNKNOWN, _action_error(response), retryable=True, response=response)
    if problem := _ticket_problem(call.request, response):
        raise TaskFailed(Status.UNKNOWN, problem, retryable=False)
    annotations = getattr(call.request, "annotations", ())
    if call.method in KEEPS_ANNOTATIONS and annotations:
        response.annotations.extend(annotations)
    return response


def _action_error(response: actions.InvokeActionResponse) -> str:
    text = response.response.fields["error"].string_value if "error" in response.response.fields else ""
    return text or "the action failed"


def _ticket_problem(request: Message, response: Message) -> str:
    """Return why a response about tickets does not fit its request, or ''."""
    if isinstance(response, tickets.TicketsServiceGetTicketResponse) and not response.HasField("ticket"):
        return "the connector returned no ticket"
    bulk = (tickets.TicketsServiceBulkCreateTicketsRequest, tickets.TicketsServiceBulkGetTicketsRequest)
    if isinstance(request, bulk):
        count, expected = len(getattr(response, "tickets", ())), len(request.ticket_requests)
        if count != expected:
            return f"the connector returned {count} tickets for {expected} requests"
    return ""


def _every_schema(request: tickets.TicketsServiceListTicketSchemasRequest, answer: Answer) -> Message:
    """Return the ticket schemas of the first pages, a hundred at most. Raises TaskFailed if there are none."""
    every = tickets.TicketsServiceListTicketSchemasResponse()
    token = ""
    while len(every.list) < MOST_SCHEMAS:
        request.page_token = token
        page: Any = answer("TicketsService/ListTicketSchemas", request)
        every.list.extend(page.list)
        every.annotations.extend(page.annotations)
        token = page.next_page_token
        if not token:
            break
    if not every.list:
        raise TaskFailed(Status.NOT_FOUND, "no ticket schemas found", retryable=True)
    del every.list[MOST_SCHEMAS:]
    return every


# ----------------------------------------------------------------------------------------------- requests


def _require(task: Message, name: str, *fields: str) -> None:
    if not all(task.HasField(field) for field in fields):
        raise TaskFailed(Status.UNKNOWN, f"malformed {name} task", retryable=False)


def _grant(task: pb.Task.GrantTask) -> TaskCall:
    _require(task, "grant", "entitlement", "principal")
    request = provisioning.GrantManagerServiceGrantRequest(
        entitlement=task.entitlement, principal=task.principal, annotations=task.annotations
    )
    return TaskCall("GrantManagerService/Grant", request)


def _revoke(task: pb.Task.RevokeTask) -> TaskCall:
    if not task.HasField("grant"):
        raise TaskFailed(Status.UNKNOWN, "invalid task type", retryable=False)  # so says the Go SDK
    request = provisioning.GrantManagerServiceRevokeRequest(grant=task.grant, annotations=task.annotations)
    return TaskCall("GrantManagerService/Revoke", request)


def _create_account(task: pb.Task.CreateAccountTask) -> TaskCall:
    _require(task, "create account", "account_info")
    request = provisioning.CreateAccountRequest(
        account_info=task.account_info,
        encryption_configs=task.encryption_configs,
        resource_type_id=task.resource_type_id,
    )
    if task.HasField("credential_options"):
        request.credential_options.CopyFrom(task.credential_options)
    return TaskCall("AccountManagerService/CreateAccount", request)


def _create_resource(task: pb.Task.CreateResourceTask) -> TaskCall:
    _require(task, "create resource", "resource")
    request = provisioning.CreateResourceRequest(resource=task.resource)
    return TaskCall("ResourceManagerService/CreateResource", request)


def _delete_resource(task: pb.Task.DeleteResourceTask) -> TaskCall:
    if not (task.resource_id.resource and task.resource_id.resource_type):
        raise TaskFailed(Status.UNKNOWN, "malformed delete resource task", retryable=False)
    request = provisioning.DeleteResourceRequest(resource_id=task.resource_id)
    if task.HasField("parent_resource_id"):
        request.parent_resource_id.CopyFrom(task.parent_resource_id)
    return TaskCall("ResourceManagerService/DeleteResource", request)


def _rotate_credentials(task: pb.Task.RotateCredentialsTask) -> TaskCall:
    _require(task, "rotate credentials", "resource_id")
    request = provisioning.RotateCredentialRequest(
        resource_id=task.resource_id, encryption_configs=task.encryption_configs
    )
    if task.HasField("credential_options"):
        request.credential_options.CopyFrom(task.credential_options)
    return TaskCall("CredentialManagerService/RotateCredential", request)


def _issue_credential(task: pb.Task.IssueCredentialTask) -> TaskCall:
    _require(task, "issue credential", "identity_id", "credential_options")
    if not task.encryption_configs:
        raise TaskFailed(Status.UNKNOWN, "malformed issue credential task", retryable=False)
    request = provisioning.IssueCredentialRequest(
        identity_id=task.identity_id,
        credential_options=task.credential_options,
        encryption_configs=task.encryption_configs,
    )
    if task.HasField("expires_at"):
        request.expires_at.CopyFrom(task.expires_at)
    return TaskCall("CredentialManagerService/IssueCredential", request)


def _list_action_schemas(task: pb.Task.ActionListSchemasTask) -> TaskCall:
    request = actions.ListActionSchemasRequest(annotations=task.annotations, resource_type_id=task.resource_type_id)
    return TaskCall("ActionService/ListActionSchemas", request, retryable=True)


def _require_text(text: str, subject: str) -> None:
    if not text:
        raise TaskFailed(Status.UNKNOWN, f"{subject} required", retryable=True)


def _get_action_schema(task: pb.Task.ActionGetSchemaTask) -> TaskCall:
    _require_text(task.name, "action name")
    request = actions.GetActionSchemaRequest(name=task.name, annotations=task.annotations)
    return TaskCall("ActionService/GetActionSchema", request, retryable=True)


def _invoke_action(task: pb.Task.ActionInvokeTask) -> TaskCall:
    _require_text(task.name, "action name")
    request = actions.InvokeActionRequest(
        name=task.name, args=task.args, annotations=task.annotations, resource_type_id=task.resource_type_id
    )
    return TaskCall("ActionService/InvokeAction", request, retryable=True)


def _action_status(task: pb.Task.ActionStatusTask) -> TaskCall:
    _require_text(task.id, "action id")
    request = actions.GetActionStatusRequest(name=task.name, id=task.id, annotations=task.annotations)
    return TaskCall("ActionService/GetActionStatus", request, retryable=True)


def _list_event_feeds(task: pb.Task.ListEventFeedsTask) -> TaskCall:
    request = events.ListEventFeedsRequest(annotations=task.annotations)
    return TaskCall("EventService/ListEventFeeds", request, retryable=True)


def _list_events(task: pb.Task.ListEventsTask) -> TaskCall:
    request = events.ListEventsRequest(
        cursor=task.cursor,
        page_size=task.page_size,
        annotations=task.annotations,
        event_feed_id=task.event_feed_id,
    )
    if task.HasField("start_at"):
        request.start_at.CopyFrom(task.start_at)
    return TaskCall("EventService/ListEvents", request, retryable=True)


def _create_ticket_request(task: pb.Task.CreateTicketTask) -> tickets.TicketsServiceCreateTicketRequest:
    _require(task, "create ticket", "ticket_request")
    request = tickets.TicketsServiceCreateTicketRequest(request=task.ticket_request, annotations=task.annotations)
    if task.HasField("ticket_schema"):
        request.schema.CopyFrom(task.ticket_schema)
    return request


def _get_ticket_request(task: pb.Task.GetTicketTask) -> tickets.TicketsServiceGetTicketRequest:
    if not task.ticket_id:
        raise TaskFailed(Status.UNKNOWN, "malformed get ticket task", retryable=False)
    return tickets.TicketsServiceGetTicketRequest(id=task.ticket_id, annotations=task.annotations)


def _create_ticket(task: pb.Task.CreateTicketTask) -> TaskCall:
    return TaskCall("TicketsService/CreateTicket", _create_ticket_request(task), retryable=True)


def _get_ticket(task: pb.Task.GetTicketTask) -> TaskCall:
    return TaskCall("TicketsService/GetTicket", _get_ticket_request(task), retryable=True)


def _create_tickets(task: pb.Task.BulkCreateTicketsTask) -> TaskCall:
    if not task.ticket_requests:
        raise TaskFailed(Status.UNKNOWN, "malformed bulk create ticket task", retryable=False)
    requests = [_create_ticket_request(request) for request in task.ticket_requests]
    request = tickets.TicketsServiceBulkCreateTicketsRequest(ticket_requests=requests)
    return TaskCall("TicketsService/BulkCreateTickets", request, retryable=True)


def _get_tickets(task: pb.Task.BulkGetTicketsTask) -> TaskCall:
    if not task.ticket_requests:
        raise TaskFailed(Status.UNKNOWN, "malformed bulk get tickets task", retryable=False)
    requests = [_get_ticket_request(request) for request in task.ticket_requests]
    request = tickets.TicketsServiceBulkGetTicketsRequest(ticket_requests=requests)
    return TaskCall("TicketsService/BulkGetTickets", request, retryable=True)


def _list_ticket_schemas(task: pb.Task.ListTicketSchemasTask) -> TaskCall:
    request = tickets.TicketsServiceListTicketSchemasRequest(annotations=task.annotations)
    return TaskCall("TicketsService/ListTicketSchemas", request, retryable=True)


KEEPS_ANNOTATIONS = frozenset({"TicketsService/CreateTicket", "TicketsService/GetTicket"})
"""Methods whose response gets the annotations of the task."""
BUILDERS: dict[str, Callable[[Any], TaskCall]] = {
    "grant": _grant,
    "revoke": _revoke,
    "create_account": _create_account,
    "create_resource": _create_resource,
    "delete_resource": _delete_resource,
    "rotate_credentials": _rotate_credentials,
    "issue_credential": _issue_credential,
    "action_list_schemas": _list_action_schemas,
    "action_get_schema": _get_action_schema,
    "action_invoke": _invoke_action,
    "action_status": _action_status,
    "list_event_feeds": _list_event_feeds,
    "list_events": _list_events,
    "create_ticket_task": _create_ticket,
    "get_ticket": _get_ticket,
    "bulk_create_tickets": _create_tickets,
    "bulk_get_tickets": _get_tickets,
    "list_ticket_schemas": _list_ticket_schemas,
}
