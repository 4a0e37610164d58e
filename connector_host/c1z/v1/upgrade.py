"""Bring the database of an older file to the present schema, as Go does at every open (docs/c1z-v1.md, Older files).

Missing tables and columns are added; expansions that older writers kept inside grants move to their column. Messages
that nothing is wrong with are not touched.
"""

from __future__ import annotations

from typing import Any

import apsw

from ...wire import legacy_grants
from . import schema

__all__ = ["upgrade"]

BATCH = 2_000


def upgrade(db: apsw.Connection) -> None:
    """Do it, in one transaction."""
    with db:
        for name, table in schema.TABLES.items():
            have = schema.columns(db, name)
            for column in table.columns if have else ():
                if column.name not in have:
                    db.execute(f"alter table {name} add column {column.ddl}")
        schema.create_tables(db)
        _move_expansions(db)


def _move_expansions(db: apsw.Connection) -> None:
    """Move the annotation of every grant in syncs that do not say it was done."""
    old = [sync_id for (sync_id,) in db.execute("select sync_id from v1_sync_runs where grants_backfilled = 0")]
    for sync_id in old:
        rows: Any = [(0, b"")]
        while rows:
            rows = db.execute(
                "select id, data from v1_grants where sync_id = ? and id > ? and expansion is null order by id limit ?",
                (sync_id, rows[-1][0], BATCH),
            ).fetchall()
            moved = [
                (row, legacy_grants.split_expandable(data))
                for row, data in rows
                if legacy_grants.may_be_expandable(data)
            ]
            db.executemany(
                "update v1_grants set data = ?, expansion = ?, needs_expansion = 1 where id = ?",
                [(data, expansion, row) for row, (data, expansion) in moved if expansion is not None],
            )
    db.execute("update v1_sync_runs set grants_backfilled = 1 where grants_backfilled = 0")
