"""A review as an Excel workbook, for people who decide in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from .cell_text import spelled_id, text
from .instructions import about, explained
from .review_columns import COLUMNS, DATE, DECISION, DECISIONS, Col, row_cells
from .review_files import Review
from .review_model import Facts, Finding, Summary
from .sheet_writer import MOST_ROWS, Book, Cell, Table, new_book

__all__ = ["FORMAT", "MARK", "STATE", "write"]

STATE = "connector-host"
"""The hidden sheet that import goes by."""
MARK, FORMAT = "connector-host review", 1
REACH = (
    *(Col("System", 18), Col("Resource type", 14), Col("Resource", 30), Col("Entitlement", 34)),
    *(Col("Privileged", 14), Col("Owner", 26), Col("Users, direct", 10), Col("Groups and others, direct", 12)),
    *(Col("Inherited", 10), Col("Grants", 10), Col("Resource ID", 34), Col("Entitlement ID", 44)),
)
CHANGES = (
    *(Col("System", 18), Col("What", 18), Col("Change", 10), Col("Name", 30), Col("Where", 40)),
    *(Col("Details", 60), Col("ID", 50)),
)
SUMMARY = (
    *(Col("System", 24), Col("What", 52), Col("How many", 12), Col("Remark or principal", 60)),
    *(Col("Type", 14), Col("E-mail", 30), Col("Principal ID", 34)),
)


def write(review: Review, out: BinaryIO) -> None:
    """Write the whole workbook. ConfigError if XlsxWriter is not installed. Memory does not grow with the grants."""
    with new_book(out) as book:
        _read_me(book, review)
        _summary(book, review)
        _review(book, review)
        _by_resource(book, review)
        _changes(book, review)
        _state(book, review)


def _read_me(book: Book, review: Review) -> None:
    sheet = book.sheet("Read me")
    sheet.set_column(0, 0, 30, book.wrap)
    sheet.set_column(1, max(len(review.facts), 1), 64, book.wrap)
    sheet.write_string(0, 0, "Access review", book.title)
    line = 2
    for label, values in about(review):
        book.write(sheet, line, 0, label, book.bold)
        for at, value in enumerate(values, 1):
            book.write(sheet, line, at, value, _wrapped(book, value))
        line += 1
    for title, texts in explained(review):
        line += 1
        book.write(sheet, line, 0, title, book.bold)
        for one in texts:
            book.write(sheet, line, 1, text(one), _wrapped(book, one))
            line += 1


def _wrapped(book: Book, value: Cell) -> Any:
    quoted = isinstance(value, str) and value.startswith(("=", "+", "-", "@"))
    return book.quoted_wrap if quoted else book.wrap


def _summary(book: Book, review: Review) -> None:
    table = Table(book, "Summary", SUMMARY)
    for summary in review.summaries():
        facts = review.facts[summary.system]
        name = text(facts.system)
        for what, count, remark in _numbers(summary, facts):
            table.add((name, what, count, text(remark)))
        for finding in summary.findings:
            for cells in _finding(name, finding):
                table.add(cells)
    table.close()


def _numbers(summary: Summary, facts: Facts) -> Iterator[tuple[str, Cell, str]]:
    yield "Grants", summary.grants, ""
    yield "Direct grants", summary.direct, "They can be revoked."
    yield "Inherited grants", summary.inherited, "They end when what they come through is revoked."
    yield "Grants of privileged entitlements", summary.privileged, "What the entitlements are called says so."
    if facts.compared is None:
        yield "New grants since the previous sync", "", "There is no earlier sync to compare with."
        return
    yield "New grants since the previous sync", summary.new, f"Compared with {facts.compared.sync_id}."
    for section, mark, count in summary.changes:
        yield f"{section}: {mark}", count, ""


def _finding(system: str, finding: Finding) -> Iterator[tuple[Cell, ...]]:
    if finding.not_given:
        yield system, finding.title, "", finding.not_given.capitalize() + "."
        return
    yield system, finding.title, finding.count, finding.note
    for who, number in finding.who:
        what = text(f"{finding.title}: who, and grants")
        yield system, what, number, text(who.name), text(who.type_name), text(who.mail), spelled_id(who.id)
    if (more := finding.count - len(finding.who)) > 0:
        yield system, finding.title, "", f"And {more:,} more: filter the sheet Review."


def _review(book: Book, review: Review) -> None:
    table = Table(book, "Review", _titled(review), filled=True)
    for row in review.rows():
        table.add(row_cells(review.facts[row.system], row))
    table.close()
    at = {column.title: number for number, column in enumerate(COLUMNS)}
    for sheet in table.sheets:
        sheet.data_validation(1, at[DECISION], MOST_ROWS - 1, at[DECISION], _words())
        sheet.data_validation(1, at[DATE], MOST_ROWS - 1, at[DATE], _days(review))
        sheet.conditional_format(
            *(1, at[DECISION], MOST_ROWS - 1, at[DECISION]),
            {"type": "cell", "criteria": "==", "value": '"revoke"', "format": book.bold},
        )


def _titled(review: Review) -> tuple[Col, ...]:
    """The columns; one that no system gives says so in its title."""
    every = [facts.missing for facts in review.facts]
    found = []
    for column in COLUMNS:
        why = {missing[name] for missing in every for name in missing if name == column.title}
        lacking = every and all(column.title in missing for missing in every)
        title = f"{column.title} ({' / '.join(sorted(why))})" if lacking else column.title
        found.append(Col(title, column.width, column.filled, column.fixed))
    return tuple(found)


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
        "error_message": "The day of the decision, after the sync, like 2026-01-31.",
    }


def _by_resource(book: Book, review: Review) -> None:
    table = Table(book, "By resource", REACH)
    for reach in review.reaches():
        what = reach.what
        table.add(
            (
                text(review.facts[reach.system].system),
                text(what.type_name),
                text(what.resource_name),
                text(what.name),
                f"yes ({text(what.privileged)})" if what.privileged else "",
                text(what.owner),
                *(reach.users, reach.others, reach.inherited, reach.grants),
                spelled_id(what.resource_id),
                spelled_id(what.entitlement),
            )
        )
    table.close()


def _changes(book: Book, review: Review) -> None:
    table = Table(book, "Changes", CHANGES)
    for facts in review.facts:
        if facts.compared is None:
            table.add((text(facts.system), "", "", "There is no earlier sync to compare with."))
    for change in review.changes():
        cells = (change.name, change.where, change.details)
        where = text(review.facts[change.system].system), change.section, change.mark
        table.add((*where, *map(text, cells), spelled_id(change.id)))
    table.close()


def _state(book: Book, review: Review) -> None:
    """What import needs, in a form that nobody's name can disturb."""
    sheet = book.sheet(STATE)
    sheet.very_hidden()
    sheet.protect()
    sheet.write_string(0, 0, f"{MARK} {FORMAT}")
    for line, facts in enumerate(review.facts, 1):
        kept = {
            "system": facts.system,
            "connector": facts.connector,
            "file": facts.file,
            "sync": facts.sync_id,
            "ended": facts.ended.isoformat() if facts.ended else "",
            "sha256": facts.sha256,
            "grants": facts.grants,
        }
        sheet.write_string(line, 0, json.dumps(kept))
