"""The upgrade of the rows of an older file, as the Go SDK does it at every open (docs/c1z-v1.md, Older files).

Expansions that older writers kept inside grants move to their column. Messages without a fault are not touched.
"""

from __future__ import annotations

from typing import Any

import apsw

from ...wire import legacy_grants
from .. import transactions

__all__ = ["upgrade"]

BATCH = 2_000  # rows


def upgrade(db: apsw.Connection) -> None:
    """Move the expansions of every sync that is not marked as backfilled, in one transaction.

    `db` has all tables and columns of the format. Raises FileError for a grant that is no message.
    """
    with transactions.transaction(db):
        for (sync_id,) in db.execute("select sync_id from v1_sync_runs where grants_backfilled = 0").fetchall():
            _move_expansions(db, str(sync_id))
        db.execute("update v1_sync_runs set grants_backfilled = 1 where grants_backfilled = 0")


def _move_expansions(db: apsw.Connection, sync_id: str) -> None:
    rows: Any = [(0, b"")]
    while rows:
        rows = db.execute(
            "select id, data from v1_grants where sync_id = ? and id > ? and expansion is null order by id limit ?",
            (sync_id, rows[-1][0], BATCH),
        ).fetchall()
        changes = [
            (row, legacy_grants.split_expandable(data)) for row, data in rows if legacy_grants.may_be_expandable(data)
        ]
        db.executemany(
            "update v1_grants set data = ?, expansion = ?, needs_expansion = 1 where id = ?",
            [(data, expansion, row) for row, (data, expansion) in changes if expansion is not None],
        )
