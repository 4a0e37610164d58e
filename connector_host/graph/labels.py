"""Names and labels shortened so that a drawing is legible."""

from __future__ import annotations

import unicodedata

__all__ = ["MOST_LISTED", "fit_label", "short_label", "shorten_middle"]

MOST_LISTED = 4


def shorten_middle(text: str, width: int) -> str:
    """Shorten a text in the middle to a width in letters; letters of East Asian scripts count twice."""
    if _width(text) <= width:
        return text
    head: list[str] = list(text)
    tail: list[str] = []
    while head and _width("".join(head)) > (width - 1) // 2 + (width - 1) % 2:
        tail.insert(0, head.pop())
    while tail and _width("".join(tail)) > (width - 1) // 2:
        tail.pop(0)
    return f"{''.join(head).rstrip()}…{''.join(tail).lstrip()}"


def short_label(text: str) -> str:
    """Return the first names of a list that is separated by commas, and the number of the others."""
    names = text.split(", ")
    if len(names) <= MOST_LISTED + 1:
        return text
    return f"{', '.join(names[:MOST_LISTED])} +{len(names) - MOST_LISTED:,}"


def fit_label(text: str, width: int) -> str:
    """Return as many names of a list as fit into a width in letters, and the number of the others."""
    names = text.split(", ")
    for listed in range(len(names), 0, -1):
        more = f" +{len(names) - listed:,}" if listed < len(names) else ""
        label = ", ".join(names[:listed]) + more
        if _width(label) <= width:
            return label
    more = f" +{len(names) - 1:,}" if len(names) > 1 else ""
    return shorten_middle(names[0], width - len(more)) + more


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
