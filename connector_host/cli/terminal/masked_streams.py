"""Standard output and error that mask secrets, for what is printed past the host: by a connector or a library."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, TextIO, cast

from ...secret import Redactor

__all__ = ["masked"]


class MaskedBytes:
    """The bytes below a `MaskedStream`."""

    def __init__(self, stream: BinaryIO, redactor: Redactor) -> None:
        self._stream = stream
        self._redactor = redactor

    def write(self, data: bytes) -> int:
        """Write `data` with every known secret masked."""
        text = bytes(data).decode("utf-8", "surrogateescape")
        self._stream.write(self._redactor(text).encode("utf-8", "surrogateescape"))
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class MaskedStream:
    """A text stream that masks what is written; everything else is the stream's own."""

    def __init__(self, stream: TextIO, redactor: Redactor) -> None:
        self._stream = stream
        self._redactor = redactor

    def write(self, text: str) -> int:
        """Write `text` with every known secret masked."""
        self._stream.write(self._redactor(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of `lines`."""
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> BinaryIO:
        """The stream of bytes below."""
        return cast("BinaryIO", MaskedBytes(self._stream.buffer, self._redactor))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def masked(redactor: Redactor) -> Iterator[None]:
    """Put masking streams in the place of standard output and error."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", MaskedStream(stream, redactor)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
