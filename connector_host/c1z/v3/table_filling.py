"""The rows of format v1 for the records of a v3 file, put into a table."""

from __future__ import annotations

import apsw

from ...wire.v3.format_losses import LossCounter
from ..v1.packed_rows import add_runs
from ..v1.schema import GRANTS, insert_statement
from .record_reader import GRANT_COLUMNS, RecordReader

__all__ = ["fill_table"]


def fill_table(
    db: apsw.Connection, reader: RecordReader, table: str, sync_id: str, lost: LossCounter | None = None
) -> None:
    """Add the rows of the records for a table, in the order of their keys. The caller holds the transaction.

    `lost` counts the records that have values without a column. Raises FileError.
    """
    if table != GRANTS:
        columns, rows = reader.rows(table, sync_id, lost)
        db.executemany(insert_statement(table, columns), rows)
        return
    statement = insert_statement(table, GRANT_COLUMNS)
    for grants, runs in reader.grant_parts(sync_id, lost):
        db.executemany(statement, grants)
        add_runs(db, sync_id, runs)
