r"""Comma-separated values: a header, then a line a row, UTF-8 without byte order mark, `\n` line ends.

A cell is quoted only where it must be, by the rules of Go's writer, so that the lines equal those of `baton`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from .document import Document, Row
from .screen import Screen, write_pieces

__all__ = ["lines", "write"]

# what has a cell quoted: the separator, a quote, a line end, a space at its beginning, the cell `\.` of Postgres
QUOTED = re.compile(r'[",\r\n]|\A\s|\A\\\.\Z')


def write(answer: Document, out: BinaryIO, screen: Screen) -> None:  # noqa: ARG001 - the same for every screen
    """Write the flat table of an answer."""
    table = answer.spreadsheet()
    write_pieces(lines(table.columns, table.rows()), out)


def lines(columns: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """The lines of a table."""
    yield _line(columns)
    for row in rows:
        yield _line(row)


def _line(row: Row) -> bytes:
    line = ",".join(row)
    plain = line.isprintable() and '"' not in line and ", " not in line and "\\" not in line and line[:1] != " "
    if not plain or line.count(",") != len(row) - 1:
        line = ",".join(map(_cell, row))
    return f"{line}\n".encode(errors="backslashreplace")


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if QUOTED.search(text) else text
