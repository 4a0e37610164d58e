"""Text search for people: letter case, accents, width and spacing make no difference, every word has to match.

Commands, the pages of `explore` and reviews search with these functions, so that all of them find the same.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fold_text", "matches_words", "search_words"]

ACCENTS = re.compile("[\u0300-\u036f]")  # the combining marks of Latin, Greek and Cyrillic letters
PLAIN_LETTERS = str.maketrans(
    dict(
        zip("\u0142\u00f8\u0111\u00f0\u0127\u0167\u0131\u014b", "loddhtin", strict=True),  # l, o, d, ... with a stroke
        **{"\u00e6": "ae", "\u0153": "oe", "\u00fe": "th", "\u2018": "'", "\u2019": "'"},
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014", "-"),
    )
)
"""Letters and marks that people type in another way and that Unicode does not take apart."""


def fold_text(text: str) -> str:
    """Return a text in the form that searches compare: "  Zoë  ÅNGSTRÖM " becomes "zoe angstrom"."""
    if text.isascii():
        return " ".join(text.lower().split())
    letters = _without_accents(_without_accents(text).casefold())
    return " ".join(unicodedata.normalize("NFC", letters).translate(PLAIN_LETTERS).split())


def _without_accents(text: str) -> str:
    return ACCENTS.sub("", unicodedata.normalize("NFKD", text))


def search_words(text: str) -> tuple[str, ...]:
    """Return the words of a search, folded, each once."""
    return tuple(dict.fromkeys(fold_text(text).split()))


def matches_words(folded: str, words: tuple[str, ...]) -> bool:
    """Return True if a folded text contains every word, in any order."""
    return all(word in folded for word in words)
