"""Private temporary directories, which are removed whatever ends the process.

A running process holds a lock on its directory. A directory without a lock was left by a process that was killed; the
next one that needs a directory in the same place removes it.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import FileError
from ..operating_system import PathLock, has_owners, user_id

__all__ = ["WORK_SUFFIX", "known_path", "private_folder"]

PREFIX = ".connector-host-"
WORK_SUFFIX = ".work"  # of the working directory of a sync: `.NAME.work` beside the file NAME
TEMPORARY = "BATON_TMPDIR"
"""The folder in which files are unpacked to be read, in a private folder of their own; that of `TMPDIR` if not set."""
ATTEMPTS = 10


@contextmanager
def private_folder(parent: Path | None) -> Iterator[Path]:
    """Create a directory of mode 0700 for the block, and remove it with its content.

    None: the directory of temporary files (`BATON_TMPDIR`, `TMPDIR`). Directories that killed processes of this user
    left there are removed as well. Raises FileError.
    """
    place = parent or Path(os.environ.get(TEMPORARY) or os.environ.get("TMPDIR") or "the system's temporary directory")
    try:
        place = parent or Path(os.environ.get(TEMPORARY) or tempfile.gettempdir())
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
        lock.close()
        if folder.exists():  # Windows removes no file that is open, and the lock is one
            shutil.rmtree(folder, ignore_errors=True)


def known_path(path: Path) -> str:
    """Return what to call `path` in a message.

    A file in a private directory or in the working directory of a sync is called a temporary file in the folder that
    the person chose.
    """
    for number, name in enumerate(path.parts[:-1]):
        if name.startswith(PREFIX) or (name.startswith(".") and name.endswith(WORK_SUFFIX)):
            return f"a temporary file in {Path(*path.parts[:number])}"
    return str(path)


def _create(place: Path) -> tuple[Path, PathLock]:
    """Create a directory, and return it with its lock."""
    for _ in range(ATTEMPTS):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        with suppress(FileNotFoundError):  # removed by another process before the lock was taken
            lock = PathLock(folder)
            with suppress(OSError):  # a file system without locks: then nothing is removed by others, either
                lock.acquire(wait=True)
            if lock.is_current():
                return folder, lock
            lock.close()
    raise OSError(None, "other processes remove it again and again")


def _remove_abandoned(place: Path) -> None:
    """Remove the directories of this user in `place` whose processes have ended."""
    with suppress(OSError):
        for folder in place.glob(f"{PREFIX}*"):
            with suppress(OSError):
                lock = PathLock(folder)
                try:
                    if _is_ours(lock.stat()) and lock.acquire():
                        shutil.rmtree(folder, ignore_errors=True)
                finally:
                    lock.close()


def _is_ours(information: os.stat_result) -> bool:
    """True for a private directory of this user; the temporary directory of Windows is the user's own."""
    if not stat.S_ISDIR(information.st_mode):
        return False
    return not has_owners() or (information.st_uid == user_id() and stat.S_IMODE(information.st_mode) == 0o700)
