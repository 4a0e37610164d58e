"""The errors of calls to a connector process, as the errors of the contract."""

from __future__ import annotations

from datetime import UTC, datetime

from ..errors import (
    AuthError,
    BadResponse,
    ConfigError,
    ConnectorHostError,
    NotFound,
    NotPermitted,
    RateLimited,
    Refused,
    Unavailable,
)
from ..rpc.rpc_errors import RpcError, StatusCode
from ..wire.services.call_status import rate_limit_of

__all__ = ["connector_error", "is_disabled", "is_missing"]

SETTLED = {
    StatusCode.UNAUTHENTICATED: AuthError,
    StatusCode.PERMISSION_DENIED: NotPermitted,
    StatusCode.NOT_FOUND: NotFound,
    StatusCode.INVALID_ARGUMENT: Refused,
    StatusCode.ALREADY_EXISTS: Refused,
    StatusCode.FAILED_PRECONDITION: Refused,
    StatusCode.ABORTED: Refused,
    StatusCode.OUT_OF_RANGE: Refused,
    StatusCode.UNIMPLEMENTED: Refused,
    StatusCode.UNAVAILABLE: Unavailable,
    StatusCode.DEADLINE_EXCEEDED: Unavailable,
}
"""Codes with one meaning. The others say only that something failed."""
DISABLED = ("provisioning is not enabled", "ticketing is not enabled")
TOO_LARGE = "larger than max"


def connector_error(error: RpcError, method: str, *, retries: bool) -> ConnectorHostError:
    """Return the error of the contract for a call that failed.

    `retries`: a failure without a known meaning is worth another attempt, because the call only reads.
    """
    name = method.rpartition("/")[2]
    message = f"{name} failed: {error.message or error.code.name}"
    limit = rate_limit_of(error.details)
    if limit is not None or (error.code is StatusCode.RESOURCE_EXHAUSTED and TOO_LARGE not in error.message):
        reset_at = limit.reset_at if limit else None
        wait = None if reset_at is None else max(1.0, (reset_at - datetime.now(UTC)).total_seconds())
        return RateLimited(message, retry_after=wait)
    error_class = SETTLED.get(error.code)
    if error.code is StatusCode.RESOURCE_EXHAUSTED:
        return Refused(message, hint="The message is too large for the connector or for the host.")
    if error_class is None:
        message = f"{name} failed ({error.code.name}): {error.message or 'no reason is named'}"
        return BadResponse(message) if retries else Refused(message)
    if is_disabled(error):
        return ConfigError(message)
    return error_class(message)


def is_missing(error: RpcError) -> bool:
    """Return True if the process does not have the method."""
    return error.code is StatusCode.UNIMPLEMENTED


def is_disabled(error: RpcError) -> bool:
    """Return True if the process has the method but was started without it."""
    return any(words in error.message for words in DISABLED)
