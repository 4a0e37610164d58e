"""Aligned text tables: coloured heads on a terminal, plain where a program or a pager reads."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

__all__ = ["display_width", "print_table"]

GAP = "  "


def display_width(text: str) -> int:
    """How many columns a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(char) in {"Mn", "Me", "Cf"}
        else 1 + (unicodedata.east_asian_width(char) in {"W", "F"})
        for char in text
    )


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, stream: TextIO) -> None:
    """Write rows under headers; columns that hold only numbers stand right."""
    cells = [["" if cell is None else _one_line(str(cell)) for cell in row] for row in rows]
    numeric = [
        bool(cells) and all(row[index].lstrip("+-").replace(",", "").isdigit() or not row[index] for row in cells)
        for index in range(len(headers))
    ]
    widths = [max(display_width(row[index]) for row in [list(headers), *cells]) for index in range(len(headers))]
    for row in [list(headers), *cells]:
        padded = [_pad(cell, width, right) for cell, width, right in zip(row, widths, numeric, strict=True)]
        stream.write(GAP.join(padded).rstrip() + "\n")


def _one_line(text: str) -> str:
    """Control characters would break the table, or the terminal."""
    return "".join(char if char.isprintable() else " " if char in "\n\t" else "\ufffd" for char in text)


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - display_width(text))
    return space + text if right else text + space
