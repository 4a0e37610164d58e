"""Sheets of a workbook, written row by row in constant memory. Needs XlsxWriter (the extra `xlsx`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, BinaryIO

from ...output.workbook_file import open_workbook
from ..review_columns import SheetColumn

__all__ = ["FORMULA", "MOST_ROWS", "SheetTable", "WorkbookWriter", "open_workbook_writer"]

MOST_ROWS = 1_048_576  # of a sheet, including the header
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
PROTECTED = {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True}
CellValue = str | int | datetime


class WorkbookWriter:
    """A workbook that is being written, and its formats."""

    def __init__(self, book: Any) -> None:
        self.book = book
        make = self.book.add_format
        self.head = make({"bold": True, "bg_color": "#D9E1F2", "bottom": 1, "text_wrap": True, "valign": "top"})
        self.title = make({"bold": True, "font_size": 14})
        self.bold = make({"bold": True})
        self.wrap = make({"text_wrap": True, "valign": "top"})
        self.quoted = make({"quote_prefix": True})  # remains text when it is edited
        self.quoted_wrap = make({"quote_prefix": True, "text_wrap": True, "valign": "top"})
        self.muted = make({"font_color": "#6B6B6B", "bg_color": "#F2F2F2", "italic": True})
        self.fill = make({"locked": False, "bg_color": "#FFF9E5"})
        self.fill_date = make({"locked": False, "bg_color": "#FFF9E5", "num_format": "yyyy-mm-dd"})

    def sheet(self, name: str) -> Any:
        """Add a sheet."""
        return self.book.add_worksheet(name)

    def write(self, sheet: Any, line: int, column: int, cell: CellValue, style: Any = None) -> None:
        """Write a cell; a text is always stored as text, and an empty one is skipped."""
        if isinstance(cell, str):
            if cell:
                if style is None and cell.startswith(FORMULA):
                    style = self.quoted
                sheet.write_string(line, column, cell, style)
        elif isinstance(cell, date):
            sheet.write_datetime(line, column, cell)
        else:
            sheet.write_number(line, column, cell, style)


class SheetTable:
    """A table with a frozen header and a filter; it continues on another sheet when one is full.

    `filled`: sheets are protected (without a password) but for the columns that people fill in.
    """

    def __init__(
        self, book: WorkbookWriter, name: str, columns: Sequence[SheetColumn], *, filled: bool = False
    ) -> None:
        self._book, self._name, self._columns, self._filled = book, name, columns, filled
        self.sheets: list[Any] = []
        self._line = 0
        self._begin()

    def add(self, cells: Sequence[CellValue]) -> None:
        """Add a row."""
        if self._line == MOST_ROWS:
            self._end()
            self._begin()
        sheet, write = self.sheets[-1], self._book.write
        for column, cell in enumerate(cells):
            if cell != "":
                write(sheet, self._line, column, cell)
        self._line += 1

    def close(self) -> None:
        """Finish the last sheet."""
        self._end()

    def _begin(self) -> None:
        number = len(self.sheets) + 1
        sheet = self._book.sheet(self._name if number == 1 else f"{self._name} {number}")
        for at, column in enumerate(self._columns):
            style = None
            if column.filled:
                style = self._book.fill_date if column.title == "Date" else self._book.fill
            sheet.set_column(at, at, column.width, style)
        for at, column in enumerate(self._columns):
            sheet.write_string(0, at, column.title, self._book.head)
        sheet.freeze_panes(1, 2)
        if self._filled:
            sheet.protect("", PROTECTED)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        self.sheets.append(sheet)
        self._line = 1

    def _end(self) -> None:
        self.sheets[-1].autofilter(0, 0, max(self._line - 1, 1), len(self._columns) - 1)


@contextmanager
def open_workbook_writer(out: BinaryIO) -> Iterator[WorkbookWriter]:
    """Open a workbook that is written to `out` if the block succeeds. Raises as `output.workbook_file` does."""
    with open_workbook(out, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        yield WorkbookWriter(book)
