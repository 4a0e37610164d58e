r"""Comma-separated values: a header, then a line a row, UTF-8, `\n` line ends, without a byte order mark.

A cell is quoted only where it must be, by the rules of Go's writer, so that the lines equal those of `baton`.

**Formulas.** Spreadsheets run a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end. Such a cell gets an
apostrophe before it, which spreadsheets take for "this is text"; plain numbers such as `-3` stay as they are. The rule
is `safe_cell`, and holds for every CSV that the project writes.

The format `csv-bom` writes the same with a byte order mark, which Excel needs to read UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from .document import Document, Row
from .screen import Screen, write_pieces
from .terminal_text import printable

__all__ = ["BYTE_ORDER_MARK", "lines", "safe_cell", "write"]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# a cell is quoted for: the separator, a quote, a line end, a space at its beginning, the cell `\.` of Postgres
QUOTED = re.compile(r'[",\r\n]|\A\s|\A\\\.\Z')
FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # also full-width forms, which Excel reads alike
UNUSUAL_STARTS = frozenset("=+-@ ")
NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*%?")


def write(document: Document, out: BinaryIO, screen: Screen) -> None:
    """Write the flat table of a document; to a terminal without control characters."""
    table = document.spreadsheet()
    rows = table.rows()
    if screen.terminal:
        rows = ([printable(cell) for cell in row] for row in rows)
    write_pieces(lines(tuple(map(printable, table.columns)) if screen.terminal else table.columns, rows), out)


def lines(columns: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield the lines of a table."""
    yield _line(columns)
    for row in rows:
        line = ",".join(row)
        # nearly every line needs no mark and no quotation marks: looking at it is quicker than looking at each cell
        if (
            line.isprintable()
            and '"' not in line
            and "\\" not in line
            and ", " not in line
            and line[:1] not in UNUSUAL_STARTS
            and ("=" not in line or ",=" not in line)
            and ("+" not in line or ",+" not in line)
            and ("-" not in line or ",-" not in line)
            and ("@" not in line or ",@" not in line)
            and line.count(",") == len(row) - 1
            and (line.isascii() or not FORMULA_STARTS.intersection(line))
        ):
            yield line.encode() + b"\n"
        else:
            yield _line(row)


def safe_cell(text: str) -> str:
    """Return the text of a cell, marked as text where a spreadsheet would take it for a formula."""
    return f"'{text}" if text[:1] in FORMULA_STARTS and not NUMBER.fullmatch(text) else text


def _line(row: Row) -> bytes:
    line = ",".join(map(_cell, map(safe_cell, row)))
    return f"{line}\n".encode(errors="backslashreplace")


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if QUOTED.search(text) else text
