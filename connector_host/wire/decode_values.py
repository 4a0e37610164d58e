"""Decoding of the small parts of messages into Python values."""

from __future__ import annotations

import enum
import math
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from ..model import ResourceId, ResourceStatus, Status
from .damage import damaged

__all__ = ["member", "moment", "plain", "resource_id", "state"]

E = TypeVar("E", bound=enum.IntEnum)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXACT = 2**53
MEMBERS: dict[type[enum.IntEnum], dict[int, Any]] = {}
PLAIN_STATES = {status: Status(status) for status in ResourceStatus}


def plain(message: Any) -> dict[str, Any]:
    """Return a `google.protobuf.Struct` as a JSON object, keys sorted. Whole numbers that are exact become integers."""
    fields = message.fields
    return {key: _value(fields[key]) for key in sorted(fields)}


def _value(message: Any) -> Any:
    field_name = message.WhichOneof("kind")
    if field_name is None or field_name == "null_value":
        return None
    value = getattr(message, field_name)
    if field_name == "number_value":
        return number(value)
    if field_name == "struct_value":
        return plain(value)
    if field_name == "list_value":
        return [_value(item) for item in value.values]
    return value


def number(value: float) -> int | float:
    """Return a double as people write it: 16, not 16.0. One that no integer can hold (-0.0, inexact) stays a double."""
    if value.is_integer() and abs(value) <= EXACT and (value or math.copysign(1, value) > 0):
        return int(value)
    return value


def moment(message: Any, field: str) -> datetime | None:
    """Return the field `field` of a message as a time in UTC, cut to microseconds; None when it is absent."""
    if not message.HasField(field):
        return None
    stamp = getattr(message, field)
    try:
        return EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
    except OverflowError:
        raise damaged(f"{field} time", f"{stamp.seconds} seconds from 1970 is no date") from None


def member(enum_class: type[E], number: int) -> E:
    """Return the member of an enum; the unspecified one for a number of a later version."""
    numbered = MEMBERS.get(enum_class)
    if numbered is None:
        numbered = MEMBERS[enum_class] = {int(item): item for item in enum_class}
    item: E = numbered.get(number) or numbered[0]  # quicker than a call of the class by half a microsecond
    return item


def resource_id(message: Any) -> ResourceId:
    """Return a `ResourceId` message."""
    return ResourceId(message.resource_type, message.resource)


def state(message: Any) -> Status:
    """Return a `Status` message, of a resource or a user trait (the numbers are the same)."""
    status, details = member(ResourceStatus, message.status), message.details
    return Status(status, details) if details else PLAIN_STATES[status]
