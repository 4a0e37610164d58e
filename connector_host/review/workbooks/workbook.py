"""A review as an Excel workbook, in which people decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from ..cell_text import cell_text, quote_id
from ..instructions import explanations, review_facts
from ..review_columns import (
    DATE,
    DECISION,
    DECISIONS,
    FOLLOWS,
    LAYOUTS,
    TO_DECIDE,
    SheetColumn,
    SheetLayout,
    access_cells,
    row_cells,
)
from ..review_files import Review
from ..review_model import ReviewFinding, ReviewUnit, SystemFacts, SystemSummary
from ..review_state import describe_review, quote_state
from .sheet_writer import MOST_ROWS, CellValue, SheetTable, WorkbookWriter, open_workbook_writer

__all__ = [
    "CHANGES",
    "CHANGE_SHEET",
    "FORMATS",
    "MARK",
    "REACH",
    "READ_ME",
    "RESOURCE_SHEET",
    "REVIEW",
    "STATE",
    "SUMMARY",
    "SUMMARY_SHEET",
    "write",
]

READ_ME, SUMMARY_SHEET, REVIEW, RESOURCE_SHEET, CHANGE_SHEET = "Read me", "Summary", "Review", "By resource", "Changes"
STATE = "connector-host"
"""The name of the hidden sheet that identifies the review for the import."""
MARK, FORMATS = "connector-host review", {ReviewUnit.GRANT: 1, ReviewUnit.RESOURCE: 2}
"""The mark of the hidden sheet, and its number for each unit; reviews of both numbers can be imported."""
REACH = (
    *(
        SheetColumn("System", 18),
        SheetColumn("Resource type", 14),
        SheetColumn("Resource", 30),
        SheetColumn("Entitlement", 34),
    ),
    *(
        SheetColumn("Privileged", 14),
        SheetColumn("Owner", 26),
        SheetColumn("Users, direct", 10),
        SheetColumn("Groups and others, direct", 12),
    ),
    *(
        SheetColumn("Inherited", 10),
        SheetColumn("Grants", 10),
        SheetColumn("Resource ID", 34),
        SheetColumn("Entitlement ID", 44),
    ),
)
CHANGES = (
    *(
        SheetColumn("System", 18),
        SheetColumn("Section", 18),
        SheetColumn("Change", 10),
        SheetColumn("Name", 30),
        SheetColumn("Where", 40),
    ),
    *(SheetColumn("Details", 60), SheetColumn("ID", 50)),
)
SUMMARY = (
    *(
        SheetColumn("System", 24),
        SheetColumn("Item", 52),
        SheetColumn("Count", 12),
        SheetColumn("Remark or principal", 60),
    ),
    *(SheetColumn("Type", 14), SheetColumn("E-mail", 30), SheetColumn("Principal ID", 34)),
)


def write(review: Review, out: BinaryIO) -> None:
    """Write the workbook in constant memory. Raises ConfigError if XlsxWriter is missing."""
    with open_workbook_writer(out) as book:
        _read_me(book, review)
        if review.package is None:
            _summary(book, review)
        _review(book, review)
        if review.package is None:  # a reviewer of a part gets the rows of that part only
            _by_resource(book, review)
            _changes(book, review)
        _state(book, review)


def _read_me(book: WorkbookWriter, review: Review) -> None:
    sheet = book.sheet(READ_ME)
    sheet.set_column(0, 0, 30, book.wrap)
    sheet.set_column(1, max(len(review.facts), 1), 64, book.wrap)
    sheet.write_string(0, 0, "Access review", book.title)
    line = 2
    for label, values in review_facts(review):
        book.write(sheet, line, 0, label, book.bold)
        for at, value in enumerate(values, 1):
            book.write(sheet, line, at, value, _wrapped(book, value))
        line += 1
    for title, texts in explanations(review):
        line += 1
        book.write(sheet, line, 0, title, book.bold)
        for paragraph in texts:
            book.write(sheet, line, 1, cell_text(paragraph), _wrapped(book, paragraph))
            line += 1


def _wrapped(book: WorkbookWriter, value: CellValue) -> Any:
    quoted = isinstance(value, str) and value.startswith(("=", "+", "-", "@"))
    return book.quoted_wrap if quoted else book.wrap


def _summary(book: WorkbookWriter, review: Review) -> None:
    table = SheetTable(book, SUMMARY_SHEET, SUMMARY)
    for summary in review.summaries():
        facts = review.facts[summary.system]
        name = cell_text(facts.system)
        for label, count, remark in _numbers(summary, facts):
            table.add((name, label, count, cell_text(remark)))
        for finding in summary.findings:
            for cells in _finding(name, finding):
                table.add(cells)
    table.close()


def _numbers(summary: SystemSummary, facts: SystemFacts) -> Iterator[tuple[str, CellValue, str]]:
    yield "Grants", summary.grants, ""
    yield "Direct grants", summary.direct, "Can be revoked."
    yield "Inherited grants", summary.inherited, "End when the grant they are inherited through is revoked."
    yield "Grants of privileged entitlements", summary.privileged, "Based on entitlement names."
    if facts.compared is None:
        yield "New grants since the previous sync", "", "There is no earlier sync to compare with."
        return
    yield "New grants since the previous sync", summary.new, f"Compared with {facts.compared.sync_id}."
    for section, mark, count in summary.changes:
        yield f"{section}: {mark}", count, ""


def _finding(system: str, finding: ReviewFinding) -> Iterator[tuple[CellValue, ...]]:
    if finding.not_given:
        yield system, finding.title, "", finding.not_given.capitalize() + "."
        return
    yield system, finding.title, finding.count, finding.note
    for principal, number in finding.principals:
        label = cell_text(f"{finding.title}: name and number of grants")
        yield (
            system,
            label,
            number,
            cell_text(principal.name),
            cell_text(principal.type_name),
            cell_text(principal.mail),
            quote_id(principal.id),
        )
    if (unlisted := finding.count - len(finding.principals)) > 0:
        yield system, finding.title, "", f"{unlisted:,} more: filter the sheet Review."


def _review(book: WorkbookWriter, review: Review) -> None:
    layout = LAYOUTS[review.unit]
    table = SheetTable(book, REVIEW, _titled(review, layout), filled=True)
    if review.unit is ReviewUnit.RESOURCE:
        for access in review.access_rows():
            table.add(access_cells(review.facts[access.system], access))
    else:
        for row in review.rows():
            table.add(row_cells(review.facts[row.system], row))
    table.close()
    decision, day = layout.position(DECISION), layout.position(DATE)
    for sheet in table.sheets:
        sheet.data_validation(1, decision, MOST_ROWS - 1, decision, _words())
        sheet.data_validation(1, day, MOST_ROWS - 1, day, _days(review))
        sheet.conditional_format(
            *(1, decision, MOST_ROWS - 1, decision),
            {"type": "cell", "criteria": "==", "value": '"revoke"', "format": book.bold},
        )
        if review.unit is ReviewUnit.RESOURCE:
            _mute_followers(book, sheet, layout)


def _mute_followers(book: WorkbookWriter, sheet: Any, layout: SheetLayout) -> None:
    """Show the rows in grey that follow from a decision on another row."""
    last = len(layout.columns) - 1
    letter = chr(ord("A") + layout.position(TO_DECIDE))
    rule = {"type": "formula", "criteria": f'=${letter}2="{FOLLOWS}"', "format": book.muted}
    sheet.conditional_format(1, 0, MOST_ROWS - 1, last, rule)


def _titled(review: Review, layout: SheetLayout) -> tuple[SheetColumn, ...]:
    """Return the columns; the title of a column that no system has data for holds the reason."""
    missing_by_system = [facts.missing for facts in review.facts]
    columns = []
    for column in layout.columns:
        reasons = {missing[name] for missing in missing_by_system for name in missing if name == column.title}
        lacking = missing_by_system and all(column.title in missing for missing in missing_by_system)
        title = f"{column.title} ({' / '.join(sorted(reasons))})" if lacking else column.title
        columns.append(SheetColumn(title, column.width, column.filled, column.fixed))
    return tuple(columns)


def _words() -> dict[str, Any]:
    return {
        "validate": "list",
        "source": list(DECISIONS),
        "input_title": "Decision",
        "input_message": "keep, revoke, or ask (not decided yet)",
        "error_title": "Not a decision",
        "error_message": f"Choose {', '.join(DECISIONS)}, or leave it empty.",
    }


def _days(review: Review) -> dict[str, Any]:
    return {
        "validate": "date",
        "criteria": ">=",
        "value": min((facts.ended.date() for facts in review.facts if facts.ended), default=date(2000, 1, 1)),
        "error_title": "Not a date",
        "error_message": "Enter the day of the decision, not before the sync, like 2026-01-31.",
    }


def _by_resource(book: WorkbookWriter, review: Review) -> None:
    table = SheetTable(book, RESOURCE_SHEET, REACH)
    for reach in review.reaches():
        entitlement = reach.entitlement
        table.add(
            (
                cell_text(review.facts[reach.system].system),
                cell_text(entitlement.type_name),
                cell_text(entitlement.resource_name),
                cell_text(entitlement.name),
                f"yes ({cell_text(entitlement.privileged)})" if entitlement.privileged else "",
                cell_text(entitlement.owner),
                *(reach.users, reach.other_principals, reach.inherited, reach.grants),
                quote_id(entitlement.resource_id),
                quote_id(entitlement.id),
            )
        )
    table.close()


def _changes(book: WorkbookWriter, review: Review) -> None:
    table = SheetTable(book, CHANGE_SHEET, CHANGES)
    for facts in review.facts:
        if facts.compared is None:
            table.add((cell_text(facts.system), "", "", "There is no earlier sync to compare with."))
    for change in review.changes():
        cells = (change.name, change.where, change.details)
        where = cell_text(review.facts[change.system].system), change.section, change.mark
        table.add((*where, *map(cell_text, cells), quote_id(change.id)))
    table.close()


def _state(book: WorkbookWriter, review: Review) -> None:
    """Write the facts that the import needs, as JSON, which no character of a name can disturb."""
    sheet = book.sheet(STATE)
    sheet.very_hidden()
    sheet.protect()
    sheet.write_string(0, 0, f"{MARK} {FORMATS[review.unit]}")
    for line, system in enumerate(describe_review(review), 1):
        sheet.write_string(line, 0, quote_state(system))
