"""The code and the sentences of an error of the contract, as a process reports it to its host."""

from __future__ import annotations

from ...errors import (
    AuthError,
    BudgetSpent,
    ConfigError,
    ConnectorHostError,
    FileError,
    NotFound,
    NotPermitted,
    RateLimited,
    Refused,
    Stopped,
    Unavailable,
)
from ...rpc.rpc_errors import RpcError, StatusCode

__all__ = ["PACKAGE", "error_code", "sentences", "status_of"]

PACKAGE = "c1.connector.v2"
CODES: tuple[tuple[type[ConnectorHostError], StatusCode], ...] = (
    (AuthError, StatusCode.UNAUTHENTICATED),
    (NotPermitted, StatusCode.PERMISSION_DENIED),
    (NotFound, StatusCode.NOT_FOUND),
    (Refused, StatusCode.FAILED_PRECONDITION),
    (RateLimited, StatusCode.RESOURCE_EXHAUSTED),
    (Unavailable, StatusCode.UNAVAILABLE),
    (ConfigError, StatusCode.INVALID_ARGUMENT),
    (FileError, StatusCode.INVALID_ARGUMENT),
    (BudgetSpent, StatusCode.DEADLINE_EXCEEDED),
    (Stopped, StatusCode.CANCELLED),
)


def error_code(error: ConnectorHostError) -> StatusCode:
    """Return the gRPC code of an error."""
    return next((code for kind, code in CODES if isinstance(error, kind)), StatusCode.UNKNOWN)


def status_of(error: ConnectorHostError) -> tuple[StatusCode, bytes]:
    """Return code and details of an error: those that a connector process answered with, if it came from one."""
    cause = error.__cause__
    if isinstance(cause, RpcError):
        return cause.code, cause.details
    return error_code(error), b""


def sentences(error: ConnectorHostError) -> str:
    """Return the message of an error with its hint."""
    return f"{error.message.rstrip('.')}. {error.hint}" if error.hint else error.message
