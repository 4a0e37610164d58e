"""Access reviews: who holds what as of a sync, put before people who decide, and what they decided read back.

`book` opens the files and gives the plain values of `model`; each output is a module of its own, loaded when its
ending is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, cast

from ..errors import ConfigError
from .review_files import Review

__all__ = ["ENDINGS", "Writer", "writer"]

Writer = Callable[[Review, BinaryIO], None]
ENDINGS = {".xlsx": "workbook", ".html": "review_page"}
"""The ending of an output's name -> the module here whose function `write` makes it."""


def writer(path: Path) -> Writer:
    """What writes an output of this name. ConfigError for an ending that is none of `ENDINGS`."""
    module = ENDINGS.get(path.suffix.lower())
    if module is None:
        raise ConfigError(
            f"a review is not written as {path.suffix or path.name!r}",
            hint=f"Name an output that ends in {' or '.join(ENDINGS)}.",
        )
    return cast("Writer", import_module(f".{module}", __name__).write)
