"""Markdown: headings, tables with pipes, trees as lists. What stored text could mean to a renderer is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from .document import Document, DocumentPart, TablePart, TextPart, TreePart
from .screen import Screen, write_pieces
from .terminal_text import printable

__all__ = ["write"]

SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~])")


def write(answer: Document, out: BinaryIO, screen: Screen) -> None:  # noqa: ARG001 - the same for every screen
    """Write every part of an answer."""
    write_pieces((f"{line}\n".encode(errors="backslashreplace") for line in _lines(answer)), out)


def _lines(answer: Document) -> Iterator[str]:
    between = False
    if answer.title:
        yield f"# {_text(answer.title)}"
        between = True
    for part in answer.parts():
        if between:
            yield ""
        between = True
        yield from _part(part)


def _part(part: DocumentPart) -> Iterator[str]:
    match part:
        case TextPart():
            yield from (f"{_text(line)}  " for line in part.lines[:-1])
            yield from (_text(line) for line in part.lines[-1:])
        case TreePart():
            yield from _tree(part, 0)
        case TablePart():
            yield from _table(part)


def _tree(tree: TreePart, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}- {_text(tree.label)}"
    for branch in tree.branches:
        yield from _tree(branch, depth + 1)


def _table(table: TablePart) -> Iterator[str]:
    if table.title:
        yield f"## {_text(table.title)}"
        yield ""
    yield _row([_text(column) for column in table.columns])
    yield _row(["--:" if column in table.numbers else "---" for column in table.columns])
    for row in table.rows():
        yield _row([_text(cell) for cell in row])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    return SPECIAL.sub(r"\\\1", printable(text))
