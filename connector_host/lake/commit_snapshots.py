"""Snapshots: all commits of a lake in one object, so that a reader fetches one object instead of thousands.

Commits never change, so a snapshot is a cache by key: a reader lists the keys, and fetches those that it lacks.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
import zstandard

from .object_store import ObjectStore
from .sync_commits import FORMAT, SyncCommit

__all__ = ["read_snapshot", "write_snapshot"]

SNAPSHOTS = "snapshots/"
MOST_TIMES = 200  # its own size that a snapshot has when unpacked; commits have some ten times


def read_snapshot(store: ObjectStore) -> dict[str, SyncCommit]:
    """Return the commits of the newest snapshot by key; nothing if there is none or it cannot be read.

    The commits themselves are read then.
    """
    newest = max((stored.key for stored in store.list(SNAPSHOTS)), default=None)
    content = store.read(newest) if newest is not None else None
    if content is None:
        return {}
    try:
        limit = len(content) * MOST_TIMES
        with zstandard.ZstdDecompressor().stream_reader(content) as reader:
            unpacked = reader.read(limit + 1)
        if len(unpacked) > limit:
            return {}
        commits = msgspec.json.decode(unpacked, type=list[SyncCommit])
    except (msgspec.MsgspecError, zstandard.ZstdError, RecursionError, UnicodeDecodeError):
        return {}
    return {commit.key: commit for commit in commits if commit.format <= FORMAT}


def write_snapshot(store: ObjectStore, commits: Iterable[SyncCommit]) -> None:
    """Write a snapshot of commits, and delete those before it."""
    older = [stored.key for stored in store.list(SNAPSHOTS)]
    content = zstandard.ZstdCompressor().compress(msgspec.json.encode(list(commits)))
    store.create(f"{SNAPSHOTS}{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex}.json.zst", content)
    for key in older:
        store.delete(key)
