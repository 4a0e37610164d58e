"""Compaction of a lake: the small files of many syncs become few large ones, and all commits get a snapshot.

A merged file is written first, and then each sync gets a commit that names it. A reader sees the old files or the new
one, with the same rows. A sync that another process changes meanwhile keeps its own files: readers take from a shared
file the rows of those syncs only that name it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.json import encode
from msgspec.structs import replace

from ..errors import FileError
from .commit_snapshots import write_snapshot
from .lake_catalog import Lake
from .lake_schema import TABLES, arrow_schema
from .parquet_files import store_parquet
from .sync_commits import DataFile, SyncCommit

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Compaction", "compact_lake"]

LARGEST_FILE = 64_000_000  # bytes of the syncs that are merged into one file for each table


class Compaction(Struct, frozen=True, kw_only=True):
    """The result: how many syncs were merged, from how many files into how many."""

    syncs: int
    files_before: int
    files_after: int


def compact_lake(lake: Lake, *, smaller_than: int) -> Compaction:
    """Merge the files of syncs that have less than `smaller_than` bytes, and write a snapshot of all commits."""
    small = [commit for commit in lake.commits if commit.size < smaller_than and not _is_shared(commit)]
    syncs = before = after = 0
    for group in _groups(small):
        merged = _merge(lake, group)
        after += len(merged)
        for commit in group:
            old = {file.key for file in commit.files}
            tables = {file.table for file in commit.files}
            files = tuple(file for file in merged if file.table in tables)
            following = replace(commit, revision=commit.revision + 1, committed_at=datetime.now(UTC), files=files)
            if lake.store.create(following.key, encode(following)):
                syncs += 1
                before += len(old)
    lake.forget_commits()
    write_snapshot(lake.store, lake.commits)
    return Compaction(syncs=syncs, files_before=before, files_after=after)


def _is_shared(commit: SyncCommit) -> bool:
    return any(file.shared for file in commit.files)


def _groups(commits: list[SyncCommit]) -> Iterator[list[SyncCommit]]:
    """Yield groups of at least two syncs of which the files have together at most the size of one large file."""
    group: list[SyncCommit] = []
    size = 0
    for commit in commits:
        if group and size + commit.size > LARGEST_FILE:
            if len(group) > 1:
                yield group
            group, size = [], 0
        group.append(commit)
        size += commit.size
    if len(group) > 1:
        yield group


def _merge(lake: Lake, commits: list[SyncCommit]) -> list[DataFile]:
    files = []
    for table in TABLES:
        keys = [file.key for commit in commits for file in commit.files if file.table == table]
        if keys:
            key = f"data/{table}/shared/{uuid.uuid4().hex}.parquet"
            files.append(store_parquet(lake.store, key, table, _tables(lake, table, keys), shared=True))
    return files


def _completed(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows with every column of a schema: files of earlier versions lack some."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    names = set(rows.column_names)
    columns = [rows.column(field.name) if field.name in names else pa.nulls(len(rows), field.type) for field in schema]
    return pa.table(columns, schema.names).cast(schema)


def _tables(lake: Lake, table: str, keys: list[str]) -> Iterator[pa.Table]:
    """Yield the rows of files, one file after the other: the rows of a sync stay together."""
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    rows: list[pa.Table] = []
    for key in keys:
        with lake.store.local_copy(key) as path:
            try:
                if path is None:
                    raise OSError("it is missing")
                rows.append(_completed(pq.read_table(path, partitioning=None), arrow_schema(table)))
            except (OSError, ValueError, KeyError, pa.ArrowException) as error:
                raise FileError(
                    f"Lake {lake.store.url}: {key} cannot be read: {error}", hint="Run `connector-host lake verify`."
                ) from error
        if sum(map(len, rows)) >= 1_000_000:
            yield pa.concat_tables(rows)
            rows = []
    if rows:
        yield pa.concat_tables(rows)
