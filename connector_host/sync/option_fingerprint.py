"""The fingerprint of an option's value: of a file or folder its content, since other content makes other rows.

The root of a file system is its own fingerprint: a running machine changes all the time, and some of its files never
end (`/proc/kmsg`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["option_fingerprint"]

MOST_READ = 1 << 30
"""Bytes of a folder that are read; of the files beyond, size and time of change count."""
MOST_FILES = 100_000


def option_fingerprint(value: Any) -> Any:
    """Return a JSON-able value that changes when the rows an option leads to may change."""
    if isinstance(value, Path):
        with suppress(OSError):
            if value.is_file():
                return [str(value), _file_digest(value)]
            if value.is_dir() and not os.path.ismount(value):
                return [str(value), _folder_digest(value)]
    return value


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder_digest(folder: Path) -> str:
    """Return a digest of the names and contents of the files in a folder and below."""
    digest = hashlib.sha256()
    read = 0
    for path in _files(folder):
        stat = path.stat()
        read += stat.st_size
        content = _file_digest(path) if read <= MOST_READ else f"{stat.st_size} {stat.st_mtime_ns}"
        digest.update(
            f"{len(os.fsencode(path))} {path.relative_to(folder)}\0{content}\0".encode(errors="surrogateescape")
        )
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Yield the regular files of a folder, in one order everywhere; links to folders are not followed."""
    number = 0
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file():
                yield path
                number += 1
                if number >= MOST_FILES:
                    return
