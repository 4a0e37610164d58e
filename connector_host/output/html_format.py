"""A page of HTML that needs nothing else: no script, no other file, nothing from a network."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import BinaryIO

from .document import Document, DocumentPart, TablePart, TextPart, TreePart
from .screen import Screen, write_pieces
from .terminal_text import printable

__all__ = ["html_text", "write"]

STYLE = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2em;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse;margin:0 0 1.5em}"
    "th,td{border-bottom:1px solid #ddd;padding:.25em .8em .25em 0;text-align:left;vertical-align:top}"
    "td{overflow-wrap:anywhere}.number{text-align:right}"
    "td.added{color:#116329}td.removed{color:#a40e26}td.changed{color:#7d4e00}"
)
MARKS = frozenset({"added", "removed", "changed"})


def write(document: Document, out: BinaryIO, screen: Screen) -> None:  # noqa: ARG001 - the same for every screen
    """Write every part of a document."""
    write_pieces((f"{line}\n".encode(errors="backslashreplace") for line in _lines(document)), out)


def _lines(document: Document) -> Iterator[str]:
    title = html_text(document.title or "connector-host")
    yield "<!doctype html>"
    yield f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head><body>'
    if document.title:
        yield f"<h1>{title}</h1>"
    for part in document.parts():
        yield from _part(part)
    yield "</body></html>"


def _part(part: DocumentPart) -> Iterator[str]:
    match part:
        case TextPart():
            yield f"<p>{'<br>'.join(map(html_text, part.lines))}</p>"
        case TreePart():
            yield "<ul>"
            yield from _tree(part)
            yield "</ul>"
        case TablePart():
            yield from _table(part)


def _tree(tree: TreePart) -> Iterator[str]:
    yield f"<li>{html_text(tree.label)}"
    if tree.branches:
        yield "<ul>"
        for branch in tree.branches:
            yield from _tree(branch)
        yield "</ul>"
    yield "</li>"


def _table(table: TablePart) -> Iterator[str]:
    if table.title:
        yield f"<h2>{html_text(table.title)}</h2>"
    classes = [' class="number"' if column in table.numbers else "" for column in table.columns]
    headings = "".join(
        f"<th{number}>{html_text(name)}</th>" for name, number in zip(table.columns, classes, strict=True)
    )
    yield f"<table><thead><tr>{headings}</tr></thead><tbody>"
    for row in table.rows():
        cells = (
            f"<td{number or (f' class={cell}' if cell in MARKS else '')}>{html_text(cell)}</td>"
            for cell, number in zip(row, classes, strict=True)
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table>"


def html_text(text: str) -> str:
    """Return text that may stand in HTML, in attributes, too."""
    return escape(printable(text))
