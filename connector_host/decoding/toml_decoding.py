"""TOML from outside: config files and files of rules."""

from __future__ import annotations

import tomllib
from typing import Any

__all__ = ["decode_toml"]

MOST_PARTS = 32  # of a key; the parser needs memory in proportion to their square
LONGEST_LINE = 20_000


def decode_toml(content: bytes) -> dict[str, Any]:
    """Decode a TOML text. Raises ValueError for every fault of the text; of TOML itself, tomllib.TOMLDecodeError."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST_LINE or line.partition("=")[0].count(".") >= MOST_PARTS:
            raise ValueError(f"line {number} is too long")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("the values are nested too deeply") from None
