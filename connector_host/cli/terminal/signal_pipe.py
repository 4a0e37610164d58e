"""The pipe of signals: the system writes into it at once, also while no code of Python can run."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from ...operating_system import set_nonblocking

__all__ = ["SignalPipe", "open_signal_pipe"]


class SignalPipe(NamedTuple):
    """The pipe into which the system writes the number of each signal at once, and what is called after the first."""

    reading: int
    writing: int
    first_handled: Callable[[], None] = lambda: None


def open_signal_pipe() -> SignalPipe:
    """Open a pipe for signals; `stop_on_signals` closes it."""
    pipe = SignalPipe(*os.pipe())
    set_nonblocking(pipe.writing)
    return pipe
