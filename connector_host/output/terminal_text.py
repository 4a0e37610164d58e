"""Text for screens: what cannot be shown is escaped, what is wide is measured."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["UNSAFE", "pad", "printable", "printable_lines", "width"]

# C0, DEL and C1 controls, line separators, and the marks that reorder or hide text
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
ZERO_WIDTH = {"Mn", "Me", "Cf"}


def printable(text: str) -> str:
    """The text with everything escaped that would move the cursor, colour the screen or reorder letters."""
    if text.isprintable() and text.isascii():
        return text
    return UNSAFE.sub(_escape, text)


def printable_lines(text: str) -> str:
    """The same for text of several lines: line ends and tabs stay."""
    if text.isprintable() and text.isascii():
        return text
    return UNSAFE.sub(lambda match: match[0] if match[0] in "\n\t" else _escape(match), text)


def width(text: str) -> int:
    """How many columns of a terminal a text takes: wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """The text filled with spaces to a width; a longer one stays whole."""
    space = " " * (columns - width(text))
    return space + text if right else text + space


def _columns(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.category(char) in ZERO_WIDTH:
        return 0
    return 1 + (unicodedata.east_asian_width(char) in {"W", "F"})


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in NAMED:
        return NAMED[char]
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
