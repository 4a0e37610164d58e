"""Facts about a reviewed file and its sync: fingerprint, times, missing columns and known gaps."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from ..errors import FileError
from .review_model import OptionalColumn

__all__ = ["FileFingerprint", "check_unchanged", "fingerprint", "missing_columns", "parse_sync_time"]

NOT_GIVEN = "not reported by the connector"
TITLES = {
    "mail": OptionalColumn.MAIL,
    "status": OptionalColumn.STATUS,
    "account": OptionalColumn.ACCOUNT,
    "signed_in": OptionalColumn.SIGNED_IN,
    "owner": OptionalColumn.OWNER,
}


class FileFingerprint(Struct, frozen=True):
    """The SHA-256 and size in bytes of a file, and the inode and change time that identify it."""

    sha256: str
    size: int
    inode: int
    changed: int


def fingerprint(path: Path) -> FileFingerprint:
    """Read a file to its end and return its fingerprint. Raises FileError if it cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            status = path.stat()
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}", hint="Check the path.") from error
    return FileFingerprint(digest.hexdigest(), status.st_size, status.st_ino, status.st_mtime_ns)


def check_unchanged(path: Path, expected: FileFingerprint) -> None:
    """Raise FileError if the file was replaced since its fingerprint was taken."""
    try:
        status = path.stat()
        is_same = (status.st_size, status.st_ino, status.st_mtime_ns) == (
            expected.size,
            expected.inode,
            expected.changed,
        )
    except OSError:
        is_same = False
    if not is_same:
        raise FileError(f"{path} was replaced while it was read.", hint="Run the same command again.")


def parse_sync_time(text: str) -> datetime | None:
    """Parse the time of a sync; return None for an unfinished sync and for text that is no time."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def missing_columns(reported: dict[str, bool], *, compared: bool, expanded: bool) -> dict[OptionalColumn, str]:
    """Return the reason for each column without data."""
    reasons = {column: NOT_GIVEN for name, column in TITLES.items() if not reported[name]}
    if not compared:
        reasons[OptionalColumn.CHANGE] = "no earlier sync to compare with"
    if not expanded:
        reasons[OptionalColumn.VIA] = "grants were not expanded"
    return reasons
