"""A Pebble database as an ordered map from bytes to bytes: read as a stream, written from the beginning."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import groupby
from pathlib import Path
from types import TracebackType

from ...operating_system import DESCRIPTOR_FLAGS, REMOVES_OPEN_FILES
from .blocks import Rows, TableFile
from .cache import BlockCache, Budget
from .database_writer import write_database
from .indexed_payload import FramedPayload
from .malformed import Malformed, reading
from .merge import Gaps, merge
from .table import StoredTable, TableReader
from .version import TableDescription, read_version
from .wal import LogContent

__all__ = ["PebbleDatabase", "Rows", "open_pebble", "write_database"]

MOST_TABLES = 10_000
MOST_OPEN = 100
"""The most files that are held open; those of a database with more are opened for each block."""

TIMES_INDEX = 2  # bytes of indexes that are kept in memory for each stored byte

LOG = re.compile(r"(\d{6,})(-\d+)?\.log")


class PebbleDatabase:
    """An open database; a context manager. Nothing in the folder is changed.

    Where `self_contained` is true, the folder may be emptied as soon as the database is open. With a `payload`, a
    table is taken from it and opened when its keys are first asked for; then its name is removed, if that may be.
    """

    def __init__(self, folder: Path, label: str, payload: FramedPayload | None = None) -> None:
        self.label = label
        self._folder, self._payload = folder, payload
        self._descriptors: dict[int, int] = {}
        self._cache = BlockCache()
        with reading(label):
            version = read_version(folder)
            if len(version.tables) > MOST_TABLES:
                raise Malformed(f"it is made of {len(version.tables)} tables, the most is {MOST_TABLES}")
            self._log = LogContent(_logs(folder, version.log_number))
        files = {table.file: table for table in version.tables}
        self._stored = sum(table.size for table in files.values())
        self._index_budget = Budget(self._stored, TIMES_INDEX)
        self.self_contained = len(files) <= MOST_OPEN
        self._descriptions = version.tables
        self._files: dict[int, StoredTable] = {}
        self._tables: list[TableReader | None] = [None] * len(version.tables)
        self._opening = threading.Lock()
        self._gaps = Gaps(self._log.range_deletes)
        for table in files.values():
            self._check_size(table)
        if payload is None:
            try:
                for number in range(len(version.tables)):
                    self._table(number)
            except BaseException:
                self.close()
                raise

    def blocks(self, start: bytes = b"", end: bytes | None = None) -> Iterator[Rows]:
        """Yield the entries of `items` some hundred at a time: the quickest way to read many."""
        for number in self._overlapping(range(len(self._descriptions)), start, end):
            self._table(number)  # a damaged one is reported before the first entry
        return merge(self._sources(start, end, keep=False), self._gaps)

    def items(self, start: bytes = b"", end: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """Yield the live entries with start <= key < end (None: to the last), ascending by key.

        Only tables whose bounds overlap are read, a block at a time. Several iterators may be open at once. Raises
        FileError at damaged data.
        """
        for rows in self.blocks(start, end):
            yield from zip(rows.keys, rows.values, strict=True)

    def first(self, start: bytes = b"", end: bytes | None = None) -> tuple[bytes, bytes] | None:
        """Return the first entry of `items`, None if there is none. Tables behind it are not needed."""
        for rows in merge(self._sources(start, end, keep=False), self._gaps):
            return rows.keys[0], rows.values[0]
        return None

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, None for a missing key. The blocks of the last lookups are cached."""
        for rows in merge(self._sources(key, key + b"\x00", keep=True), self._gaps):
            return rows.values[0]
        return None

    def close(self) -> None:
        """Close the files; safe to call again."""
        while self._descriptors:
            _, descriptor = self._descriptors.popitem()
            os.close(descriptor)

    def __enter__(self) -> PebbleDatabase:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _check_size(self, table: TableDescription) -> None:
        with self._reading(table):
            if self._payload is not None:
                size = self._payload.size(table.name)
            else:
                path = self._folder / table.name
                size = path.stat().st_size if path.exists() else None
            if size is None:
                raise Malformed("it is missing")
            if size != table.size:
                raise Malformed(f"it has {size} bytes, and the MANIFEST says {table.size}")

    def _table(self, number: int) -> TableReader:
        """Return a table, opened. Its range deletions lie within its bounds: they matter from now on."""
        reader = self._tables[number]
        if reader is not None:
            return reader
        with self._opening:
            reader = self._tables[number]
            if reader is None:
                table = self._descriptions[number]
                with self._reading(table):
                    stored = self._files.get(table.file)
                    if stored is None:
                        stored = self._files[table.file] = self._open_file(table)
                    reader = TableReader(stored, table)
                    self._gaps.add(reader.range_deletes(self._index_budget))
                self._tables[number] = reader
        return reader

    def _open_file(self, table: TableDescription) -> StoredTable:
        path, descriptor = self._folder / table.name, self._descriptors.get(table.file)  # open after an error
        if self._payload is not None:
            self._payload.provide(table.name)
        if self.self_contained and descriptor is None:
            descriptor = self._descriptors[table.file] = os.open(path, os.O_RDONLY | DESCRIPTOR_FLAGS)
            if self._payload is not None and REMOVES_OPEN_FILES:
                path.unlink()
        return StoredTable(TableFile(path, table.size, descriptor), self._index_budget, self._cache)

    def _reading(self, table: TableDescription) -> AbstractContextManager[None]:
        return reading(f"{self.label}, table {table.name}")

    def _overlapping(self, numbers: Iterable[int], start: bytes, end: bytes | None) -> list[int]:
        """Return the numbers of the tables that may have keys with start <= key < end."""
        tables = self._descriptions
        return [n for n in numbers if tables[n].end > start and (end is None or tables[n].smallest < end)]

    def _sources(self, start: bytes, end: bytes | None, *, keep: bool) -> Iterator[Iterator[Rows]]:
        """Yield the sources that may overlap: the logs, each table of level 0, and each deeper level as a whole."""
        yield self._log.rows(start, end)
        budget = Budget(self._stored)
        for level, numbers in groupby(range(len(self._descriptions)), key=lambda n: self._descriptions[n].level):
            within = self._overlapping(numbers, start, end)
            for part in [within] if level else [[number] for number in within]:
                if part:
                    yield self._read(part, start, end, budget, keep=keep)

    def _read(
        self, numbers: list[int], start: bytes, end: bytes | None, budget: Budget, *, keep: bool
    ) -> Iterator[Rows]:
        """Yield the entries of tables that follow one another; each is opened when it is reached."""
        for number in numbers:
            table = self._table(number)
            with self._reading(table.description):
                yield from table.rows(start, end, budget, keep=keep)


def open_pebble(folder: Path, label: str = "", payload: FramedPayload | None = None) -> PebbleDatabase:
    """Open the database in a folder (as `envelope.unpack` leaves it). `label` is how errors name the file.

    `payload` has the tables that are not in the folder yet (as `envelope.unpacked_on_demand` leaves it).

    Raises FileError; UnsupportedFormat, with the name of the feature, for what this version does not read.
    """
    return PebbleDatabase(folder, label or str(folder), payload)


def _logs(folder: Path, oldest: int) -> Iterator[tuple[int, Path]]:
    """Yield the logs that still count, with their numbers."""
    for path in folder.iterdir():
        match = LOG.fullmatch(path.name)
        if match and int(match[1]) >= oldest:
            if match[2]:
                raise Malformed(f"a log in several files ({path.name})")
            yield int(match[1]), path
