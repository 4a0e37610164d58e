"""Markdown: headings, tables with pipes, trees as lists. Stored text is escaped, entities and links included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from .document import Document, DocumentPart, TablePart, TextPart, TreePart
from .screen import Screen, write_pieces
from .terminal_text import printable

__all__ = ["markdown_text", "write"]

# markup, entities, and the words that renderers make links of
SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
LINE_START = re.compile(r"(?:[-+=]|[0-9]+[.)])")


def write(document: Document, out: BinaryIO, screen: Screen) -> None:  # noqa: ARG001 - the same for every screen
    """Write every part of a document."""
    write_pieces((f"{line}\n".encode(errors="backslashreplace") for line in _lines(document)), out)


def _lines(document: Document) -> Iterator[str]:
    if document.title:
        yield f"# {markdown_text(document.title)}"
    for number, part in enumerate(document.parts()):
        if number or document.title:
            yield ""
        yield from _part(part)


def _part(part: DocumentPart) -> Iterator[str]:
    match part:
        case TextPart():
            yield from (f"{_paragraph_line(line)}  " for line in part.lines[:-1])
            yield from map(_paragraph_line, part.lines[-1:])
        case TreePart():
            yield from _tree(part, 0)
        case TablePart():
            yield from _table(part)


def _tree(tree: TreePart, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}- {markdown_text(tree.label)}"
    for branch in tree.branches:
        yield from _tree(branch, depth + 1)


def _table(table: TablePart) -> Iterator[str]:
    if table.title:
        yield f"## {markdown_text(table.title)}"
        yield ""
    yield _row([markdown_text(column) for column in table.columns])
    yield _row(["--:" if column in table.numbers else "---" for column in table.columns])
    for row in table.rows():
        yield _row([markdown_text(cell) for cell in row])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def markdown_text(text: str) -> str:
    """Return text that a renderer of Markdown shows as it is."""
    return SPECIAL.sub(r"\\\1", printable(text))


def _paragraph_line(line: str) -> str:
    """Return a line that begins no list and underlines no heading."""
    text = markdown_text(line).lstrip(" ")
    marker = LINE_START.match(text)
    return f"{text[: marker.end() - 1]}\\{text[marker.end() - 1 :]}" if marker else text
