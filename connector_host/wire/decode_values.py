"""The small parts of messages as Python values."""

from __future__ import annotations

import enum
import math
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from ..model import ResourceId, ResourceStatus, Status
from .parsing import damaged

__all__ = ["member", "moment", "plain", "resource_id", "state"]

E = TypeVar("E", bound=enum.IntEnum)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXACT = 2**53


def plain(message: Any) -> dict[str, Any]:
    """A `google.protobuf.Struct` as a JSON object, keys sorted. Whole numbers that are exact become integers."""
    fields = message.fields
    return {key: _value(fields[key]) for key in sorted(fields)}


def _value(message: Any) -> Any:
    kind = message.WhichOneof("kind")
    if kind is None or kind == "null_value":
        return None
    value = getattr(message, kind)
    if kind == "number_value":
        return number(value)
    if kind == "struct_value":
        return plain(value)
    if kind == "list_value":
        return [_value(item) for item in value.values]
    return value


def number(value: float) -> int | float:
    """A double as people write it: 16, not 16.0. What an integer would lose (-0.0, inexact ones) stays a double."""
    if value.is_integer() and abs(value) <= EXACT and (value or math.copysign(1, value) > 0):
        return int(value)
    return value


def moment(message: Any, what: str) -> datetime | None:
    """The field `what` of a message as a time in UTC, cut to microseconds; None when it is absent."""
    if not message.HasField(what):
        return None
    stamp = getattr(message, what)
    try:
        return EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
    except OverflowError:
        raise damaged(f"{what} time", f"{stamp.seconds} seconds from 1970 is no date") from None


def member(kind: type[E], number: int) -> E:
    """The member of an enum; the unspecified one for a number of a later version."""
    try:
        return kind(number)
    except ValueError:
        return kind(0)


def resource_id(message: Any) -> ResourceId:
    """A `ResourceId` message."""
    return ResourceId(message.resource_type, message.resource)


def state(message: Any) -> Status:
    """A `Status` message, of a resource or a user trait (the numbers are the same)."""
    return Status(member(ResourceStatus, message.status), message.details)
