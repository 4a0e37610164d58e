"""One JSON document in the shape that `baton ... -o json` has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from .document import Document
from .screen import Screen, write_pieces
from .terminal_text import json_printable

__all__ = ["for_screen", "write"]


def write(document: Document, out: BinaryIO, screen: Screen) -> None:
    """Write the document and a line end."""
    write_pieces(for_screen(document.document(), screen), out)
    out.write(b"\n")


def for_screen(pieces: Iterable[bytes], screen: Screen) -> Iterable[bytes]:
    """Return pieces of JSON; for a terminal with the same values, but without characters that it would obey."""
    return _printable(pieces) if screen.terminal else pieces


def _printable(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield json_printable(piece.decode(errors="surrogateescape")).encode(errors="surrogateescape")
