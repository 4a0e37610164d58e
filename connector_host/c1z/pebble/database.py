"""A Pebble database as an ordered map from bytes to bytes: read as a stream, written anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType

__all__ = ["Database", "open_database", "write_database"]


class Database:
    """An open database; a context manager. Nothing in the folder is changed."""

    def items(self, start: bytes = b"", end: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """The live entries with start <= key < end (None: to the last), ascending by key.

        Only tables whose bounds overlap are read, a block at a time. Several iterators may be open at once. Raises
        FileError where the data turn out to be damaged.
        """
        raise NotImplementedError

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, None when it is not there."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the files; safe to call again."""
        raise NotImplementedError

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_database(folder: Path, label: str = "") -> Database:
    """Open the database in a folder (as `envelope.unpack` leaves it). `label` is how errors name the file.

    Raises FileError, UnsupportedFormat for what this version does not read: by name, at open where it can be seen then.
    """
    raise NotImplementedError


def write_database(
    folder: Path, items: Iterable[tuple[bytes, bytes]], progress: Callable[[int], None] | None = None
) -> int:
    """Write a new database of these entries into `folder`, which must exist and be empty; gives their number.

    `items` are ascending by key, each key once (else ValueError); memory is bounded by a block and a table's index.
    `progress` gets the entries written so far, now and then. Raises FileError for what the disk says.
    """
    raise NotImplementedError
