"""Standard output and error that mask secrets, for what is printed past the host: by a connector or a library."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from ..secret import Redactor

__all__ = ["masked"]


class MaskedStream:
    """A text stream that masks what goes through `write`; everything else is the stream's own."""

    def __init__(self, stream: TextIO, redactor: Redactor) -> None:
        self._stream = stream
        self._redactor = redactor

    def write(self, text: str) -> int:
        """Write `text` with every known secret masked."""
        self._stream.write(self._redactor(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write each of `lines`."""
        for line in lines:
            self.write(line)

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
        sys.stdout.flush()
        sys.stdout, sys.stderr = before
