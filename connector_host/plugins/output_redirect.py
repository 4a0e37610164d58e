"""Standard output is for results: what plugins, their children and their C libraries write there goes to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress

__all__ = ["output_to_stderr"]


@contextmanager
def output_to_stderr() -> Iterator[None]:
    """Send what is written to standard output during the block, by Python and by the process, to standard error."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    saved = -1
    with suppress(OSError):
        saved = os.dup(1)
        os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        if saved >= 0:
            os.dup2(saved, 1)
            os.close(saved)
