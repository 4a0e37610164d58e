"""Durable files and temporary directories.

A renamed file has its new name for certain only after its directory was synchronised to the disk.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import FileError
from ..operating_system import sync_directory
from .private_folder import known_path

__all__ = ["emptied", "sync_folder", "write_file"]


def sync_folder(folder: Path) -> None:
    """Synchronise the names in a folder to the disk. Raises OSError."""
    sync_directory(folder)


def write_file(target: Path, content: bytes) -> None:
    """Write a small file of mode 0600, which a power loss leaves complete or as it was. Raises OSError."""
    draft = target.with_name(f"{target.name}.new")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(0o600)
    draft.replace(target)
    sync_folder(target.parent)


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
