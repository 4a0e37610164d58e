"""A table as an Excel workbook. Needs XlsxWriter, which the extra `xlsx` installs."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, BinaryIO

from .document import Row
from .terminal_text import printable_lines
from .workbook_file import open_workbook

__all__ = ["write_workbook"]

MOST_ROWS = 1_048_576  # of a sheet, including the header
MOST_LETTERS = 32_767  # of a cell

log = logging.getLogger(__name__)


def write_workbook(columns: Row, rows: Iterable[Row], out: BinaryIO) -> None:
    """Write `Sheet1` with a header and a row each, all cells text; the rows that do not fit follow in `Sheet2`.

    Memory does not grow with the rows. Raises ConfigError, FileError and OSError as `open_workbook` does.
    """
    shortened = 0
    with open_workbook(out, {"strings_to_urls": False}) as book:
        sheet, line = _sheet(book, columns)
        for row in rows:
            if line == MOST_ROWS:
                sheet, line = _sheet(book, columns)
                log.warning("A sheet holds %d rows; the others are in %s.", MOST_ROWS, sheet.get_name())
            shortened += sum(len(cell) > MOST_LETTERS for cell in row)
            _write(sheet, line, row)
            line += 1
    if shortened:
        log.warning("%d cells were cut to %d letters, the most that a cell holds.", shortened, MOST_LETTERS)


def _sheet(book: Any, columns: Row) -> tuple[Any, int]:
    sheet = book.add_worksheet()
    _write(sheet, 0, columns)
    return sheet, 1


def _write(sheet: Any, line: int, row: Row) -> None:
    for column, cell in enumerate(row):
        sheet.write_string(line, column, printable_lines(cell)[:MOST_LETTERS])
