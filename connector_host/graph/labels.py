"""Names and labels shortened so that a drawing is legible."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

__all__ = ["MOST_LISTED", "fit_label", "short_label", "shorten_middle"]

MOST_LISTED = 4


def shorten_middle(text: str, width: int) -> str:
    """Shorten a text in the middle to a width in letters; letters of East Asian scripts count twice."""
    if _fits(text, width):
        return text
    head = _fitting(text, (width - 1) // 2 + (width - 1) % 2)
    tail = _fitting(reversed(text[len(head) :]), (width - 1) // 2)[::-1]
    return f"{head.rstrip()}…{tail.lstrip()}"


def short_label(text: str) -> str:
    """Return the first names of a list that is separated by commas, and the number of the others."""
    names = text.split(", ")
    if len(names) <= MOST_LISTED + 1:
        return text
    return f"{', '.join(names[:MOST_LISTED])} +{len(names) - MOST_LISTED:,}"


def fit_label(text: str, width: int) -> str:
    """Return as many names of a list as fit into a width in letters, and the number of the others."""
    names = text.split(", ")
    for listed in range(min(len(names), width), 0, -1):
        more = f" +{len(names) - listed:,}" if listed < len(names) else ""
        label = ", ".join(names[:listed]) + more
        if _fits(label, width):
            return label
    more = f" +{len(names) - 1:,}" if len(names) > 1 else ""
    return shorten_middle(names[0], width - len(more)) + more


def _fits(text: str, width: int) -> bool:
    return len(text) <= width and len(_fitting(text, width)) == len(text)


def _fitting(letters: Iterable[str], width: int) -> str:
    """Return the first letters, as many as fit."""
    fitting: list[str] = []
    for letter in letters:
        width -= 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if width < 0:
            break
        fitting.append(letter)
    return "".join(fitting)
