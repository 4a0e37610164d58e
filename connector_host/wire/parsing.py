"""Parsing bytes into generated messages, with errors that people can act on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from google.protobuf.message import DecodeError, Message

from ..errors import FileError

__all__ = ["Memo", "damaged", "parse"]

M = TypeVar("M", bound=Message)
R = TypeVar("R")


def parse(kind: type[M], data: Any, what: str) -> M:
    """`data` as a message; FileError when it is not one. Unknown fields are passed over."""
    if not isinstance(data, bytes):
        raise damaged(what, f"it is {type(data).__name__}, not bytes")
    try:
        message: M = kind.FromString(data)
    except (DecodeError, ValueError, RecursionError) as error:  # the last two from the runtime without C code
        raise damaged(what, error) from None
    return message


def damaged(what: str, problem: object) -> FileError:
    """The error for stored bytes that cannot be understood."""
    return FileError(
        f"a stored {what} is not a valid message ({problem})",
        hint="The file is damaged or was not written by a Baton tool; make it again.",
    )


class Memo(Generic[R]):
    """Remembers what was made from parts that many rows share; forgets everything when it holds too many bytes.

    `get` is the quick way in: a plain lookup, None for a part that is not there yet.
    """

    def __init__(self, make: Callable[[bytes], R], most: int = 16 << 20) -> None:
        self._make = make
        self._most = most
        self._held = 0
        self._made: dict[bytes, R] = {}
        self.get = self._made.get

    def __call__(self, part: bytes) -> R:
        """What belongs to the part, made now if need be."""
        found = self._made.get(part)
        if found is None:
            found = self._make(part)
            self._held += 2 * len(part) + 200  # the part, what is made of it, and the table
            if self._held > self._most:
                self._made.clear()
                self._held = 2 * len(part) + 200
            if self._held <= self._most:
                self._made[part] = found
        return found
