"""The results of tasks for ConductorOne: a response, or a gRPC code with a message."""

from __future__ import annotations

from collections.abc import Callable

from google.protobuf import any_pb2
from google.protobuf.message import Message
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from ...errors import ConnectorHostError, FileError, Stopped
from ...wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb
from ...wire.services.call_status import status_details
from ..hook_functions.error_codes import sentences, status_of

__all__ = ["TaskFailed", "code_of", "failure", "success"]

NON_RETRYABLE = "task failed and is non-retryable"
LONGEST_MESSAGE = 8192
"""Characters of a message; a longer one would be refused with the headers of the call."""


class TaskFailed(Exception):
    """A task that failed with a code. ConductorOne hands it out again if it is `retryable`.

    `response` is what the connector returned, if that is to be reported.
    """

    def __init__(self, status: Status, message: str, *, retryable: bool, response: Message | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.retryable, self.response = status, message, retryable, response


def code_of(error: BaseException) -> Status:
    """Return the gRPC code of an error."""
    if isinstance(error, (GRPCError, TaskFailed)):
        return error.status
    if isinstance(error, ConnectorHostError) and not isinstance(error, FileError):
        return Status(int(status_of(error)[0]))
    return Status.UNKNOWN


def success(task_id: str, response: Message | None = None) -> pb.BatonServiceFinishTaskRequest:
    """Return the request that reports a task as done."""
    request = pb.BatonServiceFinishTaskRequest(task_id=task_id)
    request.success.SetInParent()
    if response is not None:
        request.success.response.Pack(response)
        request.success.annotations.extend(getattr(response, "annotations", ()))
    return request


def failure(
    task_id: str, error: BaseException, mask: Callable[[str], str], *, retryable: bool
) -> pb.BatonServiceFinishTaskRequest:
    """Return the request that reports a task as failed; secrets are masked in the message."""
    retryable = error.retryable if isinstance(error, TaskFailed) else retryable or isinstance(error, Stopped)
    message = mask(_message(error))[:LONGEST_MESSAGE]
    if not retryable:
        message = f"{message}\n{NON_RETRYABLE}"
    request = pb.BatonServiceFinishTaskRequest(task_id=task_id)
    request.status.code, request.status.message = code_of(error).value, message
    request.status.details.extend(_details(error))
    request.error.non_retryable = not retryable
    if isinstance(error, TaskFailed) and error.response is not None:
        request.error.response.Pack(error.response)
    return request


def _details(error: BaseException) -> list[any_pb2.Any]:
    """Return the details with which a connector process answered: they are passed on as they came."""
    if isinstance(error, GRPCError) and isinstance(error.details, bytes):
        return status_details(error.details)
    return status_details(status_of(error)[1]) if isinstance(error, ConnectorHostError) else []


def _message(error: BaseException) -> str:
    if isinstance(error, ConnectorHostError):
        return sentences(error)
    if isinstance(error, GRPCError):
        return error.message or error.status.name
    return str(error) or type(error).__name__
