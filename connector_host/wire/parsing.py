"""Parsing of bytes into generated messages, with errors that people can act on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from google.protobuf.message import DecodeError, Message

from .damage import damaged

__all__ = ["Memo", "parse"]

M = TypeVar("M", bound=Message)
R = TypeVar("R")


def parse(message_class: type[M], data: Any, subject: str) -> M:
    """Parse `data` into a message; FileError when it is not one. Unknown fields are passed over."""
    if not isinstance(data, bytes):
        raise damaged(subject, f"it is {type(data).__name__}, not bytes")
    try:
        message: M = message_class.FromString(data)
    except (DecodeError, ValueError, RecursionError) as error:  # the last two from the runtime without C code
        raise damaged(subject, error) from None
    return message


class Memo(Generic[R]):
    """Cache of the results for parts that many rows share; emptied when it holds too many bytes.

    `get` is the quick way in: a plain lookup, None for a part that is not there yet.
    """

    def __init__(self, make: Callable[[bytes], R], most: int = 16 << 20) -> None:
        self._make = make
        self._most = most
        self._held = 0
        self._made: dict[bytes, R] = {}
        self.get = self._made.get

    def __call__(self, part: bytes) -> R:
        """Return the result for the part, computed on first use."""
        result = self._made.get(part)
        if result is None:
            result = self._make(part)
            self._held += 2 * len(part) + 200  # the part, what is made of it, and the table
            if self._held > self._most:
                self._made.clear()
                self._held = 2 * len(part) + 200
            if self._held <= self._most:
                self._made[part] = result
        return result
