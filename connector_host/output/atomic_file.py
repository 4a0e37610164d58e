"""Files that a command writes completely or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from ..c1z.private_folder import private_folder
from ..errors import FileError
from ..operating_system import DESCRIPTOR_FLAGS

__all__ = ["replacing"]


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


def _unwritable(path: Path, error: BaseException | None) -> FileError:
    reason = error.strerror if isinstance(error, OSError) else error
    return FileError(f"{path} cannot be written ({reason})", hint="Free some space, or choose another folder.")
