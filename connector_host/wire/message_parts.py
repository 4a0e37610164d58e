"""Access to the fields of a message by their tags, for small messages of which most parts are needed."""

from __future__ import annotations

from .damage import damaged
from .wire_format import BLOCK, WireError, read_varint, scan

__all__ = ["Parts", "inner", "last", "parts", "string"]

Parts = dict[int, list[bytes]]
"""Tag (`field number << 3 | wire type`) -> the contents of its fields, in the order they stand."""


def parts(data: bytes, subject: str) -> Parts:
    """Return the fields of a message. FileError, which names `subject`, when the bytes are no message."""
    fields: Parts = {}
    at = 0
    try:
        end = len(data)
        while at < end:
            tag = data[at]
            if tag & 0x87 == BLOCK and tag > BLOCK:  # a text or message of a field below 16, as nearly all are
                size, start = data[at + 1], at + 2
                if size >= 0x80:
                    size, start = read_varint(data, at + 1)
                at = start + size
            else:
                tag, _, start, at = next(scan(data, at))
            if tag in fields:
                fields[tag].append(data[start:at])
            else:
                fields[tag] = [data[start:at]]
    except (WireError, IndexError, TypeError) as error:
        raise damaged(subject, error) from None
    if at > end:
        raise damaged(subject, "a field runs past the end of the message")
    return fields


def inner(fields: Parts, tag: int, subject: str) -> Parts:
    """Return the fields of a message inside; one that is written in parts is merged, as the encoding has it."""
    return parts(b"".join(fields.get(tag, ())), subject)


def last(fields: Parts, tag: int) -> bytes:
    """Return the content of a field that occurs once: the last one counts, empty when there is none."""
    values = fields.get(tag)
    return values[-1] if values else b""


def string(raw: bytes, subject: str) -> str:
    """Decode a text. FileError when it is not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise damaged(subject, "a text is not UTF-8") from None
