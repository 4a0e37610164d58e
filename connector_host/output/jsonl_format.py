"""One JSON text a line, a line for each record."""

from __future__ import annotations

from typing import BinaryIO

from .document import Document
from .json_format import for_screen
from .screen import Screen, write_pieces

__all__ = ["write"]


def write(document: Document, out: BinaryIO, screen: Screen) -> None:
    """Write the records."""
    write_pieces((record + b"\n" for record in for_screen(document.records(), screen)), out)
