"""Checks and encodings of single field values, shared by the encoders of messages."""

from __future__ import annotations

import enum
from typing import Any

from .google_values import timestamp
from .wire_format import block, length

__all__ = ["checked_flag", "enum_field", "enum_number", "require_type", "switch_field", "time_field"]


def require_type(value: object, expected: type | tuple[type, ...], field: str) -> None:
    """Raise TypeError, naming the field, if a value is not of the expected type."""
    if not isinstance(value, expected):
        class_names = " or ".join(
            expected_class.__name__ for expected_class in (expected if isinstance(expected, tuple) else (expected,))
        )
        raise TypeError(f"{field}: {class_names} is needed, not {type(value).__name__}")


def checked_flag(value: object, field: str) -> bool:
    """Return a boolean; TypeError for anything else."""
    if value is False:
        return False
    require_type(value, bool, field)
    return True


def enum_number(value: Any, enum_class: type[enum.IntEnum], field: str) -> bytes:
    """Encode the number of an enum member."""
    require_type(value, enum_class, field)
    return length(int(value))


def enum_field(tag: bytes, value: Any, enum_class: type[enum.IntEnum], field: str) -> bytes:
    """Encode a field of an enum; nothing for its default, zero."""
    number = enum_number(value, enum_class, field)
    return tag + number if value else b""


def switch_field(tag: bytes, value: object, field: str) -> bytes:
    """Encode a message of one boolean that is absent for None."""
    if value is None:
        return b""
    return tag + (b"\x02\x08\x01" if checked_flag(value, field) else b"\x00")


def time_field(tag: bytes, value: Any, field: str) -> bytes:
    """Encode a field of a time; nothing for None."""
    return b"" if value is None else block(tag, timestamp(value, field))
