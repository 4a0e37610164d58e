"""A returned workbook: the review it belongs to, and its rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from ..errors import FileError
from .review_columns import COLUMNS
from .workbook import FORMAT, MARK, STATE
from .xlsx_reader import SheetValue, WorkbookReader

__all__ = ["ReturnedRow", "ReviewedFile", "parse_day", "read_reviewed_files", "read_rows"]

REVIEW = "Review"
EPOCH, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
LAST_DAY = 2_958_465  # 9999-12-31


class ReviewedFile(Struct, frozen=True):
    """A system of the review: the c1z file, its sync, and its number of grants.

    The workbook is untrusted: only `sha256` ties it to a file, and all facts are then read from that file.
    """

    system: str
    connector: str
    file: str
    sync: str
    ended: str
    sha256: str
    grants: int


class ReturnedRow(Struct, frozen=True):
    """A row of a sheet *Review*: its sheet and line, and a value for each of `COLUMNS`, empty if the cell is."""

    sheet: str
    line: int
    values: tuple[SheetValue, ...]


def read_reviewed_files(path: Path, sheets: WorkbookReader) -> list[ReviewedFile]:
    """Return the systems in the order of the review. Raises FileError for a workbook that is no review."""
    names = sheets.names
    lines = list(sheets.lines(STATE)) if STATE in names else []
    head = str(lines[0][1].get(0, "")) if lines else ""
    if not head.startswith(MARK):
        raise FileError(
            f"{path} is not a review that connector-host wrote.",
            hint=f"Its hidden sheet {STATE!r} is missing. Import the workbook that `connector-host review` wrote.",
        )
    if head != f"{MARK} {FORMAT}":
        raise FileError(
            f"{path} is a review of another version ({head}).", hint="Import it with the version that wrote it."
        )
    try:
        return [msgspec.json.decode(str(cells.get(0, "")), type=ReviewedFile) for _, cells in lines[1:]]
    except msgspec.MsgspecError as error:
        raise FileError(
            f"{path}: the description of its review cannot be read ({error}).", hint="Write the review again."
        ) from error


def read_rows(path: Path, sheets: WorkbookReader) -> Iterator[ReturnedRow]:
    """Yield every row that is not empty, in the order of the sheets."""
    sheet_names = [
        sheet_name
        for sheet_name in sheets.names
        if sheet_name == REVIEW or sheet_name.removeprefix(f"{REVIEW} ").isdigit()
    ]
    if not sheet_names:
        raise FileError(f"{path} has no sheet {REVIEW!r}", hint="Give the workbook whole.")
    for sheet_name in sheet_names:
        lines = sheets.lines(sheet_name)
        _check_head(path, sheet_name, next(lines, (0, {}))[1])
        for line, cells in lines:
            yield ReturnedRow(sheet_name, line, tuple(cells.get(at, "") for at in range(len(COLUMNS))))


def parse_day(value: SheetValue, sheets: WorkbookReader) -> date | None:
    """Return the day in a cell: a date of the workbook, or text like 2026-01-31; None for anything else."""
    if isinstance(value, float):
        if not 1 <= value <= LAST_DAY:
            return None
        return ((EPOCH_1904 if sheets.days_from_1904 else EPOCH) + timedelta(days=value)).date()
    try:
        return date.fromisoformat(value.strip()[:10])
    except ValueError:
        return None


def _check_head(path: Path, name: str, cells: dict[int, SheetValue]) -> None:
    for at, column in enumerate(COLUMNS):
        title = str(cells.get(at, ""))
        if title != column.title and not title.startswith(f"{column.title} ("):
            raise FileError(
                f"{path}: column {at + 1} of sheet {name!r} is {title!r}, not {column.title!r}",
                hint="Restore the columns: none may be moved, added, renamed or deleted.",
            )
