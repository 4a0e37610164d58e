"""The status of a working database of a sync that is unfinished or running: read without changing anything."""

from __future__ import annotations

from pathlib import Path

import apsw
from msgspec import Struct

from ...c1z.sqlite_connections import READ_ONLY, open_database
from ...c1z.v1.packed_rows import count_packed
from .database import COLLECTED

__all__ = ["Glance", "glance"]

KINDS = ("resource_types", "resources", "entitlements", "grants")


class Glance(Struct, frozen=True):
    """The rows stored by table, repeated ids included, and the listings that remain (None: only sealing remains)."""

    rows: dict[str, int]
    remaining: int | None


def glance(database: Path) -> Glance | None:
    """Return the status of a working database; None when it cannot be read now: absent, damaged, or locked."""
    try:
        db = open_database(database, READ_ONLY)
    except apsw.Error:
        return None
    try:
        # rows are only ever added while a sync is collected: the highest id is their number, without counting them
        rows = {table: int(db.execute(f"select coalesce(max(id), 0) from v1_{table}").get) for table in KINDS}
        rows["grants"] += count_packed(db)
        if db.execute("select value from host_state where key = ?", (COLLECTED,)).get:
            return Glance(rows, None)
        return Glance(rows, int(db.execute("select count(*) from host_queue").get))
    except apsw.Error:
        return None
    finally:
        db.close()
