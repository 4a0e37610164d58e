"""Statistics of a lake: its sources with their syncs, ages, sizes and gaps."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from .lake_catalog import Lake
from .result_table import LakeColumn, LakeTable, counted
from .sync_commits import SyncCommit

__all__ = ["list_syncs", "source_statistics"]

DAY = 86_400
SOURCE_COLUMNS = (
    LakeColumn("source", "Source"),
    LakeColumn("connector", "Connector", secondary=True),
    LakeColumn("account", "Account", secondary=True),
    LakeColumn("syncs", "Syncs", number=True),
    LakeColumn("first", "First sync", secondary=True),
    LakeColumn("newest", "Newest sync"),
    LakeColumn("ageDays", "Age (days)", number=True),
    LakeColumn("resources", "Resources", number=True, secondary=True),
    LakeColumn("grants", "Grants", number=True),
    LakeColumn("bytes", "Bytes", number=True),
    LakeColumn("gaps", "Gaps"),
)
SYNC_COLUMNS = (
    LakeColumn("source", "Source"),
    LakeColumn("sync", "Sync"),
    LakeColumn("ended", "Ended"),
    LakeColumn("resources", "Resources", number=True),
    LakeColumn("entitlements", "Entitlements", number=True, secondary=True),
    LakeColumn("grants", "Grants", number=True),
    LakeColumn("bytes", "Bytes", number=True),
    LakeColumn("expanded", "Expanded", secondary=True),
    LakeColumn("gaps", "Gaps"),
)


def source_statistics(lake: Lake, now: datetime | None = None) -> LakeTable:
    """Return one row for each source; its counts are those of the newest sync, its bytes those of all."""
    now = now or datetime.now(UTC)
    rows = [_source_row(list(syncs), now) for _, syncs in groupby(lake.commits, key=lambda commit: commit.source)]
    syncs, size = len(lake.commits), _total_size(lake.commits)
    title = f"{counted(len(rows), 'source')}, {counted(syncs, 'sync')}, {counted(size, 'byte')} of Parquet"
    return LakeTable(key="sources", columns=SOURCE_COLUMNS, rows=rows, title=title)


def list_syncs(lake: Lake) -> LakeTable:
    """Return one row for each sync."""
    rows: list[tuple[Any, ...]] = []
    for commit in lake.commits:
        numbers = [commit.counts.get(name, 0) for name in ("resources", "entitlements", "grants")]
        rows.append(
            (commit.source, commit.sync_id, commit.end, *numbers, commit.size, commit.expanded, list(commit.gaps))
        )
    return LakeTable(key="syncs", columns=SYNC_COLUMNS, rows=rows)


def _total_size(syncs: list[SyncCommit]) -> int:
    """Return the bytes of the files of syncs, each file counted once."""
    return sum({file.key: file.size for commit in syncs for file in commit.files}.values())


def _source_row(syncs: list[SyncCommit], now: datetime) -> tuple[Any, ...]:
    newest = syncs[-1]
    return (
        newest.source,
        newest.connector,
        newest.account,
        len(syncs),
        syncs[0].end,
        newest.end,
        int((now - newest.end).total_seconds() // DAY),
        newest.counts.get("resources", 0),
        newest.counts.get("grants", 0),
        _total_size(syncs),
        list(newest.gaps),
    )
