"""Text for terminals and logs: what would move the cursor or hide letters is escaped, wide characters are measured.

Which characters are escaped follows from their Unicode properties: general category *Other* (controls, marks that
reorder or hide text, surrogates, private and unassigned code points), line and paragraph separators, and the letters,
marks and symbols whose names say that they show nothing. Joiners and variation selectors stay where scripts and emoji
need them, between two visible characters that are not ASCII.
"""

from __future__ import annotations

import functools
import unicodedata

__all__ = ["is_printable", "json_printable", "pad", "printable", "printable_lines", "width"]

NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
ZERO_WIDTH = {"Mn", "Me", "Cf"}
JOINERS = "\u200c\u200d"
SELECTORS = "\ufe0e\ufe0f"  # text or emoji style of the symbol before
KEYCAPS = "0123456789#*"
SHOWS_NOTHING = ("FILLER", "VARIATION SELECTOR", "JOINER", "VOWEL INHERENT", "BRAILLE PATTERN BLANK")


def printable(text: str) -> str:
    """Return the text in one line, with everything escaped that is not safe to show on a terminal."""
    if text.isascii() and text.isprintable():
        return text
    return _escaped(text, keep="")


def printable_lines(text: str) -> str:
    """Return the text with line ends and tabs kept, and everything else escaped that is not safe to show."""
    if text.isascii() and text.isprintable():
        return text
    return _escaped(text, keep="\n\t")


def is_printable(text: str) -> bool:
    """Return whether the text may be shown as it is."""
    return printable(text) == text


def json_printable(text: str) -> str:
    r"""Return JSON text with the same value in which unsafe characters are written as `\u` escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _stays(text, at) else _json_escape(char) for at, char in enumerate(text))


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes: wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Return the text filled with spaces to a width; a longer one stays as it is."""
    space = " " * (columns - width(text))
    return space + text if right else text + space


def _escaped(text: str, *, keep: str) -> str:
    if text.isascii() and text.isprintable():  # most text, and quick for any length
        return text
    return "".join(char if char in keep or _stays(text, at) else _escape(char) for at, char in enumerate(text))


def _stays(text: str, at: int) -> bool:
    """Return whether the character at an index is safe where it is."""
    char = text[at]
    if _is_visible(char):
        return True
    before = text[at - 1] if at else " "
    if char in SELECTORS:
        return unicodedata.category(before)[0] == "S" or (before in KEYCAPS and text[at + 1 : at + 2] == "\u20e3")
    if char not in JOINERS or at + 1 == len(text):
        return False
    after = text[at + 1]
    begins = _is_script(before) or (before in SELECTORS and _stays(text, at - 1))
    return begins and _is_script(after)


def _is_script(char: str) -> bool:
    return not char.isascii() and _is_visible(char)


@functools.lru_cache(maxsize=1 << 16)
def _is_visible(char: str) -> bool:
    category = unicodedata.category(char)
    if category[0] == "C" or category in {"Zl", "Zp"}:
        return False
    if char.isascii() or category not in {"Lo", "Mn", "So"}:
        return True
    name = unicodedata.name(char, "")
    return not any(word in name for word in SHOWS_NOTHING)


def _columns(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.category(char) in ZERO_WIDTH:
        return 0
    return 1 + (unicodedata.east_asian_width(char) in {"W", "F"})


def _escape(char: str) -> str:
    if char in NAMED:
        return NAMED[char]
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(char: str) -> str:
    if char in "\n\t\r":
        return char  # between the values; inside of strings JSON has them escaped already
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
