"""Standard output and error that mask secrets, for what a connector or a library prints past the host."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, TextIO, cast

from ...secret import MASK, Redactor

__all__ = ["MaskedStream", "Masking", "masked"]

SHOWN_ON_FLUSH = 4  # letters: so few may be shown before it is known whether they begin a secret


class Masking:
    """The text between a writer and a stream: masked, the end withheld while it may be the beginning of a secret."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._withheld = ""
        self._shown = ""  # the last letters shown that may begin a secret
        self.lock = threading.RLock()

    def feed(self, text: str) -> str:
        """Return what may be shown of all that was written so far."""
        text = self._withheld + text
        shown = self._redactor.whole_values(self._shown + text)
        # where a secret began in what is shown already, only its end can be masked
        shown = shown[len(self._shown) :] if shown.startswith(self._shown) else shown[shown.index(MASK) :]
        self._shown = ""
        end = self._redactor.unfinished(shown)
        self._withheld = shown[len(shown) - end :]
        return shown[: len(shown) - end]

    def flush(self, *, everything: bool = False) -> str:
        """Return what is withheld if it is short, or if `everything` is wanted because the stream ends."""
        if not self._withheld or not (everything or len(self._withheld) < SHOWN_ON_FLUSH):
            return ""
        text, self._withheld = self._withheld, ""
        self._shown = "" if everything else text
        return self._redactor(text) if everything else text


class MaskedBytes:
    """The bytes below a `MaskedStream`."""

    def __init__(self, stream: BinaryIO, masking: Masking) -> None:
        self._stream = stream
        self._masking = masking

    def write(self, data: bytes) -> int:
        """Write `data` with every known secret masked."""
        with self._masking.lock:
            text = self._masking.feed(bytes(data).decode("utf-8", "surrogateescape"))
            self._stream.write(text.encode("utf-8", "surrogateescape"))
        return len(data)

    def flush(self) -> None:
        """Write what is withheld if it is too short to be a secret, and flush the stream."""
        with self._masking.lock:
            self._stream.write(self._masking.flush().encode("utf-8", "surrogateescape"))
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class MaskedStream:
    """A text stream that masks what is written, also where one secret comes in several pieces.

    `may_fail`: text that cannot be written is dropped, as for a log on a full disk, which must not end the run.
    """

    def __init__(self, stream: TextIO, redactor: Redactor, *, may_fail: bool = False) -> None:
        self._stream = stream
        self._masking = Masking(redactor)
        self._dropped: tuple[type[Exception], ...] = (OSError, ValueError) if may_fail else ()

    def write(self, text: str) -> int:
        """Write `text` with every known secret masked."""
        with self._masking.lock, suppress(*self._dropped):
            self._stream.write(self._masking.feed(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of `lines`."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what is withheld if it is too short to be a secret, and flush the stream."""
        with self._masking.lock, suppress(*self._dropped):
            self._stream.write(self._masking.flush())
            self._stream.flush()

    def finish(self) -> None:
        """Write everything that is withheld: nothing more will come."""
        with self._masking.lock, suppress(*self._dropped):
            self._stream.write(self._masking.flush(everything=True))

    @property
    def buffer(self) -> BinaryIO:
        """The stream of bytes below."""
        return cast("BinaryIO", MaskedBytes(self._stream.buffer, self._masking))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def masked(redactor: Redactor) -> Iterator[None]:
    """Replace standard output and error by masking streams while the block runs."""
    before = sys.stdout, sys.stderr
    streams = tuple(MaskedStream(stream, redactor, may_fail=stream is sys.stderr) for stream in before)
    sys.stdout, sys.stderr = (cast("TextIO", stream) for stream in streams)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream in streams:
            stream.finish()
