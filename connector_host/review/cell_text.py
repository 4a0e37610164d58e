"""Texts, ids and times in the form that a cell of a workbook can hold."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from ..output.terminal_text import printable

__all__ = ["MOST_LETTERS", "cell_text", "cell_time", "quote_id", "unquote_id"]

MOST_LETTERS = 32_767  # of a cell, in UTF-16 units as Excel counts
CUT = " … (cut)"
NOT_XML = re.compile("[\ufffe\uffff]")
EARLIEST = 1901  # Excel's dates begin in 1900, a year it gives a leap day too many


def cell_text(value: str) -> str:
    """Return the text of a cell: hidden characters are escaped, a text that is too long is cut and marked."""
    plain = printable(value)
    if not plain.isascii():
        plain = NOT_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", plain)
    if len(plain) * 2 > MOST_LETTERS and _units(plain) > MOST_LETTERS:
        plain = _cut(plain, MOST_LETTERS - len(CUT)) + CUT
    return plain


def quote_id(value: str) -> str:
    """Return an id in a form that is read back exactly: unchanged, or as a JSON string where a cell would change it."""
    if value and cell_text(value) == value == value.strip() and not value.startswith('"'):
        return value
    return json.dumps(value) if value else ""


def unquote_id(text: str) -> str:
    """Return the id from a text that `quote_id` made. Raises ValueError for any other text."""
    if not text.startswith('"'):
        return text
    try:
        decoded = json.loads(text)
    except RecursionError:
        raise ValueError(text[:20]) from None
    if not isinstance(decoded, str):
        raise ValueError(text)
    return decoded


def cell_time(moment: datetime | None) -> datetime | str:
    """Return a time for a cell: UTC without zone, in seconds; a text if Excel has no such date or there is none."""
    if moment is None:
        return ""
    utc_time = moment.astimezone(UTC) if moment.tzinfo is not None else moment
    utc_time = utc_time.replace(tzinfo=None, microsecond=0)
    return utc_time if utc_time.year >= EARLIEST else utc_time.isoformat(" ")


def _units(plain: str) -> int:
    return len(plain.encode("utf-16-le")) // 2


def _cut(plain: str, units: int) -> str:
    return plain.encode("utf-16-le")[: units * 2].decode("utf-16-le", "ignore")
