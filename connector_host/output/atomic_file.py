"""Files that a command writes completely or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from ..c1z.private_folder import private_folder
from ..errors import ConfigError, FileError
from ..operating_system import DESCRIPTOR_FLAGS

__all__ = ["new_folder", "replacing"]


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file, mode 0600, that replaces `path` when the block ends without an error, and is removed otherwise.

    It is written in a private folder beside `path`: what a killed process leaves is removed by the next one. Raises
    FileError if the file cannot be written.
    """
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(private_folder(path.parent))
        except FileError as error:
            raise _unwritable(path, error.__cause__) from error
        temporary = folder / path.name
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | DESCRIPTOR_FLAGS, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                yield out
            temporary.replace(path)
        except OSError as error:
            raise _unwritable(path, error) from error


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a private folder that takes the name `path` when the block ends without an error, and is removed otherwise.

    `path` must not exist, or be an empty folder: ConfigError. Raises FileError if it cannot be written.
    """
    try:
        if path.exists() and any(path.iterdir()):
            raise ConfigError(
                f"{path} is not empty; decisions in it would be lost.", hint="Choose another folder with -o."
            )
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{path} cannot be used as a folder ({error.strerror}).", hint="Choose another -o.") from error
    with private_folder(path.resolve().parent) as unfinished:
        content = unfinished / "content"
        content.mkdir(mode=0o700)
        try:
            yield content
        except FileError as error:  # its path means nothing to the user
            raise FileError(error.message.replace(str(content), str(path)), hint=error.hint) from error
        try:
            if path.exists():
                path.resolve().rmdir()
            content.rename(path.resolve())
        except OSError as error:
            raise _unwritable(path, error) from error


def _unwritable(path: Path, error: BaseException | None) -> FileError:
    reason = error.strerror if isinstance(error, OSError) else error
    return FileError(f"{path} cannot be written ({reason})", hint="Free some space, or choose another folder.")
