"""One returned row of a review, from a workbook or a decision file, before it is compared with the reviewed file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from ..review_columns import (
    DATE,
    DECISION,
    LAYOUTS,
    NOTE,
    REVIEWER,
    REVOKE_ONLY,
    SYSTEM,
    SheetLayout,
    access_cells,
    row_cells,
)
from ..review_model import ReviewUnit, SystemFacts
from ..review_units import AccessRow
from ..workbooks.returned_workbook import ReturnedRow, read_rows, stray_decisions
from ..workbooks.xlsx_reader import FormulaResult, SheetValue, WorkbookReader

__all__ = ["RESTORE", "RefusedRow", "ReturnedEntry", "unread_decisions", "workbook_entries"]

RESTORE = "Undo the edit, or write the review again"
Difference = Callable[[SystemFacts, AccessRow], str]


class RefusedRow(Exception):
    """Raised for a row that cannot be imported, with the reason and the remedy."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


class ReturnedEntry(Struct, frozen=True, kw_only=True):
    """A returned row: its place, what identifies it, and what the reviewer entered.

    `system` and `identity` name the row in the review, and `difference` returns how it differs from the row of the
    reviewed file, empty if it does not. `only` names the permissions to revoke, all if it is empty; `to` is the person
    to whom the row is reassigned. `unreadable` is the reason and the remedy for a cell that cannot be taken.
    """

    sheet: str
    line: int
    system: str
    identity: str
    difference: Difference
    word: str = ""
    reviewer: str = ""
    day: SheetValue = ""
    from_1904: bool = False
    note: str = ""
    only: tuple[str, ...] = ()
    to: str = ""
    is_empty: bool = False
    unreadable: tuple[str, str] | None = None

    @property
    def is_annotated(self) -> bool:
        """True if the reviewer entered something beside the decision."""
        return any(str(text).strip() for text in (self.reviewer, self.day, self.note, *self.only))


def workbook_entries(path: Path, sheets: WorkbookReader, unit: ReviewUnit, label: str) -> Iterator[ReturnedEntry]:
    """Yield the rows of a workbook; `label` is put before the names of its sheets in messages."""
    layout = LAYOUTS[unit]
    for row in read_rows(path, sheets, layout):
        yield _entry(row, layout, f"{label} {row.sheet}".strip(), from_1904=sheets.days_from_1904)


def unread_decisions(
    path: Path, sheets: WorkbookReader, unit: ReviewUnit, systems: int, label: str
) -> Iterator[tuple[str, int, str, str]]:
    """Yield (sheet, line, reason, remedy) of the decisions outside the rows of a workbook, after these were read."""
    for stray in stray_decisions(path, sheets, systems, LAYOUTS[unit]):
        yield f"{label} {stray.sheet}".strip(), stray.line, stray.reason, stray.remedy


def _entry(row: ReturnedRow, layout: SheetLayout, sheet: str, *, from_1904: bool) -> ReturnedEntry:
    def value(title: str) -> SheetValue:
        return row.values[layout.position(title)]

    only = str(value(REVOKE_ONLY)).strip() if layout.unit is ReviewUnit.RESOURCE else ""
    fixed = zip(row.values, layout.columns, strict=True)
    return ReturnedEntry(
        sheet=sheet,
        line=row.line,
        system=str(value(SYSTEM)),
        identity=str(value(layout.identity)),
        difference=lambda facts, access: _difference(row, layout, facts, access),
        word=str(value(DECISION)).strip().casefold(),
        reviewer=str(value(REVIEWER)).strip(),
        day=value(DATE),
        from_1904=from_1904,
        note=str(value(NOTE)).strip(),
        only=(only,) if only else (),
        is_empty=not any(cell for cell, column in fixed if column.fixed),
        unreadable=_unreadable(row, layout),
    )


def _unreadable(row: ReturnedRow, layout: SheetLayout) -> tuple[str, str] | None:
    """Return why a decision is not in the cell for it, or is a formula, which may show another value."""
    if row.beside:
        return f"has {row.beside!r} beside the table", f"Enter the decision in the column {DECISION}, or delete it"
    decided = str(row.values[layout.position(DECISION)]).strip().casefold()
    if row.comment and row.comment != decided:
        stated = f"is {decided!r}" if decided else "is empty"
        remedy = f"Enter the decision in the column {DECISION}, or delete the comment"
        return f"a comment says {row.comment!r}, but {DECISION} {stated}", remedy
    for title in (DECISION, REVIEWER, DATE, NOTE, *([REVOKE_ONLY] if layout.unit is ReviewUnit.RESOURCE else [])):
        if isinstance(row.values[layout.position(title)], FormulaResult):
            return f"{title} is a formula", "Enter the value itself"
    return None


def _difference(row: ReturnedRow, layout: SheetLayout, facts: SystemFacts, access: AccessRow) -> str:
    if layout.unit is ReviewUnit.RESOURCE:
        expected: tuple[object, ...] = access_cells(facts, access)
    else:
        expected = row_cells(facts, access.grants[0])
    for value, expected_value, column in zip(row.values, expected, layout.columns, strict=True):
        if column.fixed and value != expected_value:
            edit = f"the workbook has {str(value)!r}, the reviewed file {str(expected_value)!r}"
            return f"{column.title} was edited: {edit}"
    return ""
