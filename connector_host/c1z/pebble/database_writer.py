"""The writer of a new database: tables on the deepest level, one after another, and the MANIFEST that names them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ..zstd_frames import fresh_file
from .table_writer import BLOCK, TableWriter
from .version import LEVELS, TableDescription, write_version

__all__ = ["write_database"]

TABLE = 16 << 20
"""The approximate size of a table in bytes."""

FIRST_SEQUENCE = 10
"""The lowest sequence number that Pebble does not reserve."""

FIRST_FILE = 4


def write_database(
    folder: Path, items: Iterable[tuple[bytes, bytes]], progress: Callable[[int], None] | None = None
) -> int:
    """Write a new database of these entries into `folder`, which must exist and be empty; return their number.

    `items` are ascending by key, each key once (else ValueError); memory is bounded by a block and a table's index.
    `progress` is called with the entries written so far, once a table. Raises FileError for errors of the disk.
    """
    source = _Source(items)
    tables: list[TableDescription] = []
    while source.more:
        number, sequence = FIRST_FILE + len(tables), FIRST_SEQUENCE + len(tables)
        with fresh_file(folder / f"{number:06d}.sst") as out:
            writer = TableWriter(out)
            while source.more and writer.size < TABLE:
                writer.add_block(*source.block())
            writer.finish()
        tables.append(
            TableDescription(
                level=LEVELS - 1,
                number=number,
                file=number,
                size=writer.size,
                smallest=writer.smallest,
                end=writer.largest + b"\x00",
                smallest_sequence=sequence,
                largest_sequence=sequence,
            )
        )
        if progress is not None:
            progress(source.count)
    write_version(folder, tables, next_file=FIRST_FILE + len(tables), last_sequence=FIRST_SEQUENCE + len(tables))
    return source.count


class _Source:
    """Entries in blocks, checked for their order."""

    def __init__(self, items: Iterable[tuple[bytes, bytes]]) -> None:
        self._items = iter(items)
        self._next = next(self._items, None)
        self.count = 0

    @property
    def more(self) -> bool:
        """True when there is another entry."""
        return self._next is not None

    def block(self) -> tuple[list[bytes], list[bytes]]:
        """Return the keys and values of the next block."""
        assert self._next is not None
        last, value = self._next
        keys, values = [last], [value]
        size = len(last) + len(value)
        self._next = None
        for item in self._items:
            key, value = item
            if key <= last:
                raise ValueError(f"{key!r} follows {last!r}: keys must ascend")
            if size >= BLOCK:
                self._next = item
                break
            keys.append(key)
            values.append(value)
            size += len(key) + len(value)
            last = key
        self.count += len(keys)
        return keys, values
