"""What may stand in a cell of a workbook, and how what may not is spelled."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from ..output.terminal_text import printable

__all__ = ["MOST_LETTERS", "cell_text", "cell_time", "quote_id", "unquote_id"]

MOST_LETTERS = 32_767  # of a cell, in UTF-16 units as Excel counts
CUT = " … (cut)"
NOT_XML = re.compile("[\ufffe\uffff]")
EARLIEST = 1901  # Excel's days begin in 1900, with a day too many in it


def cell_text(value: str) -> str:
    """The text of a cell: what cannot be shown is escaped, what is too long is cut, and says so."""
    plain = printable(value)
    if not plain.isascii():
        plain = NOT_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", plain)
    if len(plain) * 2 > MOST_LETTERS and _units(plain) > MOST_LETTERS:
        plain = _cut(plain, MOST_LETTERS - len(CUT)) + CUT
    return plain


def quote_id(value: str) -> str:
    """An id so that it can be read back exactly: as it is, or as a JSON string where a cell would change it."""
    if value and cell_text(value) == value == value.strip() and not value.startswith('"'):
        return value
    return json.dumps(value) if value else ""


def unquote_id(spelled: str) -> str:
    """The id that `spelled_id` made a cell's text of. ValueError for what it never makes."""
    if not spelled.startswith('"'):
        return spelled
    found = json.loads(spelled)
    if not isinstance(found, str):
        raise ValueError(spelled)
    return found


def cell_time(moment: datetime | None) -> datetime | str:
    """A date for a cell: UTC without its zone, to the second; text where Excel has no such date, or there is none."""
    if moment is None:
        return ""
    plain = moment.astimezone(UTC) if moment.tzinfo is not None else moment
    plain = plain.replace(tzinfo=None, microsecond=0)
    return plain if plain.year >= EARLIEST else plain.isoformat(" ")


def _units(plain: str) -> int:
    return len(plain.encode("utf-16-le")) // 2


def _cut(plain: str, units: int) -> str:
    return plain.encode("utf-16-le")[: units * 2].decode("utf-16-le", "ignore")
