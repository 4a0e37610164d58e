"""Parquet files of a lake: zstd, small row groups with statistics, checksums of pages, and a hash of the whole file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .lake_schema import arrow_schema
from .object_store import ObjectStore
from .sync_commits import DataFile

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["file_hash", "store_parquet"]

ROW_GROUP = 262_144  # rows: smaller groups repeat the dictionaries of their columns too often
LEVEL = 3  # of zstd
DICTIONARY = 32 << 20  # bytes of a column's dictionary; a larger one is given up, and the column takes twice the room


def store_parquet(
    store: ObjectStore, key: str, table: str, tables: Iterator[pa.Table], *, shared: bool = False
) -> DataFile:
    """Write Arrow tables as one Parquet object, and return its description for a commit."""
    rows, digest = 0, ""

    def write(path: Path) -> None:
        nonlocal rows, digest
        rows = _write_file(path, table, tables)
        digest = file_hash(path)

    size = store.upload(key, write)
    columns = len(arrow_schema(table))
    return DataFile(table=table, key=key, rows=rows, size=size, sha256=digest, shared=shared, columns=columns)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_file(path: Path, table: str, tables: Iterator[pa.Table]) -> int:
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    schema = arrow_schema(table)
    dictionary = pa.dictionary(pa.int32(), pa.string())
    encoded = pa.schema(
        [(field.name, dictionary if pa.types.is_string(field.type) else field.type) for field in schema]
    )
    rows = 0
    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=LEVEL,
        write_page_checksum=True,
        dictionary_pagesize_limit=DICTIONARY,
    ) as writer:
        for part in tables:
            rows += len(part)
            writer.write_table(part.cast(schema) if part.schema != encoded else part, row_group_size=ROW_GROUP)
    return rows
