"""A table as an Excel workbook. Needs XlsxWriter, which the extra `xlsx` installs."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, BinaryIO

from ..errors import ConfigError
from .document import Row
from .terminal_text import printable_lines

__all__ = ["write_workbook"]

MOST_ROWS = 1_048_576  # of a sheet, including the header
MOST_LETTERS = 32_767  # of a cell

log = logging.getLogger(__name__)


def write_workbook(columns: Row, rows: Iterable[Row], out: BinaryIO) -> None:
    """Write `Sheet1` with a header and a row each, all cells text; the rows that do not fit follow in `Sheet2`.

    Memory does not grow with the rows. ConfigError if XlsxWriter is not installed.
    """
    try:
        import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigError(
            "xlsx cannot be written without the package XlsxWriter",
            hint="Install it: pip install 'connector-host[xlsx]'.",
        ) from None
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_urls": False})
    sheet, line = _sheet(book, columns)
    shortened = 0
    for row in rows:
        if line == MOST_ROWS:
            sheet, line = _sheet(book, columns)
            log.warning("A sheet holds %d rows; the others are in %s.", MOST_ROWS, sheet.get_name())
        shortened += sum(len(cell) > MOST_LETTERS for cell in row)
        _write(sheet, line, row)
        line += 1
    book.close()
    if shortened:
        log.warning("%d cells were cut to %d letters, the most that a cell holds.", shortened, MOST_LETTERS)


def _sheet(book: Any, columns: Row) -> tuple[Any, int]:
    sheet = book.add_worksheet()
    _write(sheet, 0, columns)
    return sheet, 1


def _write(sheet: Any, line: int, row: Row) -> None:
    for column, cell in enumerate(row):
        sheet.write_string(line, column, printable_lines(cell)[:MOST_LETTERS])
