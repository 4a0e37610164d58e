"""The fields of a message by their tags, for small messages of which most parts are wanted."""

from __future__ import annotations

from .parsing import damaged
from .wire_format import WireError, scan

__all__ = ["Parts", "inner", "last", "parts", "string"]

Parts = dict[int, list[bytes]]
"""Tag (`field number << 3 | wire type`) -> the contents of its fields, in the order they stand."""


def parts(data: bytes, what: str) -> Parts:
    """The fields of a message; FileError when the bytes are none, which names `what` was read."""
    found: Parts = {}
    try:
        for tag, _, start, end in scan(data):
            found.setdefault(tag, []).append(data[start:end])
    except (WireError, TypeError) as error:
        raise damaged(what, error) from None
    return found


def inner(found: Parts, tag: int, what: str) -> Parts:
    """The fields of a message inside; one that is written in parts is merged, as the encoding has it."""
    return parts(b"".join(found.get(tag, ())), what)


def last(found: Parts, tag: int) -> bytes:
    """The content of a field that is there once: the last one counts, empty when there is none."""
    values = found.get(tag)
    return values[-1] if values else b""


def string(raw: bytes, what: str) -> str:
    """A text. FileError when it is not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise damaged(what, "a text is not UTF-8") from None
