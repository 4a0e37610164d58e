"""Durable files and temporary directories.

A renamed file has its new name for certain only after its directory was synchronised to the disk.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import IO

from ..errors import FileError
from ..operating_system import copy_range, sync_directory
from .private_folder import known_path

__all__ = ["copy_content", "deliver_new_file", "emptied", "sync_folder", "taken_name", "write_file"]

RANGE, CHUNK = 16 << 20, 1 << 20  # bytes copied at a time: by the system, and by this program


def sync_folder(folder: Path) -> None:
    """Synchronise the names in a folder to the disk. Raises OSError."""
    sync_directory(folder)


def write_file(target: Path, content: bytes) -> None:
    """Write a small file of mode 0600, which a power loss leaves complete or as it was. Raises OSError."""
    draft = target.with_name(f"{target.name}.new")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o600)
        draft.replace(target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def copy_content(source: IO[bytes], target: IO[bytes] | FileIO, between: Callable[[], None] | None = None) -> None:
    """Copy the rest of a file to another one, by the system where it can; `between` is called often. Raises OSError."""
    in_system = True
    while True:
        if between:
            between()
        if in_system:
            copied = copy_range(source.fileno(), target.fileno(), RANGE)
            if copied:
                continue
            in_system = False  # at the end, or the system cannot: reading shows which
            source.seek(os.lseek(source.fileno(), 0, os.SEEK_CUR))
        chunk = source.read(CHUNK)
        if not chunk:
            return
        target.write(chunk)


@contextmanager
def emptied(folder: Path) -> Iterator[Path]:
    """Create an empty folder of mode 0700 for the block, in place of whatever an earlier process left there."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise FileError(
            f"{known_path(folder)} cannot be created ({error.strerror})",
            hint="Make room on the disk, or check the permissions of the folder.",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def deliver_new_file(packed: Path, target: Path, shown: Path) -> None:
    """Give a complete file the name `target`, which must be free; `shown` is its name in errors. Raises FileError."""
    try:
        target.hardlink_to(packed)  # fails for a file of another program, which a rename would replace
    except FileExistsError:
        raise taken_name(shown) from None
    except OSError:  # a file system without links
        try:
            packed.replace(target)
        except OSError as error:
            raise FileError(f"{shown} cannot be written ({error.strerror})", hint="Choose another file.") from error


def taken_name(shown: Path) -> FileError:
    """Return the error for a new file whose name is taken."""
    return FileError(f"{shown} exists already", hint="Remove it, or choose another file.")
