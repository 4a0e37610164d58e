"""Temporary storage of texts: in memory while they are few, in a temporary file when they are many."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Self

__all__ = ["Spool"]

IN_MEMORY = 4 << 20  # bytes
LENGTH = 8  # bytes of the number before each text


class Spool:
    """List of byte strings that may be larger than memory: it is filled, then read from its start; `with` closes it."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def add(self, text: bytes) -> None:
        """Append a text."""
        self._file.write(len(text).to_bytes(LENGTH, "big"))
        self._file.write(text)

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        while head := self._file.read(LENGTH):
            yield self._file.read(int.from_bytes(head, "big"))
