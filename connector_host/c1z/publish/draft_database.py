"""A database in the making that nobody needs after a crash: it is never synced to the disk.

Syncing 800 MB takes as long as the disk pleases, and what can be made again from what is on the disk already does not
need it. Transactions are undone as ever when the process lives on.
"""

from __future__ import annotations

from pathlib import Path

import apsw

from ..v1 import schema

__all__ = ["create", "open_draft", "size"]

PAGE = 16384  # bytes; a fifth less time for indexes than with 4096, and fewer, larger writes
CACHE = 32768  # KiB; the sorter of an index takes as much again, once for each thread
THREADS = 2
"""Beside SQLite's own, for the sorting of indexes: 2,000,000 grants are indexed in 4.7 instead of 5.6 s."""


def create(path: Path) -> apsw.Connection:
    """A new database with the tables of a c1z, without their indexes, to be filled from others."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
    try:
        path.chmod(0o600)
        db.pragma("page_size", PAGE)
        _set_up(db)
        schema.create_tables(db)
    except BaseException:
        db.close()
        raise
    return db


def open_draft(path: Path) -> apsw.Connection:
    """One that is there."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        _set_up(db)
    except BaseException:
        db.close()
        raise
    return db


def size(db: apsw.Connection, pages: str = "page_count") -> int:
    """The size of a database, or of another number of pages, in bytes."""
    return int(db.pragma(pages)) * int(db.pragma("page_size"))


def _set_up(db: apsw.Connection) -> None:
    db.pragma("synchronous", "off")
    db.pragma("trusted_schema", False)
    db.pragma("cache_size", -CACHE)
    db.pragma("threads", THREADS)
