"""The folder that a payload is unpacked to: plain new files, whatever the payload calls them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..zstd_frames import fresh_file
from .malformed import Malformed

__all__ = ["Folder"]

MOST_FILES = 20_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""The names that a database's files have: in no folder, and nothing that leads out of one."""


class Folder:
    """Makes files of mode 0600 in an existing folder; once the block ends in an error, all of them are gone again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made: dict[str, Path] = {}

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            for path in self._made.values():
                path.unlink(missing_ok=True)

    @contextmanager
    def file(self, name: str) -> Iterator[IO[bytes]]:
        """A new file to write to. Raises Malformed for a name that no file of a database has, or that came before."""
        if not NAME.fullmatch(name):
            raise Malformed(f"its payload has a file named {name[:60]!r}")
        if name in self._made:
            raise Malformed(f"its payload has two files named {name}")
        if len(self._made) >= MOST_FILES:
            raise Malformed(f"its payload has more than {MOST_FILES} files")
        with fresh_file(self._path / name) as out:
            self._made[name] = self._path / name
            yield out
