r"""Comma-separated values: a header, then a line a row, UTF-8 without byte order mark, `\n` line ends.

A cell is quoted only where it must be, by the rules of Go's writer, so that the lines equal those of `baton`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from .answer import Answer, Row
from .formats import Screen, write_pieces

__all__ = ["lines", "write"]

# somewhere in the joined line: a quote, a line end, a cell that begins with a space, the cell `\.` of Postgres
SUSPECT = re.compile(r'["\r\n]|(?:^|,)(?:\s|\\\.)')
QUOTED = re.compile(r'[",\r\n]|\A\s|\A\\\.\Z')


def write(answer: Answer, out: BinaryIO, screen: Screen) -> None:  # noqa: ARG001 - the same for every screen
    """Write the flat table of an answer."""
    table = answer.spreadsheet()
    write_pieces(lines(table.columns, table.rows()), out)


def lines(columns: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """The lines of a table."""
    yield _line(columns)
    for row in rows:
        yield _line(row)


def _line(row: Row) -> bytes:
    plain = ",".join(row)
    if plain.count(",") != len(row) - 1 or SUSPECT.search(plain):
        plain = ",".join(map(_cell, row))
    return f"{plain}\n".encode(errors="backslashreplace")


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if QUOTED.search(text) else text
