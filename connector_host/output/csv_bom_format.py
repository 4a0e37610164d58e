"""The format `csv-bom`: comma-separated values with the byte order mark by which Excel knows UTF-8."""

from __future__ import annotations

from typing import BinaryIO

from . import csv_format
from .document import Document
from .screen import Screen

__all__ = ["write"]


def write(document: Document, out: BinaryIO, screen: Screen) -> None:
    """Write the mark, then the flat table of a document."""
    out.write(csv_format.BYTE_ORDER_MARK)
    csv_format.write(document, out, screen)
