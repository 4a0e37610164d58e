"""The folder that a payload is unpacked to: new regular files with checked names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..zstd_frames import fresh_file
from .malformed import Malformed

__all__ = ["PayloadFolder"]

MOST_FILES = 20_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""The names of the files of a database: without a folder, and without a way out of one."""


class PayloadFolder:
    """Creator of files of mode 0600 in an existing folder. They are removed when the block ends with an error."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: set[str] = set()
        self._created: list[Path] = []

    def __enter__(self) -> PayloadFolder:
        return self

    def __exit__(self, error_type: type[BaseException] | None, *_: object) -> None:
        if error_type is not None:
            for path in self._created:
                path.unlink(missing_ok=True)

    def reserve(self, name: str) -> None:
        """Take a name for a file. Raises Malformed for one that is repeated or not allowed."""
        if not NAME.fullmatch(name):
            raise Malformed(f"its payload has a file named {name[:60]!r}")
        if name in self._names:
            raise Malformed(f"its payload has two files named {name}")
        if len(self._names) >= MOST_FILES:
            raise Malformed(f"its payload has more than {MOST_FILES} files")
        self._names.add(name)

    @contextmanager
    def create(self, name: str) -> Iterator[IO[bytes]]:
        """Create the file of a reserved name and open it for writing."""
        path = self._path / name
        with fresh_file(path) as out:
            self._created.append(path)
            yield out
