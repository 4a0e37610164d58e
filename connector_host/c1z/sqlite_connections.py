"""The one place that opens SQLite databases and sets their pragmas.

Every database has a profile: how it is opened, how durable its writes are, and whether its content is trusted. A
database that came from outside is opened with `UNTRUSTED` or `UNTRUSTED_WRITABLE` only (`v1.guarded_database`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw
from msgspec import Struct

from ..errors import FileError
from ..operating_system import DESCRIPTOR_FLAGS
from ..wire.damage import DAMAGED_FILE as DAMAGED
from .private_folder import known_path
from .transactions import ROOM

__all__ = [
    "DAMAGED",
    "DRAFT",
    "LONGEST_VALUE",
    "NEW_DRAFT",
    "NEW_EXPORT",
    "NEW_WORKING",
    "READ_ONLY",
    "SCRATCH",
    "SORTED_DRAFT",
    "SORTED_SIZE",
    "UNTRUSTED",
    "UNTRUSTED_CHECK",
    "UNTRUSTED_WRITABLE",
    "WORKING",
    "WORKING_TO_COPY",
    "Profile",
    "attach_draft",
    "close_log",
    "database_name",
    "database_size",
    "erase_deleted_rows",
    "open_database",
    "rollback_journal",
]

Pragmas = tuple[tuple[str, str | int], ...]
OPEN, CREATE = apsw.SQLITE_OPEN_READWRITE, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
KIB_1_MIB, KIB_24_MIB, KIB_32_MIB, KIB_40_MIB, KIB_64_MIB, KIB_96_MIB = -1024, -24576, -32768, -40960, -65536, -98304
URI_SCHEME = "file:"
LARGE_PAGE = 16384  # bytes; a fifth less time for indexes than with 4096, and fewer, larger writes
SORTING_THREADS = 2  # in addition to SQLite's own: 2,000,000 grants are indexed in 4.7 instead of 5.6 s
LOG_PAGES = 4096  # 64 MiB of write-ahead log before it is moved into the database: few, large moves

LONGEST_VALUE = 64 << 20  # bytes; the connectors' messages are bounded by 4 MiB on the wire
OFF, ON = 0, 1
UNTRUSTED_CONFIG = (
    (apsw.SQLITE_DBCONFIG_DEFENSIVE, ON),
    (apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, OFF),
    (apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, OFF),
    (apsw.SQLITE_DBCONFIG_ENABLE_VIEW, OFF),
    (apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, OFF),
    (apsw.SQLITE_DBCONFIG_WRITABLE_SCHEMA, OFF),
)
UNTRUSTED_LIMITS = (
    (apsw.SQLITE_LIMIT_LENGTH, LONGEST_VALUE),
    (apsw.SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
    (apsw.SQLITE_LIMIT_COLUMN, 200),
    (apsw.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
    (apsw.SQLITE_LIMIT_WORKER_THREADS, 0),
)


class Profile(Struct, frozen=True, kw_only=True):
    """The way to open a kind of database. `uri` are parameters of SQLite's URI; `untrusted` content is never run."""

    flags: int = OPEN
    pragmas: Pragmas = ()
    uri: str = ""
    untrusted: bool = False


UNTRUSTED_PRAGMAS: Pragmas = (
    ("cell_size_check", "on"),
    ("ignore_check_constraints", "on"),
    ("mmap_size", 0),
    ("temp_store", "file"),
    ("cache_size", KIB_24_MIB),
)
UNTRUSTED = Profile(uri="mode=ro&immutable=1", untrusted=True, pragmas=UNTRUSTED_PRAGMAS)
"""The unpacked database of a file from outside. Nothing is written to it, also not by write-ahead-log recovery."""
UNTRUSTED_CHECK = Profile(uri=UNTRUSTED.uri, untrusted=True, pragmas=(*UNTRUSTED_PRAGMAS, ("cache_size", KIB_1_MIB)))
"""The same database for SQLite's check of its integrity, which a larger cache does not make quicker."""
UNTRUSTED_WRITABLE = Profile(
    uri="mode=rw",
    untrusted=True,
    pragmas=(
        *UNTRUSTED_PRAGMAS,
        ("locking_mode", "exclusive"),
        ("journal_mode", "memory"),
        ("synchronous", "off"),
    ),
)
"""An unpacked copy that lacks indexes, or is filled with records. Nobody else sees it, and it is thrown away."""

DRAFT_PRAGMAS: Pragmas = (
    ("synchronous", "off"),
    ("trusted_schema", "off"),
    ("cache_size", KIB_32_MIB),
    ("threads", SORTING_THREADS),
)
DRAFT = Profile(pragmas=DRAFT_PRAGMAS)
"""A database in the making that nobody needs after a crash: it is never synchronised to the disk."""
SORTED_DRAFT = Profile(pragmas=(*DRAFT_PRAGMAS, ("cache_size", KIB_96_MIB)))
"""A draft whose indexes are sorted in memory; with more rows than fit, sorting would take this size several times."""
SORTED_SIZE = 384 << 20
"""Bytes of the largest draft without indexes, about 1,000,000 grants, for which this profile is meant."""
NEW_DRAFT = Profile(flags=CREATE, pragmas=(("page_size", LARGE_PAGE), *DRAFT_PRAGMAS))
NEW_EXPORT = Profile(flags=CREATE, pragmas=(("page_size", LARGE_PAGE), ("journal_mode", "off"), *DRAFT_PRAGMAS))
"""A draft that is removed when anything fails: it needs no journal."""

