"""Explanation of a full disk while a file is made: the folders that it concerns, and the space that is needed."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import apsw

from ...errors import FileError
from ..container import unpacked_size
from ..sqlite_connections import SCRATCH, database_name, open_database
from .output_file import PEBBLE
from .size_estimates import collected_size

__all__ = ["explained_full_disk"]

SORTED = 4
"""An index is sorted in temporary files of up to a quarter of the database's size."""
PACKED = 10
"""A packed file is about a tenth of its database."""
FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def explained_full_disk(database: Path, output: Path, work: Path, *, engine: str, limit: int) -> Iterator[None]:
    """Remove the drafts when the disk is full, and add to the error how much space the file takes, and where.

    The file of a storage engine is made of the working database `database` in the folder `work`, and is to replace
    `output`. `limit` are the bytes that readers accept.
    """
    try:
        yield
    except FileError as error:
        if _is_full(error.__cause__):
            with suppress(OSError, apsw.Error):
                for draft in (*work.glob("draft.*"), *work.glob("earlier-*")):
                    draft.unlink()  # the next run makes it again, and needs room to begin
                needs = _v3_needs(database) if engine == PEBBLE else _v1_needs(database, output, limit)
                error.hint = f"{error.hint} {_sentence(work, *needs)}".lstrip()
        raise


def _is_full(cause: BaseException | None) -> bool:
    return isinstance(cause, apsw.FullError) or (isinstance(cause, OSError) and cause.errno in FULL)


def _v1_needs(database: Path, output: Path, limit: int) -> tuple[int, int]:
    """Return the bytes of the database and its packed file, and those of the temporary files in which it is sorted."""
    with closing(open_database(None, SCRATCH)) as db:
        db.execute("attach ? as collected", (database_name(database),))
        size = collected_size(db, "collected", 0)
    retained = unpacked_size(output)
    size += retained if size + retained <= limit else 0
    return size + size // PACKED, size // SORTED


def _v3_needs(database: Path) -> tuple[int, int]:
    """Return the bytes of the copy of the database and its packed entries, and those of the sorted grants."""
    size = database.stat().st_size
    return size + size // 2, 2 * size


def _sentence(work: Path, size: int, sorted_size: int) -> str:
    temporary = _temporary_folder()
    sorts_here = temporary.stat().st_dev == work.stat().st_dev
    text = f"Making the file takes about {_place(work.parent, size + sorted_size if sorts_here else size)}"
    return f"{text}." if sorts_here else f"{text}, and {_place(temporary, sorted_size)} (TMPDIR names another folder)."


def _place(folder: Path, needed: int) -> str:
    return f"{_bytes(needed)} in {folder}, where {_bytes(shutil.disk_usage(folder).free)} are free"


def _temporary_folder() -> Path:
    """Return the folder in which SQLite sorts."""
    names = [os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp"]  # noqa: S108 - its list
    folders = [Path(name) for name in names if name and os.name == "posix"]
    usable = (folder for folder in folders if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK))
    return next(usable, Path(tempfile.gettempdir()))


def _bytes(number: int) -> str:
    return f"{number / 1e9:,.1f} GB" if number >= 1e9 else f"{number / 1e6:,.0f} MB"
