"""Texts put aside: in memory while they are few, in a temporary file when they are many."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

__all__ = ["Spool"]

IN_MEMORY = 4 << 20  # bytes
LENGTH = 8  # bytes of the number before each text


class Spool:
    """A list of byte strings that may be longer than memory: filled, then read once from the start."""

    def __init__(self) -> None:
        # closed, and its file gone, when it is read to the end or dropped
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - outlives this call

    def add(self, text: bytes) -> None:
        """Put one at the end."""
        self._file.write(len(text).to_bytes(LENGTH, "big"))
        self._file.write(text)

    def __iter__(self) -> Iterator[bytes]:
        with self._file as file:
            file.seek(0)
            while head := file.read(LENGTH):
                yield file.read(int.from_bytes(head, "big"))
