"""What is known of a file and the sync of it under review: where it comes from, and what it may lack."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from ..c1z.types import FULL, SyncRun
from ..errors import FileError
from ..query.sync_origin import SyncOrigin
from .review_model import OptionalColumn

__all__ = ["FileFingerprint", "check_unchanged", "fingerprint", "gaps", "missing_columns", "parse_sync_time"]

BLOCK = 1 << 20
NOT_GIVEN = "not given by the connector"
TITLES = {
    "mail": OptionalColumn.MAIL,
    "status": OptionalColumn.STATUS,
    "account": OptionalColumn.ACCOUNT,
    "signed_in": OptionalColumn.SIGNED_IN,
    "owner": OptionalColumn.OWNER,
}


class FileFingerprint(Struct, frozen=True):
    """A file as it was found: its SHA-256, its size in bytes, and what tells another file in its place."""

    sha256: str
    size: int
    inode: int
    changed: int


def fingerprint(path: Path) -> FileFingerprint:
    """Read a file through. FileError if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
            found = path.stat()
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}") from error
    return FileFingerprint(digest.hexdigest(), found.st_size, found.st_ino, found.st_mtime_ns)


def check_unchanged(path: Path, found: FileFingerprint) -> None:
    """FileError unless the file is still the one that was read through."""
    try:
        now = path.stat()
        same = (now.st_size, now.st_ino, now.st_mtime_ns) == (found.size, found.inode, found.changed)
    except OSError:
        same = False
    if not same:
        raise FileError(f"{path} was replaced while it was read", hint="Give the same command again.")


def parse_sync_time(text: str) -> datetime | None:
    """A time of a sync; None for an unfinished one's, and for text that is no time."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def missing_columns(given: dict[str, bool], *, compared: bool, expanded: bool) -> dict[OptionalColumn, str]:
    """Why a column has nothing to show."""
    found = {column: NOT_GIVEN for name, column in TITLES.items() if not given[name]}
    if not compared:
        found[OptionalColumn.CHANGE] = "no earlier sync to compare with"
    if not expanded:
        found[OptionalColumn.VIA] = "grants were not expanded"
    return found


def gaps(sync: SyncRun, origin: SyncOrigin, *, expanded: bool, lost: tuple[int, int]) -> Iterator[str]:
    """What the population may lack: a sentence each. `lost`: principals and entitlements that only grants name."""
    if not sync.finished:
        yield "The sync is not finished: what it had not read yet is missing."
    elif sync.type != FULL:
        yield f"The sync is of type {sync.type}, not full: what it was not asked for is missing."
    if origin.only:
        yield f"Only these resource types were read: {', '.join(origin.only)}."
    if origin.without:
        yield f"Left out when it was read: {', '.join(origin.without)}."
    if not expanded:
        yield (
            "Groups pass access on, but the grants behind them are not in the file: members of groups are shown"
            " without it. `connector-host expand` derives them."
        )
    for text in origin.limits:
        yield f"The connector said: {text}"
    for text in origin.unread:
        yield f"Not read: {text}"
    for number, what in zip(lost, ("principals", "entitlements"), strict=True):
        if number:
            yield f"Grants name {number:,} {what} that the sync does not hold; they are shown by their ids."
