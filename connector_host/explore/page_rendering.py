"""Rendering of page content as HTML, and of its first table as CSV or JSON."""

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

from ..output.csv_format import BYTE_ORDER_MARK, safe_cell
from ..output.terminal_text import printable
from .open_files import OpenFiles, OpenSync
from .page_content import SIZES, Cell, PageColumn, PageContent, PageQuery, PageTable, address

__all__ = ["csv_rows", "file_name", "html", "json_rows", "problem"]

MENU = (
    ("overview", "Overview"),
    ("principals", "Principals"),
    ("resources", "Resources"),
    ("entitlements", "Entitlements"),
    ("grants", "Grants"),
    ("matrix", "Matrix"),
    ("changes", "Changes"),
)


def html(files: OpenFiles, opened: OpenSync, request: PageQuery, content: PageContent, root: str) -> str:
    """Return the complete HTML of a page; `root` is the path below which all addresses are."""
    return (
        _environment()
        .get_template("page.html")
        .render(
            root=root,
            content=content,
            request=request,
            menu=[(text, address(opened.key, name), name == content.section) for name, text in MENU],
            syncs=[
                (candidate.sync, address(candidate.key, "overview"), candidate is opened) for candidate in files.chosen
            ],
            changed=[str(file.path) for file in files.files if file.changed],
            opened_at=opened.file.opened,
            forms=[(form, request.url(form)) for form in content.forms],
            sizes=SIZES,
            pages=_pages,
            sorting=_sorting,
        )
    )


def problem(message: str, hint: str, root: str) -> str:
    """Return the HTML of an error page."""
    return _environment().get_template("problem.html").render(message=message, hint=hint, root=root)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["thousands"] = lambda number: f"{number:,}"
    return environment


def _finished(value: Any) -> Any:
    """Escape characters that move, hide or reorder letters in every text of a template."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _pages(request: PageQuery, total: int, size: int) -> dict[str, Any]:
    """Return the position of a page in its list: numbers, and the addresses of its neighbours."""
    count = max(1, -(-total // size))
    page = request.number("page", 1)
    first = min((page - 1) * size + 1, total)
    return {
        "page": page,
        "count": count,
        "first": first if page <= count else 0,
        "last": min(page * size, total) if page <= count else 0,
        "before": request.url(page=min(page - 1, count)) if page > 1 else "",
        "after": request.url(page=page + 1) if page < count else "",
        "start": request.url(page=1),
        "end": request.url(page=count),
    }


def _sorting(request: PageQuery, table: PageTable, sort: str) -> dict[str, str]:
    """Return the sort state of a column (`aria-sort`) and the address that sorts by it, or reverses the order."""
    current = (request.text("sort") or table.default_sort) == sort
    descending = bool(request.text("desc"))
    state = ("descending" if descending else "ascending") if current else "none"
    turned = "1" if current and not descending else ""
    return {"state": state, "href": request.url(sort=sort, desc=turned)}


# ----------------------------------------------------------------------------------------------- files


def file_name(request: PageQuery, form: str) -> str:
    """Return the name of a download; it holds no text from the file."""
    return f"{request.name}.{form}"


def csv_rows(table: PageTable, rows: Iterable[tuple[Cell, ...]], *, head: bool) -> bytes:
    """Return lines of CSV, the first with a byte order mark, which Excel needs to read UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if head:
        titles = (([column.title, f"{column.title} ID"] if column.ids else [column.title]) for column in _kept(table))
        writer.writerow([safe_cell(title) for pair in titles for title in pair])
    for row in rows:
        texts = []
        for column, cell in zip(table.columns, row, strict=True):
            texts += [] if column.screen else [cell.text, cell.id] if column.ids else [cell.text]
        writer.writerow(map(safe_cell, texts))
    lines = out.getvalue().encode(errors="backslashreplace")
    return BYTE_ORDER_MARK + lines if head else lines


def json_rows(table: PageTable, rows: Iterable[tuple[Cell, ...]], *, first: bool) -> bytes:
    """Return objects of a JSON list with commas between them."""
    texts = []
    for row in rows:
        values: dict[str, Any] = {}
        for column, cell in zip(table.columns, row, strict=True):
            if column.screen:
                continue
            digits = cell.text.replace(",", "")
            is_count = column.number and digits.isascii() and digits.isdigit() and len(digits) < 16
            values[column.key] = int(digits) if is_count else cell.text
            if column.ids:
                values[f"{column.key}_id"] = cell.id
        texts.append(msgspec.json.encode(values))
    joined = b",\n".join(texts)
    return joined if first or not joined else b",\n" + joined


def _kept(table: PageTable) -> list[PageColumn]:
    return [column for column in table.columns if not column.screen]
