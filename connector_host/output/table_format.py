"""Tables, trees and lines for people: drawn by rich on a terminal, plain text where a program or a pager reads.

Nothing is cut off: in plain text a line is as long as it is, on a terminal a cell takes more lines. The width of the
columns is that of the first rows, so that output begins at once and memory does not grow with the answer; a later cell
that is wider moves the rest of its line.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from .document import Document, DocumentPart, Row, TablePart, TextPart, TreePart
from .screen import Screen, write_pieces
from .terminal_text import pad, printable, width

__all__ = ["plain_lines", "write"]

SAMPLE = 1000  # rows that decide the widths
GAP = "  "


def write(answer: Document, out: BinaryIO, screen: Screen) -> None:
    """Write every part of an answer."""
    if screen.terminal:
        from .terminal_drawing import terminal_pieces  # noqa: PLC0415 - rich is loaded for terminals only

        write_pieces(terminal_pieces(answer.parts(), screen), out)
    else:
        write_pieces((f"{line}\n".encode(errors="backslashreplace") for line in plain_lines(answer.parts())), out)


def plain_lines(parts: Iterable[DocumentPart]) -> Iterator[str]:
    """The lines of an answer, an empty one between its parts."""
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


def sampled(table: TablePart) -> tuple[list[list[str]], Iterator[list[str]]]:
    """The first rows of a table, and the rest, with every cell fit to be shown."""
    rows = ([printable(cell) for cell in row] for row in table.rows())
    return list(itertools.islice(rows, SAMPLE)), rows


def widths(columns: Sequence[str], rows: Iterable[Row]) -> list[int]:
    """The widest cell of each column."""
    return [max(map(width, cells)) for cells in zip(columns, *rows, strict=True)]


def tree_lines(tree: TreePart, lead: str = "", follow: str = "") -> Iterator[str]:
    """A tree with its branches drawn."""
    yield lead + printable(tree.label)
    for number, branch in enumerate(tree.branches, 1):
        last = number == len(tree.branches)
        yield from tree_lines(branch, follow + ("└── " if last else "├── "), follow + ("    " if last else "│   "))


def _table(table: TablePart) -> Iterator[str]:
    if table.title:
        yield printable(table.title)
    first, rest = sampled(table)
    heads = [column.upper() for column in table.columns]
    columns = widths(heads, first)
    right = [column in table.numbers for column in table.columns]
    for row in itertools.chain([heads], first, rest):
        yield GAP.join(map(_cell, row, columns, right)).rstrip()


def _cell(text: str, columns: int, right: bool) -> str:
    if text.isascii():
        return text.rjust(columns) if right else text.ljust(columns)
    return pad(text, columns, right=right)
