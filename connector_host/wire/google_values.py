"""Encoding of the Google messages inside ours: `Struct` (JSON objects) and `Timestamp`, in Go's deterministic form.

Numbers of a Struct are doubles: an integer that a double cannot hold exactly, NaN and the infinities are refused
(the Go tools could not print a file that holds one of the latter).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct as Layout
from typing import Any

from .wire_format import block, utf8, varint

__all__ = ["DEEPEST", "struct", "timestamp"]

DEEPEST = 24
"""Levels of lists and objects in a profile. Readers stop at 100 nested messages, and a level takes three of them."""
EXACT = 2**53
SHOWN_BITS = 128
"""Bits of the largest number that a message has in full."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
YEAR_1, YEAR_10000 = -62_135_596_800, 253_402_300_800
"""The times a Timestamp may hold, in seconds from 1970: from the first on, before the second."""
DOUBLE = Layout("<d")


def struct(value: Any, field: str, depth: int = 0) -> bytes:
    """Encode a `google.protobuf.Struct`: a JSON object, keys in the order of their UTF-8 bytes at every level."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{field}: a mapping is needed, not {type(value).__name__}")
    if depth >= DEEPEST:
        raise ValueError(f"{field}: lists and objects are nested more than {DEEPEST} levels deep")
    try:
        entries = sorted([(*_key(key), key) for key in value])
    except (TypeError, ValueError) as error:
        raise type(error)(f"{field}: key {error}") from None
    parts = []
    for _, name, key in entries:
        item = value[key]
        packed = _text(item) if type(item) is str else None
        entry = name + block(b"\x12", packed or _value(item, f"{field}.{key}", depth + 1))
        parts.append(block(b"\x0a", entry))
    return b"".join(parts)


@lru_cache(4096)
def _key(key: str) -> tuple[bytes, bytes]:
    """Return the bytes of a key, by which keys are sorted, and its field in the map's entry."""
    raw = utf8(key, repr(key))
    return raw, block(b"\x0a", raw)


def _text(item: str) -> bytes | None:
    """Encode a text as a value of a Struct; None for invalid Unicode, which `_value` then refuses by name."""
    try:
        return block(b"\x1a", item.encode())
    except UnicodeEncodeError:
        return None


def timestamp(value: Any, field: str) -> bytes:
    """Encode a `google.protobuf.Timestamp`, to the microsecond. A time without zone is a ValueError."""
    if not isinstance(value, datetime):
        raise TypeError(f"{field}: a datetime is needed, not {type(value).__name__}")
    if value.utcoffset() is None:
        raise ValueError(f"{field}: {value.isoformat()} has no time zone")
    since = value - EPOCH
    seconds = since.days * 86400 + since.seconds
    if not YEAR_1 <= seconds < YEAR_10000:
        raise ValueError(f"{field}: {value.isoformat()} is outside the years 1 to 9999 of UTC")
    nanos = since.microseconds * 1000
    # a negative number is written as its two's complement in 64 bits
    return (b"\x08" + varint(seconds & 0xFFFF_FFFF_FFFF_FFFF) if seconds else b"") + (
        b"\x10" + varint(nanos) if nanos else b""
    )


def _value(value: Any, field: str, depth: int) -> bytes:
    if isinstance(value, str):
        return block(b"\x1a", utf8(value, field))
    if value is None:
        return b"\x08\x00"
    if isinstance(value, bool):
        return b"\x20\x01" if value else b"\x20\x00"
    if isinstance(value, (int, float)):
        return b"\x11" + DOUBLE.pack(_double(value, field))
    if isinstance(value, Mapping):
        return block(b"\x2a", struct(value, field, depth))
    if isinstance(value, (list, tuple)):
        if depth >= DEEPEST:
            raise ValueError(f"{field}: lists and objects are nested more than {DEEPEST} levels deep")
        parts = (block(b"\x0a", _value(item, f"{field}[{n}]", depth + 1)) for n, item in enumerate(value))
        return block(b"\x32", b"".join(parts))
    raise TypeError(f"{field}: {type(value).__name__} is not a JSON value")


def _double(value: float, field: str) -> float:
    if isinstance(value, int):
        if abs(value) > EXACT:
            shown = f"{value} is" if value.bit_length() <= SHOWN_BITS else f"a number of {value.bit_length()} bits is"
            raise ValueError(f"{field}: {shown} too large for the numbers of a profile (at most 2**53); use a text")
    elif not math.isfinite(value):
        raise ValueError(f"{field}: {value} is not a JSON number")
    return float(value)
