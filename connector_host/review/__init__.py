"""Access reviews: the grants of a sync as a workbook or page for reviewers, and their decisions read back.

`review_files` opens the c1z files and returns the values of `review_model`. Each output format is a module of its own,
loaded when a file with its ending is written.
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
ENDINGS = {".xlsx": "workbooks.workbook", ".html": "pages.review_page"}
"""The module for each file ending; its function `write` writes the review."""


def writer(path: Path) -> Writer:
    """Return the function that writes an output of this name. Raises ConfigError for an unknown ending."""
    module = ENDINGS.get(path.suffix.lower())
    if module is None:
        raise ConfigError(
            f"A review cannot be written as {path.suffix or path.name!r}.",
            hint=f"Choose an output file that ends in {' or '.join(ENDINGS)}.",
        )
    return cast("Writer", import_module(f".{module}", __name__).write)
