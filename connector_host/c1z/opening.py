"""The opening of a c1z file with the reader of its format, which the magic identifies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import container
from .transactions import Watch
from .types import Store

__all__ = ["open_store"]


@contextmanager
def open_store(path: Path, watch: Watch | None = None) -> Iterator[Store]:
    """Open a c1z for reading. Its unpacked content is private, and removed whatever happens.

    `watch` is called while it is unpacked. Raises FileError for what cannot be read, UnsupportedFormat for a layout of
    format v3 that has no reader.
    """
    detected = container.sniff(path)
    if detected.format is container.FileFormat.V3:
        from .v3.reader import open_v3  # noqa: PLC0415 - apsw, zstandard and protobuf are loaded with the reader

        with open_v3(path, watch) as store:
            yield store
        return
    if detected.format is not container.FileFormat.V1:
        raise container.refusal(path, detected)
    from .v1.reader import open_v1  # noqa: PLC0415

    with open_v1(path, watch) as store:
        yield store