WORKING_PRAGMAS: Pragmas = (
    ("journal_mode", "wal"),
    ("synchronous", "normal"),
    ("cache_size", KIB_64_MIB),
    ("wal_autocheckpoint", LOG_PAGES),
)
WORKING = Profile(pragmas=WORKING_PRAGMAS)
"""The working database of a running sync: what is committed survives the process (docs/reliability.md)."""
WORKING_TO_COPY = Profile()
"""The working database of a finished collection, which is completed in one file and copied."""
NEW_WORKING = Profile(flags=CREATE, pragmas=(("page_size", LARGE_PAGE), *WORKING_PRAGMAS))
"""Large pages take a tenth less processor time for a sync of 1,000,000 grants."""

READ_ONLY = Profile(
    flags=apsw.SQLITE_OPEN_READONLY,
    pragmas=(("cache_size", KIB_24_MIB), ("threads", SORTING_THREADS), ("temp_store", "file")),
)
"""A database of our own that is only read."""
SCRATCH = Profile(flags=CREATE, pragmas=(("journal_mode", "off"), ("synchronous", "off"), ("cache_size", KIB_24_MIB)))
"""A temporary database without a name on the disk: nothing is left of it however the process ends."""


def open_database(path: Path | None, profile: Profile) -> apsw.Connection:
    """Open the database at `path` with a profile; None opens a temporary database without a name.

    A created file has mode 0600. Raises apsw.Error; FileError when the file cannot be created.
    """
    if path is not None and profile.flags & apsw.SQLITE_OPEN_CREATE:
        _create_file(path)
    name = "" if path is None else database_name(path)
    flags = profile.flags
    if path is not None and profile.uri:
        name, flags = f"{path.absolute().as_uri()}?{profile.uri}", flags | apsw.SQLITE_OPEN_URI
    elif name.startswith(URI_SCHEME):
        flags |= apsw.SQLITE_OPEN_URI
    db = apsw.Connection(name, flags=flags)
    try:
        if profile.untrusted:
            for option, value in UNTRUSTED_CONFIG:
                db.config(option, value)
            for limit, maximum in UNTRUSTED_LIMITS:
                db.limit(limit, maximum)
        for pragma, setting in profile.pragmas:
            db.pragma(pragma, setting)
    except BaseException:
        db.close(force=True)
        raise
    return db


def database_name(path: Path) -> str:
    """Return the name of a database for SQLite: its path, or a URI for a path that is not UTF-8.

    SQLite takes names in UTF-8 only. A URI spells the other bytes of a folder from an old archive as %FC.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return path.absolute().as_uri()
    return str(path)


def _create_file(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | DESCRIPTOR_FLAGS, 0o600))
    except OSError as error:
        raise FileError(f"{known_path(path)} cannot be created ({error.strerror})", hint=ROOM) from error


def attach_draft(db: apsw.Connection, path: Path) -> None:
    """Attach the draft at `path` to a connection as `target`. Raises apsw.Error."""
    db.execute("attach ? as target", (f"{path.absolute().as_uri()}?mode=rw",))
    db.execute("pragma target.journal_mode = memory; pragma target.synchronous = off")


@contextmanager
def rollback_journal(db: apsw.Connection) -> Iterator[None]:
    """Use a rollback journal instead of the write-ahead log for the block, where nobody else has the file open.

    It is as safe, with `synchronous=FULL`: with NORMAL, which is enough for the log, a power loss may leave a journal
    whose header claims more than it holds. Appended pages are written once instead of twice: copying a million grants
    takes 1.3 instead of 2.6 s, indexing them 3.4 instead of 4.4 s. No transaction may be open.
    """
    before = str(db.pragma("journal_mode"))
    if before == "wal":
        with suppress(apsw.BusyError, apsw.LockedError):
            db.pragma("journal_mode", "delete")
            db.pragma("synchronous", "full")
    try:
        yield
    finally:
        if before == "wal":
            with suppress(apsw.Error):  # a full disk, say; nothing depends on it, and the next opening sets it again
                db.pragma("journal_mode", "wal")
                db.pragma("synchronous", "normal")


def erase_deleted_rows(db: apsw.Connection) -> None:
    """Overwrite deleted content from now on, so that page tokens and the like do not stay in free pages."""
    db.pragma("secure_delete", "on")


def close_log(db: apsw.Connection) -> None:
    """Move the write-ahead log into the database, so that the file is complete. Raises apsw.BusyError."""
    db.pragma("journal_mode", "delete")


def database_size(db: apsw.Connection, *, free: bool = False, database: str = "main") -> int:
    """Return the size of an attached database in bytes, or of its free pages."""
    pages = int(db.pragma("freelist_count" if free else "page_count", schema=database))
    return pages * int(db.pragma("page_size", schema=database))
