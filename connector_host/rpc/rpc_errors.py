"""The status codes of gRPC, and the error that a call ends with."""

from __future__ import annotations

import enum

__all__ = ["ConnectionLost", "RpcError", "StatusCode"]


class StatusCode(enum.IntEnum):
    """Code of a call that ended. Source: https://grpc.io/docs/guides/status-codes/."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class RpcError(Exception):
    """A call that ended with a status other than OK.

    `details` is the serialised `google.rpc.Status` of the trailer `grpc-status-details-bin`, or empty.
    """

    def __init__(self, code: StatusCode, message: str, details: bytes = b"") -> None:
        super().__init__(message)
        self.code, self.message, self.details = code, message, details

    def __str__(self) -> str:
        return f"{self.code.name}: {self.message}" if self.message else self.code.name


class ConnectionLost(Exception):
    """The connection broke, or the other side does not speak the protocol: the message says which."""
