"""Pruning of a lake: old syncs by policy, and objects that no commit names, each after a time of grace.

A sync is removed by a commit that says so; its files stay for the time of grace, so that a query that is running ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

from msgspec import Struct
from msgspec.json import encode
from msgspec.structs import replace

from .commit_snapshots import write_snapshot
from .lake_catalog import Lake
from .sync_commits import COMMITS, SyncCommit, parse_commit_key

__all__ = ["PrunedObjects", "RetentionPolicy", "prune_lake", "syncs_to_remove"]


class RetentionPolicy(Struct, frozen=True, kw_only=True):
    """The number of days and of months of which the last sync of a source is kept; its newest sync always is."""

    daily: int = 30
    monthly: int = 24


class PrunedObjects(Struct, frozen=True, kw_only=True):
    """The syncs that were removed, and the number and bytes of the objects that were deleted."""

    syncs: tuple[SyncCommit, ...]
    objects: int
    size: int


def syncs_to_remove(commits: list[SyncCommit], policy: RetentionPolicy) -> list[SyncCommit]:
    """Return the syncs that the policy does not keep."""
    removed = []
    for _, group in groupby(commits, key=lambda commit: commit.source):
        newest_first = list(group)[::-1]
        keys = {newest_first[0].key}
        keys |= _last_of_each(newest_first, "%Y-%m-%d", policy.daily)
        keys |= _last_of_each(newest_first, "%Y-%m", policy.monthly)
        removed += [commit for commit in reversed(newest_first) if commit.key not in keys]
    return removed


def _last_of_each(newest_first: list[SyncCommit], span: str, number: int) -> set[str]:
    last: dict[str, str] = {}
    for commit in newest_first:
        last.setdefault(f"{commit.end:{span}}", commit.key)
    return set(list(last.values())[:number])


def prune_lake(
    lake: Lake, policy: RetentionPolicy, *, grace: timedelta, now: datetime | None = None, dry_run: bool = False
) -> PrunedObjects:
    """Remove the syncs that the policy does not keep, and delete objects that were of no use for the time of grace."""
    now = now or datetime.now(UTC)
    removed = syncs_to_remove(lake.commits, policy)
    if not dry_run:
        for commit in removed:
            ending = replace(commit, revision=commit.revision + 1, removed=True, committed_at=now, files=())
            lake.store.create(ending.key, encode(ending))
        lake.forget_commits()
    unused = list(_unused_objects(lake, now - grace))
    if not dry_run and unused:
        write_snapshot(lake.store, lake.commits)  # before the commits go: a key may be used again one day
        for key, _ in unused:
            lake.store.delete(key)
    return PrunedObjects(syncs=tuple(removed), objects=len(unused), size=sum(size for _, size in unused))


def _unused_objects(lake: Lake, limit: datetime) -> Iterator[tuple[str, int]]:
    """Yield files that no commit names and commits that a newer one replaced, both older than `limit`."""
    newest = {(commit.source, commit.sync_id): commit for commit in lake.newest_commits()}
    named = {file.key for commit in newest.values() for file in commit.files}
    changed = {f"{commit.source}/{commit.sync_id}": commit.committed_at or limit for commit in newest.values()}
    for stored in lake.store.list("data/"):
        parts = stored.key.split("/")
        last_change = max(stored.modified, changed.get("/".join(parts[2:4]), stored.modified))
        if stored.key not in named and last_change <= limit:
            yield stored.key, stored.size
    for stored in lake.store.list(COMMITS):
        name = parse_commit_key(stored.key)
        commit = newest.get((name.source, name.sync_id)) if name is not None else None
        if name is None and stored.key.rpartition("/")[2].startswith(".") and stored.modified <= limit:
            yield stored.key, stored.size  # the draft of a writer that was killed
        if name is None or commit is None or (commit.committed_at or limit) > limit or stored.modified > limit:
            continue
        if name.revision < commit.revision or commit.removed:
            yield stored.key, stored.size
