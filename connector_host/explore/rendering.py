"""A sheet as HTML, and its first table as CSV or JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..output.terminal_text import printable
from .open_files import OpenFiles, OpenSync
from .page_content import SIZES, Cell, PageColumn, PageContent, PageRequest, PageTable, address

__all__ = ["csv_rows", "file_name", "html", "json_rows", "problem"]

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
MENU = (
    ("overview", "Overview"),
    ("principals", "Principals"),
    ("resources", "Resources"),
    ("entitlements", "Entitlements"),
    ("grants", "Grants"),
    ("matrix", "Matrix"),
    ("changes", "Changes"),
)


def html(book: OpenFiles, one: OpenSync, ask: PageRequest, sheet: PageContent) -> str:
    """The whole page."""
    return (
        _environment()
        .get_template("sheet.html")
        .render(
            sheet=sheet,
            ask=ask,
            one=one,
            menu=[(text, address(one.key, name), name == sheet.section) for name, text in MENU],
            syncs=[(other.sync, address(other.key, "overview"), other is one) for other in book.chosen],
            changed=[str(file.path) for file in book.files if file.changed],
            opened=one.file.opened,
            forms=[(form, ask.url(form)) for form in sheet.forms],
            sizes=SIZES,
            pages=_pages,
            sorting=_sorting,
        )
    )


def problem(message: str, hint: str, home: str) -> str:
    """A page that says what went wrong."""
    return _environment().get_template("problem.html").render(message=message, hint=hint, home=home)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["thousands"] = lambda number: f"{number:,}"
    return made


def _finished(value: Any) -> Any:
    """Every text that a template puts in: what moves, hides or reorders letters is shown escaped."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _pages(ask: PageRequest, total: int, size: int) -> dict[str, Any]:
    """Where a page stands in its list: numbers, and the addresses of its neighbours."""
    count = max(1, -(-total // size))
    page = ask.number("page", 1)
    first = min((page - 1) * size + 1, total)
    return {
        "page": page,
        "count": count,
        "first": first if page <= count else 0,
        "last": min(page * size, total) if page <= count else 0,
        "before": ask.url(page=min(page - 1, count)) if page > 1 else "",
        "after": ask.url(page=page + 1) if page < count else "",
        "start": ask.url(page=1),
        "end": ask.url(page=count),
    }


def _sorting(ask: PageRequest, table: PageTable, sort: str) -> dict[str, str]:
    """How a column is sorted now (`aria-sort`), and the address that sorts by it, or turns it round."""
    current = (ask.text("sort") or table.default_sort) == sort
    descending = bool(ask.text("desc"))
    state = ("descending" if descending else "ascending") if current else "none"
    turned = "1" if current and not descending else ""
    return {"state": state, "href": ask.url(sort=sort, desc=turned)}


# ----------------------------------------------------------------------------------------------- files


def file_name(ask: PageRequest, form: str) -> str:
    """What a browser calls the file: of our own words only."""
    return f"{ask.name}.{form}"


def csv_rows(table: PageTable, rows: Iterable[tuple[Cell, ...]], *, head: bool) -> bytes:
    """Lines of CSV. A text that a spreadsheet would take for a formula has an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if head:
        titles = (([column.title, f"{column.title} ID"] if column.ids else [column.title]) for column in _kept(table))
        writer.writerow([_text(title) for pair in titles for title in pair])
    for row in rows:
        texts = []
        for column, cell in zip(table.columns, row, strict=True):
            texts += [] if column.screen else [cell.text, cell.id] if column.ids else [cell.text]
        writer.writerow(map(_text, texts))
    return out.getvalue().encode(errors="backslashreplace")


def json_rows(table: PageTable, rows: Iterable[tuple[Cell, ...]], *, first: bool) -> bytes:
    """Objects of a JSON list, with commas between them."""
    texts = []
    for row in rows:
        found: dict[str, Any] = {}
        for column, cell in zip(table.columns, row, strict=True):
            if column.screen:
                continue
            plain = cell.text.replace(",", "")
            found[column.key] = int(plain) if column.number and plain.isdigit() else cell.text
            if column.ids:
                found[f"{column.key}_id"] = cell.id
        texts.append(msgspec.json.encode(found))
    joined = b",\n".join(texts)
    return joined if first or not joined else b",\n" + joined


def _kept(table: PageTable) -> list[PageColumn]:
    return [column for column in table.columns if not column.screen]


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
