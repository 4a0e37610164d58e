"""Masking below Python: what children, C libraries and `os.write` put on standard output and error during a run."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO, cast

from ...secret import Redactor
from .masked_streams import MaskedStream, Masking

__all__ = ["masked_descriptors"]

CHUNK = 1 << 16
LAST_WORDS = 1.0  # seconds to wait, at the end, for what is still on its way


@contextmanager
def masked_descriptors(redactor: Redactor) -> Iterator[None]:
    """Pass everything that is written to descriptor 2 during the block through the mask.

    Python's own standard error goes past the pipe, to the descriptor from before: no message of the host is lost when
    the process ends at once. On a terminal nothing changes: programs ask people there, who know their secrets.
    """
    if sys.stderr.isatty():
        yield
        return
    before, outside = sys.stderr, os.dup(2)
    own = os.fdopen(os.dup(outside), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    reading, writing = os.pipe()
    before.flush()
    os.dup2(writing, 2)
    os.close(writing)
    stream = MaskedStream(cast("TextIO", own), redactor, may_fail=True)
    sys.stderr = cast("TextIO", stream)
    thread = threading.Thread(target=_copy, args=(reading, outside, redactor), name="masked-output", daemon=True)
    thread.start()
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            before.flush()
            stream.finish()
            own.flush()
        sys.stderr = before
        os.dup2(outside, 2)  # closes the end of the pipe that is ours; children may still hold it
        thread.join(LAST_WORDS)
        with suppress(OSError):
            own.close()


def _copy(reading: int, outside: int, redactor: Redactor) -> None:
    """Copy what arrives, masked, until the last writer has closed its end; read on if nobody takes it."""
    masking = Masking(redactor)
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        while data := pipe.read(CHUNK):
            _write(outside, masking.feed(data.decode("utf-8", "surrogateescape")))
            _write(outside, masking.flush())
    _write(outside, masking.flush(everything=True))
    os.close(outside)


def _write(descriptor: int, text: str) -> None:
    data = memoryview(text.encode("utf-8", "surrogateescape"))
    with suppress(OSError):
        while data:
            data = data[os.write(descriptor, data) :]
