"""Standard output for results only: a connector, its threads and children and its C libraries write to stderr."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

from ...plugins.output_redirect import output_to_stderr

__all__ = ["keep_results_apart", "results_apart"]


@contextmanager
def results_apart() -> Iterator[None]:
    """Send what is written to standard output during the block to standard error, and of other threads also later."""
    sys.stdout = cast("TextIO", MainThreadStream(sys.stdout))  # before the block: a thread may print as it ends
    with output_to_stderr():
        yield


def keep_results_apart() -> None:
    """Send everything that is written to standard output from now on to standard error: the results are out.

    For the end of the program: exit functions and threads of a connector still run.
    """
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        os.dup2(2, 1)


class MainThreadStream:
    """Standard output of the thread that shows results; threads of a connector that live on write to standard error."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._owner = stream, threading.get_ident()

    def write(self, text: str) -> int:
        """Write `text`, where it belongs."""
        return (self._stream if threading.get_ident() == self._owner else sys.stderr).write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of `lines`."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
