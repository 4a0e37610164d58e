"""The details of a call that failed: the serialised `google.rpc.Status` of its trailer."""

from __future__ import annotations

from google.protobuf import any_pb2
from google.protobuf.message import DecodeError

from ...model import RateLimitStatus
from ..pb.c1.connector.v2 import annotations_pb2
from ..pb.c1.host.v1 import parts_pb2
from .remote_pages import rate_limit

__all__ = ["rate_limit_of", "status_details", "status_with_rate_limit"]


def rate_limit_of(details: bytes) -> RateLimitStatus | None:
    """Return the rate limit among the details; None if there is none."""
    try:
        return rate_limit(status_details(details))
    except (DecodeError, ValueError):
        return None


def status_details(details: bytes) -> list[any_pb2.Any]:
    """Return the single details in those of a call; nothing if they cannot be read."""
    try:
        return list(parts_pb2.CallStatus.FromString(details).details)
    except (DecodeError, ValueError):
        return []


def status_with_rate_limit(code: int, message: str, retry_at: float) -> bytes:
    """Return the details of a call that failed because of a rate limit that ends at this time, in seconds from 1970."""
    status = parts_pb2.CallStatus(code=code, message=message)
    limit = annotations_pb2.RateLimitDescription(status=annotations_pb2.RateLimitDescription.STATUS_OVERLIMIT)
    limit.reset_at.FromNanoseconds(int(retry_at * 1e9))
    status.details.add().Pack(limit)
    serialised: bytes = status.SerializeToString()
    return serialised
