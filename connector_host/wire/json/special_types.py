"""The Google messages that JSON has its own forms for: structs, times, durations, wrappers."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from json.encoder import encode_basestring as quote
from typing import Any

from ..damage import damaged

__all__ = ["SPECIAL", "real"]

EPOCH = datetime(1970, 1, 1)
LONGEST_DURATION = 315_576_000_000
"""Seconds in the 10,000 years that a Duration may have."""


def struct(message: Any) -> str:
    """Write a JSON object, keys sorted."""
    fields = message.fields
    return "{" + ",".join([f"{quote(key)}:{value(fields[key])}" for key in sorted(fields)]) + "}"


def listing(message: Any) -> str:
    """Write a JSON array."""
    return "[" + ",".join([value(item) for item in message.values]) + "]"


def value(message: Any) -> str:
    """Write any JSON value; null for one of no kind."""
    field_name = message.WhichOneof("kind")
    if field_name == "string_value":
        return quote(message.string_value)
    if field_name == "number_value":
        return real(message.number_value)
    if field_name == "bool_value":
        return "true" if message.bool_value else "false"
    if field_name == "struct_value":
        return struct(message.struct_value)
    if field_name == "list_value":
        return listing(message.list_value)
    return "null"


def real(number: float) -> str:
    """Write a double: whole numbers without a point as far as Go does so."""
    if number.is_integer() and abs(number) < 1e21:
        return str(int(number))
    if math.isfinite(number):
        return repr(number)
    return '"NaN"' if math.isnan(number) else '"Infinity"' if number > 0 else '"-Infinity"'


def timestamp(message: Any) -> str:
    """Write a time as RFC 3339 in UTC."""
    try:
        text = (EPOCH + timedelta(seconds=message.seconds)).isoformat()
    except OverflowError:
        raise damaged("time", f"{message.seconds} seconds from 1970 is no date") from None
    if not 0 <= message.nanos < 1_000_000_000:
        raise damaged("time", f"{message.nanos} nanoseconds")
    return f'"{text}{_fraction(message.nanos)}Z"'


def duration(message: Any) -> str:
    """Write a number of seconds with its unit."""
    seconds, nanos = message.seconds, message.nanos
    if abs(seconds) > LONGEST_DURATION or abs(nanos) >= 1_000_000_000 or seconds * nanos < 0:
        raise damaged("duration", f"{seconds} seconds and {nanos} nanoseconds")
    sign = "-" if seconds < 0 or nanos < 0 else ""
    return f'"{sign}{abs(seconds)}{_fraction(abs(nanos))}s"'


def _fraction(nanos: int) -> str:
    """Return nothing, or a point and 3, 6 or 9 digits."""
    if not nanos:
        return ""
    digits = f"{nanos:09d}"
    if digits.endswith("000000"):
        return "." + digits[:3]
    return "." + (digits[:6] if digits.endswith("000") else digits)


def _boxed(write: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda message: write(message.value)


SPECIAL: dict[str, Callable[[Any], str]] = {
    f"google.protobuf.{name}": write
    for name, write in {
        "Struct": struct,
        "Value": value,
        "ListValue": listing,
        "Timestamp": timestamp,
        "Duration": duration,
        "Empty": lambda _message: "{}",
        "StringValue": _boxed(quote),
        "BytesValue": _boxed(lambda raw: f'"{base64.b64encode(raw).decode()}"'),
        "BoolValue": _boxed(lambda flag: "true" if flag else "false"),
        "DoubleValue": _boxed(real),
        "FloatValue": _boxed(real),
        "Int32Value": _boxed(str),
        "UInt32Value": _boxed(str),
        "Int64Value": _boxed(lambda number: f'"{number}"'),
        "UInt64Value": _boxed(lambda number: f'"{number}"'),
    }.items()
}
"""Writers by full name of the message."""
