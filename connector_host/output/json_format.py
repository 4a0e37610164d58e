"""One JSON document in the shape that `baton ... -o json` has."""

from __future__ import annotations

from typing import BinaryIO

from .document import Document
from .screen import Screen, write_pieces

__all__ = ["write"]


def write(answer: Document, out: BinaryIO, screen: Screen) -> None:  # noqa: ARG001 - the same for every screen
    """Write the document and a line end."""
    write_pieces(answer.document(), out)
    out.write(b"\n")
