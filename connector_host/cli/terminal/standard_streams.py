"""Standard streams and encodings as a launcher left them: closed, or without Unicode."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

__all__ = ["escape_unencodable", "open_closed_streams", "use_utf8"]


def open_closed_streams() -> None:
    """Open the null device for each standard stream that the launcher closed.

    Otherwise the next file that is opened would take its number, and messages would be written into that file.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            setattr(sys, name, open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False))  # noqa: SIM115 - by its number, for the whole run


def use_utf8() -> None:
    """Start Python anew in its UTF-8 mode where the locale is ASCII: names could be neither read nor written in it.

    Returns if that is not needed, or not possible.
    """
    if sys.getfilesystemencoding() not in {"ascii", "us-ascii"} or not sys.executable:
        return
    try:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 - the same program
    except OSError:
        return


def escape_unencodable(stream: TextIO) -> None:
    """Write characters that the encoding of a stream lacks as escapes: they must not end the run."""
    if hasattr(stream, "reconfigure") and stream.errors in {"strict", "surrogateescape"}:
        with suppress(OSError):  # a stream of somebody else's, in a process that is not the program
            stream.reconfigure(errors="backslashreplace")
