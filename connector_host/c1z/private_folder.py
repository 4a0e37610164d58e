"""Private temporary directories, which are removed whatever ends the process.

A running process holds a lock on its directory. A directory without a lock was left by a process that was killed; the
next one that needs a directory in the same place removes it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import FileError

__all__ = ["private_folder"]

PREFIX = ".connector-host-"
TEMPORARY = "BATON_TMPDIR"
"""The folder in which files are unpacked to be read, in a private folder of their own; that of `TMPDIR` if not set."""
ATTEMPTS = 10


@contextmanager
def private_folder(parent: Path | None) -> Iterator[Path]:
    """Create a directory of mode 0700 for the block, and remove it with its content.

    None: the directory of temporary files (`BATON_TMPDIR`, `TMPDIR`). Directories that killed processes of this user
    left there are removed as well. Raises FileError.
    """
    place = Path(parent or os.environ.get(TEMPORARY) or tempfile.gettempdir())
    try:
        _remove_abandoned(place)
        folder, lock = _create(place)
    except OSError as error:
        raise FileError(
            f"no temporary directory can be created in {place} ({error.strerror})",
            hint="Make room there, or set TMPDIR to a directory with space that you may write to.",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _create(place: Path) -> tuple[Path, int]:
    """Create a directory, and return it with the descriptor that holds its lock."""
    for _ in range(ATTEMPTS):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        with suppress(FileNotFoundError):  # removed by another process before the lock was taken
            lock = _open_folder(folder)
            with suppress(OSError):  # a file system without locks: then nothing is removed by others, either
                fcntl.flock(lock, fcntl.LOCK_EX)
            if _is_at(lock, folder):
                return folder, lock
            os.close(lock)
    raise OSError(None, "other processes remove it again and again")


def _remove_abandoned(place: Path) -> None:
    """Remove the directories of this user in `place` whose processes have ended."""
    with suppress(OSError):
        for folder in place.glob(f"{PREFIX}*"):
            with suppress(OSError):
                lock = _open_folder(folder)
                try:
                    information = os.fstat(lock)
                    if information.st_uid == os.geteuid() and stat.S_IMODE(information.st_mode) == 0o700:
                        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        shutil.rmtree(folder, ignore_errors=True)
                finally:
                    os.close(lock)


def _open_folder(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _is_at(descriptor: int, folder: Path) -> bool:
    """Return True when `folder` is still the directory of the descriptor. Raises FileNotFoundError."""
    opened, named = os.fstat(descriptor), folder.lstat()
    return (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino)
