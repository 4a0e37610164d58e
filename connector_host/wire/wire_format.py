"""The protobuf wire encoding, as far as it is written and split by hand.

A message is a row of fields, each a tag (field number and wire type), for texts and messages followed by a length.
Writing them by hand gives the byte order of Go's deterministic form everywhere, map keys included, and lets parts
that many messages share be written once.

Errors in values name the field: TypeError for a wrong Python type, ValueError for a value that cannot be written.
Source for the encoding: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["BLOCK", "LENGTHS", "WireError", "block", "items", "length", "scan", "text", "texts", "varint"]

VARINT, FIXED64, BLOCK, FIXED32 = 0, 1, 2, 5
"""The wire types in use; 3 and 4 are the groups that proto3 does not have."""


class WireError(ValueError):
    """Bytes that are not a protobuf message."""


# ----------------------------------------------------------------------------------------------- writing


def varint(number: int) -> bytes:
    """Encode a number of 0 to 2**64-1 in groups of seven bits, the lowest first."""
    if number < 0x80:
        return bytes((number,))
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


LENGTHS = tuple(varint(number) for number in range(2048))
"""The varints of the lengths that nearly all parts have."""


def length(number: int) -> bytes:
    """Return the varint of a length, from the table where it is there."""
    return LENGTHS[number] if number < 2048 else varint(number)


def block(tag: bytes, payload: bytes) -> bytes:
    """Encode a field that holds a message or bytes, written also when it is empty."""
    size = len(payload)
    return tag + (LENGTHS[size] if size < 2048 else varint(size)) + payload


def utf8(value: Any, field: str) -> bytes:
    """Return the bytes of a text."""
    if not isinstance(value, str):
        raise TypeError(f"{field}: a text (str) is needed, not {type(value).__name__}")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{field}: {value!r} is not valid Unicode text (it holds a lone surrogate)") from None


def text(tag: bytes, value: Any, field: str) -> bytes:
    """Encode a text field; nothing for the empty text, as proto3 writes it."""
    if value == "":
        return b""
    raw = utf8(value, field)
    return tag + length(len(raw)) + raw if raw else b""


def items(value: Any, field: str) -> tuple[Any, ...] | list[Any]:
    """Return the items of a repeated field; a text is not taken for a list of its letters."""
    if isinstance(value, (tuple, list)):
        return value
    raise TypeError(f"{field}: a tuple or list is needed, not {type(value).__name__}")


def texts(tag: bytes, values: Any, field: str) -> bytes:
    """Encode a repeated text field; empty items are written."""
    if values == ():
        return b""
    return b"".join(block(tag, utf8(value, f"{field}[{index}]")) for index, value in enumerate(items(values, field)))


# ----------------------------------------------------------------------------------------------- splitting


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the varint at a position, and where it ends."""
    if at + 1 < len(data) and data[at + 1] < 0x80 <= data[at]:  # two bytes, as most lengths over 127 have
        return data[at] & 0x7F | data[at + 1] << 7, at + 2
    number = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise WireError("a number runs past its end")
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7


def scan(data: bytes, at: int = 0) -> Iterator[tuple[int, int, int, int]]:
    """Yield the fields of a message in their order: (tag, start of the field, start of its value, end).

    `at` is where the first of them starts. The tag is `field number << 3 | wire type`. The value of a text or message
    is what follows its length.
    """
    end = len(data)
    while at < end:
        start = at
        tag = data[at]
        at += 1
        if tag >= 0x80:
            tag, at = read_varint(data, start)
        wire_type = tag & 7
        value = at
        if wire_type == BLOCK:
            if at >= end:
                raise WireError("a field runs past the end of the message")
            size = data[at]
            at += 1
            if size >= 0x80:
                size, at = read_varint(data, at - 1)
            value = at
            at += size
        elif wire_type == VARINT:
            _, at = read_varint(data, at)
        elif wire_type == FIXED64:
            at += 8
        elif wire_type == FIXED32:
            at += 4
        else:
            raise WireError(f"wire type {wire_type} is not in use")
        if at > end or tag < 8:
            raise WireError("a field runs past the end of the message" if at > end else "field number 0")
        yield tag, start, value, at
