"""A complete v3 file as a database of format v1: to be edited, converted, or added to another file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import apsw

from ...errors import FileError
from ...wire.v3.format_losses import FormatLoss, LossCounter
from ...wire.v3.sync_records import RunRecord, has_timings, read_run
from .. import transactions
from ..container import Limits
from ..durable_files import emptied
from ..pebble import envelope
from ..pebble.pebble_database import open_pebble
from ..private_folder import known_path
from ..sqlite_connections import NEW_EXPORT, open_database
from ..sync_stats import compute, to_json
from ..transactions import Watch
from ..v1 import schema
from . import keys
from .checks import check_layout
from .record_reader import STORED_COLUMNS, RecordReader
from .table_filling import fill_table

__all__ = ["unpack_tables"]

FIRST_STAYS = ("external_id",)
"""The columns that the first row of a repeated id takes from the last: only the id, which is the same."""


def unpack_tables(
    path: Path, target: Path, limits: Limits | None = None, watch: Watch | None = None, *, local: bool = False
) -> dict[FormatLoss, int]:
    """Write the sync of the v3 file at `path` into a fresh database at `target`, with its indexes.

    Times are UTC, or this computer's wall clock if `local`. Returns the number of values that format v1 has no place
    for. Raises FileError, UnsupportedFormat; `target` is removed then.
    """
    target.unlink(missing_ok=True)
    with emptied(target.with_name(f"{target.name}.pebble")) as folder:
        envelope.unpack(path, folder, limits, transactions.step_progress(watch, "unpacking"))
        with open_pebble(folder, str(path)) as database:
            reader = RecordReader(database, legacy=check_layout(database, path), local=local)
            try:
                with closing(_create(target)) as db, transactions.watched(db, "unpacking", watch):
                    return _fill(db, reader)
            except BaseException:
                target.unlink(missing_ok=True)
                raise


def _create(target: Path) -> apsw.Connection:
    try:
        db = open_database(target, NEW_EXPORT)
        schema.create_tables(db)
    except apsw.Error as error:
        raise FileError(f"{known_path(target)} cannot be written ({error})", hint=transactions.ROOM) from error
    return db


def _fill(db: apsw.Connection, reader: RecordReader) -> dict[FormatLoss, int]:
    record = reader.database.get(keys.SYNC_RUN)
    run = None if record is None else read_run(record)
    if run is None:
        return {}
    lost: LossCounter = Counter(dict(_unplaced(reader)))
    with transactions.on_disk_errors("a temporary database"):
        with transactions.transaction(db):
            _add_run(db, run, reader.time)
            for table in STORED_COLUMNS:
                fill_table(db, reader, table, run.sync_id, lost)
        for table in STORED_COLUMNS:
            lost[FormatLoss.REPEATED] += schema.build_unique_index(db, table, run.sync_id, FIRST_STAYS)
            schema.create_indexes(db, table)
        schema.create_indexes(db, "v1_sync_runs")
        if run.ended_at is not None:
            text = to_json(compute(db, run.sync_id, run.type, alone=True))
            db.execute("update v1_sync_runs set stats = ?", (text,))
    lost[FormatLoss.NO_IDS] += reader.unkeyed
    return dict(+lost)


def _unplaced(reader: RecordReader) -> Iterator[tuple[FormatLoss, int]]:
    """Yield the number of values that no table of format v1 has a column for."""
    items = reader.database.items
    yield FormatLoss.SESSIONS, sum(1 for _ in items(keys.SESSIONS, keys.after(keys.SESSIONS)))
    stats = reader.database.get(keys.STATS)
    yield FormatLoss.TIMINGS, int(stats is not None and has_timings(stats))


def _add_run(db: apsw.Connection, run: RunRecord, time: Callable[[int], str]) -> None:
    started, ended = (None if moment is None else time(moment) for moment in (run.started_at, run.ended_at))
    columns = {
        "sync_id": run.sync_id,
        "started_at": started or "",
        "ended_at": ended,
        "sync_token": run.token,
        "sync_type": run.type,
        "parent_sync_id": run.parent_sync_id,
        "linked_sync_id": run.linked_sync_id,
        "supports_diff": int(run.supports_diff),
        "grants_backfilled": 1,
        "ingest_invariant_generation": run.invariant_generation,
        "ingest_invariant_coverage": json.dumps(run.invariant_coverage, separators=(",", ":"))
        if run.invariant_coverage
        else "",
        "ingest_invariant_mode": run.invariant_mode,
    }
    db.execute(schema.insert_statement("v1_sync_runs", tuple(columns)), tuple(columns.values()))
