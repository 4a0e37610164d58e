"""One JSON text a line, a line for each record."""

from __future__ import annotations

from typing import BinaryIO

from .document import Document
from .screen import Screen, write_pieces

__all__ = ["write"]


def write(answer: Document, out: BinaryIO, screen: Screen) -> None:  # noqa: ARG001 - the same for every screen
    """Write the records."""
    write_pieces((record + b"\n" for record in answer.records()), out)
