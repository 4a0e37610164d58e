"""Tables, trees and lines for people: drawn by rich on a terminal, plain text where a program or a pager reads.

Nothing is cut off: in plain text a line is as long as it is, on a terminal a cell takes more lines. The width of the
columns is that of the first rows, so that output begins at once and memory does not grow with the result; a later cell
that is wider moves the cells after it to the right.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from .document import Document, DocumentPart, TablePart, TextPart, TreePart
from .screen import Screen, write_pieces
from .table_layout import sample, tree_lines, widths
from .terminal_text import pad, printable

__all__ = ["plain_lines", "write"]

GAP = "  "


def write(document: Document, out: BinaryIO, screen: Screen) -> None:
    """Write every part of a document."""
    if screen.terminal:
        from .terminal_drawing import terminal_pieces  # noqa: PLC0415 - rich is loaded for terminals only

        write_pieces(terminal_pieces(document.parts(), screen), out)
    else:
        write_pieces((f"{line}\n".encode(errors="backslashreplace") for line in plain_lines(document.parts())), out)


def plain_lines(parts: Iterable[DocumentPart]) -> Iterator[str]:
    """Yield the lines of a document, an empty one between its parts."""
    for number, part in enumerate(parts):
        if number:
            yield ""
        match part:
            case TextPart():
                yield from map(printable, part.lines)
            case TreePart():
                yield from tree_lines(part)
            case TablePart():
                yield from _table(part)


def _table(table: TablePart) -> Iterator[str]:
    if table.title:
        yield printable(table.title)
    sampled = sample(table)
    headings = [printable(column.upper()) for column in table.columns]
    columns = widths(headings, sampled.first_rows)
    right = [column in table.numbers for column in table.columns]
    for row in itertools.chain([headings], sampled.rows()):
        yield GAP.join(map(_cell, row, columns, right)).rstrip()


def _cell(text: str, columns: int, right: bool) -> str:
    if text.isascii():
        return text.rjust(columns) if right else text.ljust(columns)
    return pad(text, columns, right=right)
