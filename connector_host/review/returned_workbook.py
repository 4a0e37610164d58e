"""A workbook that came back: which review it is of, and its rows."""

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
    """A system of the review: the file it was made of, which sync, and how many grants that had.

    The workbook says so, and may say anything; only `sha256` ties it to a file, which then speaks for itself.
    """

    system: str
    connector: str
    file: str
    sync: str
    ended: str
    sha256: str
    grants: int


class ReturnedRow(Struct, frozen=True):
    """A row of a sheet *Review*: where it stands, and a value for each of `COLUMNS`, empty where there is none."""

    sheet: str
    line: int
    values: tuple[SheetValue, ...]


def read_reviewed_files(path: Path, sheets: WorkbookReader) -> list[ReviewedFile]:
    """The systems, in the order of the review. FileError for a workbook that is no review of ours."""
    names = sheets.names
    lines = list(sheets.lines(STATE)) if STATE in names else []
    head = str(lines[0][1].get(0, "")) if lines else ""
    if not head.startswith(MARK):
        raise FileError(
            f"{path} is not a review that connector-host wrote",
            hint=f"Its hidden sheet {STATE!r} is missing; give the workbook that `connector-host review` wrote.",
        )
    if head != f"{MARK} {FORMAT}":
        raise FileError(f"{path} is a review of another version ({head})", hint="Import it with that version.")
    try:
        return [msgspec.json.decode(str(cells.get(0, "")), type=ReviewedFile) for _, cells in lines[1:]]
    except msgspec.MsgspecError as error:
        raise FileError(
            f"{path}: what it says of its review cannot be read ({error})", hint="Make the review again."
        ) from error


def read_rows(path: Path, sheets: WorkbookReader) -> Iterator[ReturnedRow]:
    """Every row that holds something, in the order of the sheets."""
    found = [name for name in sheets.names if name == REVIEW or name.removeprefix(f"{REVIEW} ").isdigit()]
    if not found:
        raise FileError(f"{path} has no sheet {REVIEW!r}", hint="Give the workbook whole.")
    for name in found:
        lines = sheets.lines(name)
        _check_head(path, name, next(lines, (0, {}))[1])
        for line, cells in lines:
            yield ReturnedRow(name, line, tuple(cells.get(at, "") for at in range(len(COLUMNS))))


def parse_day(value: SheetValue, sheets: WorkbookReader) -> date | None:
    """The day that a cell holds: a date of the workbook's, or text like 2026-01-31; None for anything else."""
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
                hint="Columns must stay where they are; put back what was moved, added or deleted.",
            )
