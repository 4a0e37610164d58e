"""Standard output: a stream of bytes that takes all of what it is given, and what is at its other end."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterable
from typing import Any, BinaryIO, cast

from msgspec import Struct

__all__ = ["Screen", "complete_stream", "standard_output", "write_pieces"]

LARGE_PIECE = 1 << 16  # bytes that are not copied into a batch
FIRST_BATCH, LARGEST_BATCH = 1 << 12, 1 << 18  # bytes


class Screen(Struct, frozen=True):
    """The reader of the output. `terminal`: a person's; `width` counts only then; `colour`: it takes colours."""

    terminal: bool = False
    width: int = 80
    colour: bool = False

    @classmethod
    def of(cls, stream: object) -> Screen:
        """Describe the screen behind a stream. `NO_COLOR` and `TERM=dumb` are honoured."""
        isatty = getattr(stream, "isatty", None)
        if isatty is None or not isatty():
            return cls()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        return cls(terminal=True, width=shutil.get_terminal_size().columns, colour=not plain)


def write_pieces(pieces: Iterable[bytes], out: BinaryIO) -> None:
    """Write many small pieces in few calls: the first soon, the later ones in larger batches."""
    batch: list[bytes] = []
    size, limit = 0, FIRST_BATCH
    for piece in pieces:
        batch.append(piece)
        size += len(piece)
        if size >= limit:
            if len(piece) >= LARGE_PIECE:
                batch.pop()
                out.write(b"".join(batch))
                out.write(piece)
            else:
                out.write(b"".join(batch))
            out.flush()
            batch.clear()
            size, limit = 0, min(limit * 4, LARGEST_BATCH)
    out.write(b"".join(batch))


class CompleteStream:
    """A binary stream whose writes are complete: an unbuffered one may take less than it is given."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def write(self, data: bytes) -> int:
        """Write all of `data`."""
        unwritten = memoryview(data)
        while unwritten:
            unwritten = unwritten[self._raw.write(unwritten) or 0 :]
        return len(data)

    def flush(self) -> None:
        """Do nothing: no byte is held back."""


def complete_stream(stream: Any) -> BinaryIO:
    """Return the stream, or one around it that writes all of what it is given."""
    return cast("BinaryIO", CompleteStream(stream)) if isinstance(stream, io.RawIOBase) else cast("BinaryIO", stream)


def standard_output() -> tuple[BinaryIO, Screen]:
    """Return standard output for bytes, and the screen behind it."""
    sys.stdout.flush()
    return complete_stream(sys.stdout.buffer), Screen.of(sys.stdout)
