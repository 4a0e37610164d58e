"""Open a c1z file with the reader of its format, which the magic tells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import container
from .types import Store

__all__ = ["open_store"]


@contextmanager
def open_store(path: Path) -> Iterator[Store]:
    """Open a c1z for reading. What it is unpacked to is private and gone afterwards, whatever happens.

    Raises FileError for what cannot be read, UnsupportedFormat for a layout of format v3 that has no reader.
    """
    magic = container.sniff(path)
    if magic.kind is container.FileFormat.V3:
        from .v3.reader import open_v3  # noqa: PLC0415 - apsw, zstandard and protobuf are loaded with the reader

        with open_v3(path) as store:
            yield store
        return
    if magic.kind is not container.FileFormat.V1:
        raise container.refusal(path, magic)
    from .v1.reader import open_v1  # noqa: PLC0415

    with open_v1(path) as store:
        yield store
