"""The writer of a new database: tables on the deepest level, one after another, and the MANIFEST that names them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ..zstd_frames import fresh_file
from .table_writer import BLOCK, RowGroup, TableWriter, row_groups
from .version import LEVELS, TableDescription, write_version

__all__ = ["write_database", "write_groups"]

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
    return write_groups(folder, row_groups(items), progress)


def write_groups(folder: Path, groups: Iterable[RowGroup], progress: Callable[[int], None] | None = None) -> int:
    """Write a new database as `write_database` does, of entries in groups."""
    source = _Source(groups)
    tables: list[TableDescription] = []
    while source.more:
        number, sequence = FIRST_FILE + len(tables), FIRST_SEQUENCE + len(tables)
        with fresh_file(folder / f"{number:06d}.sst") as out:
            writer = TableWriter(out)
            while source.more and writer.size < TABLE:
                writer.add_block(source.block())
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
    """Groups of entries in blocks, checked for their order."""

    def __init__(self, groups: Iterable[RowGroup]) -> None:
        self._groups = iter(groups)
        self._next = next(self._groups, None)
        self.count = 0

    @property
    def more(self) -> bool:
        """True when there is another entry."""
        return self._next is not None

    def block(self) -> list[RowGroup]:
        """Return the groups of the next block."""
        block: list[RowGroup] = []
        size = 0
        group = self._next
        while group is not None and size < BLOCK:
            block.append(group)
            size += len(group.data)
            self.count += group.entries
            following = next(self._groups, None)
            if following is not None and following.first <= group.last:
                raise ValueError(f"{following.first!r} follows {group.last!r}: keys must ascend")
            group = following
        self._next = group
        return block
