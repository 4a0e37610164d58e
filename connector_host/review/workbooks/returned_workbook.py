"""A returned workbook: the review it belongs to, and its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from ...decoding.json_decoding import decode_json
from ...errors import FileError
from ..review_columns import ADDED_COLUMNS, DECISIONS, SheetLayout
from ..review_state import ReviewedFile
from .cell_comments import cell_comments, decision_in
from .workbook import (
    CHANGE_SHEET,
    CHANGES,
    FORMATS,
    MARK,
    REACH,
    READ_ME,
    RESOURCE_SHEET,
    REVIEW,
    STATE,
    SUMMARY,
    SUMMARY_SHEET,
)
from .xlsx_reader import SheetValue, WorkbookReader, column_number

__all__ = [
    "ReturnedRow",
    "StrayDecision",
    "parse_day",
    "read_reviewed_files",
    "read_rows",
    "stray_decisions",
]

RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
EPOCH, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
LAST_DAY = 2_958_465  # 9999-12-31


class ReturnedRow(Struct, frozen=True):
    """A row of a sheet *Review*: its sheet and line, and a value for each column of the layout, empty if the cell is.

    `beside` is the first decision in a cell beside these columns, `comment` the decision that comments on the row name;
    both are empty if there is none.
    """

    sheet: str
    line: int
    values: tuple[SheetValue, ...]
    beside: str = ""
    comment: str = ""


class StrayDecision(Struct, frozen=True):
    """A decision that the import cannot take from where it is in the workbook, with the reason and the remedy."""

    sheet: str
    line: int
    reason: str
    remedy: str


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
    if head not in [f"{MARK} {number}" for number in FORMATS.values()]:
        raise FileError(
            f"{path} is a review of another version ({head}).", hint="Import it with the version that wrote it."
        )
    try:
        systems = [decode_json(str(cells.get(0, "")), ReviewedFile) for _, cells in lines[1:]]
        if any(f"{MARK} {FORMATS[system.unit]}" != head for system in systems):
            raise ValueError("two units")
        return systems
    except ValueError as error:
        raise FileError(
            f"{path}: the description of its review cannot be read ({error}).", hint="Write the review again."
        ) from error


def read_rows(path: Path, sheets: WorkbookReader, layout: SheetLayout) -> Iterator[ReturnedRow]:
    """Yield every row that is not empty, in the order of the sheets; copies of the sheet *Review* are read, too."""
    names = _review_sheets(path, sheets, layout)
    if not names:
        raise FileError(f"{path} has no sheet {REVIEW!r}.", hint="Import the complete workbook.")
    for name in names:
        lines = sheets.lines(name)
        positions = _column_positions(path, name, next(lines, (0, {}))[1], layout)
        width = max(positions) + 1
        comments = cell_comments(sheets, name)
        for line, cells in lines:
            values = tuple(cells.get(at, "") for at in positions)
            beside = (str(cells[at]) for at in sorted(cells) if at >= width and _is_decision(cells[at]))
            yield ReturnedRow(name, line, values, next(beside, ""), decision_in(comments.pop(line, "")))


def stray_decisions(path: Path, sheets: WorkbookReader, systems: int, layout: SheetLayout) -> Iterator[StrayDecision]:
    """Yield the decisions outside the rows of the review: in merged cells, beside other tables, on other sheets.

    Call it after `read_rows`. `systems` is the number of systems in the review.
    """
    reviews = _review_sheets(path, sheets, layout)
    for name in reviews:
        positions = _column_positions(path, name, next(sheets.lines(name), (0, {}))[1], layout)
        filled = [at for at, column in zip(positions, layout.columns, strict=True) if column.filled]
        for merged in sheets.merged.get(name, ()):
            if line := _merged_decisions(merged, filled):
                yield StrayDecision(name, line, f"the cells {merged} are merged", "Unmerge them and fill in each row")
    widths = {SUMMARY_SHEET: len(SUMMARY), RESOURCE_SHEET: len(REACH), CHANGE_SHEET: len(CHANGES), STATE: 1}
    widths[READ_ME] = 1 + systems
    for name in sheets.names:
        if name in reviews:
            continue
        for line, text in cell_comments(sheets, name).items():
            if word := decision_in(text):
                reason = f"has a comment with the decision {word!r}, but is not a sheet of rows to decide on"
                yield StrayDecision(name, line, reason, f"Move the decision to the sheet {REVIEW}, or delete it here")
        own_width = widths.get(name, 0)
        for line, cells in sheets.lines(name):
            word = next((str(value) for at, value in cells.items() if at >= own_width and _is_decision(value)), "")
            if word:
                reason = f"holds the decision {word!r}, but is not a sheet of rows to decide on"
                yield StrayDecision(name, line, reason, f"Move the decision to the sheet {REVIEW}, or delete it here")
                break


def _review_sheets(path: Path, sheets: WorkbookReader, layout: SheetLayout) -> list[str]:
    """Return the sheets to read: those with the names of the review, and those with its columns."""
    named = {name for name in sheets.names if name == REVIEW or name.removeprefix(f"{REVIEW} ").isdigit()}
    return [name for name in sheets.names if name in named or _has_columns(path, sheets, name, layout)]


def _has_columns(path: Path, sheets: WorkbookReader, name: str, layout: SheetLayout) -> bool:
    try:
        line, cells = next(sheets.lines(name), (0, {}))
        _column_positions(path, name, cells, layout)
    except FileError:
        return False
    return line == 1


def _is_decision(value: SheetValue) -> bool:
    return str(value).strip().casefold() in DECISIONS


def _merged_decisions(cells: str, filled: Sequence[int]) -> int:
    """Return the first row of a merged range with cells of the columns to fill in, 0 if it has none."""
    match = RANGE.fullmatch(cells)
    if match is None:
        return 0
    first, last = column_number(match[1]), column_number(match[3])
    return int(match[2]) if int(match[4]) > 1 and any(first <= at <= last for at in filled) else 0


def parse_day(value: SheetValue, *, from_1904: bool) -> date | None:
    """Return the day in a cell: a date of the workbook, or text like 2026-01-31; None for anything else."""
    if isinstance(value, float):
        if not 1 <= value <= LAST_DAY:
            return None
        return ((EPOCH_1904 if from_1904 else EPOCH) + timedelta(days=value)).date()
    try:
        return date.fromisoformat(value.strip()[:10])
    except ValueError:
        return None


def _column_positions(path: Path, name: str, cells: dict[int, SheetValue], layout: SheetLayout) -> list[int]:
    """Return the position of each column, -1 for one that an earlier version did not write; others are refused."""
    positions: list[int] = []
    at = 0
    for column in layout.columns:
        title = str(cells.get(at, ""))
        if title == column.title or title.startswith(f"{column.title} ("):
            positions.append(at)
            at += 1
        elif column.title in ADDED_COLUMNS:
            positions.append(-1)
        else:
            raise FileError(
                f"{path}: column {at + 1} of sheet {name!r} is {title!r}, not {column.title!r}",
                hint="Restore the columns: none may be moved, added, renamed or deleted.",
            )
    return positions
