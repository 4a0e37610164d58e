"""A whole v3 file as a database of format v1, for whoever changes a file, converts it, or adds it to another."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import apsw

from ...errors import FileError
from ...wire.v3.sync_records import RunRecord, has_timings, read_run
from .. import transactions
from ..container import Limits
from ..durable_files import emptied
from ..pebble import envelope
from ..pebble.database import open_database
from ..publish.format_losses import NO_IDS, REPEATED, SESSIONS, TIMINGS
from ..sync_stats import compute, to_json
from ..transactions import Watch
from ..v1 import schema
from . import keys
from .checks import check_layout
from .record_reader import COLUMNS, RecordReader

__all__ = ["unpack_tables"]

FIRST_STAYS = ("external_id",)
"""What of a repeated id the row that stays takes from the last: nothing but the id, which is the same."""


def unpack_tables(
    path: Path, target: Path, limits: Limits | None = None, watch: Watch | None = None, *, local: bool = False
) -> dict[str, int]:
    """Write what is in the v3 file at `path` into a fresh database at `target`, with its indexes.

    Times are UTC, or this computer's wall clock if `local`. Gives how much of what format v1 has no place for, by what
    a person would call it. Raises FileError, UnsupportedFormat; there is no `target` then.
    """
    target.unlink(missing_ok=True)
    with emptied(target.with_name(f"{target.name}.pebble")) as folder:
        envelope.unpack(path, folder, limits, (lambda _: watch("unpacking")) if watch else None)
        with open_database(folder, str(path)) as database:
            records = RecordReader(database, legacy=check_layout(database, path), local=local)
            try:
                with closing(_new(target)) as db, transactions.watched(db, "unpacking", watch):
                    return _fill(db, records)
            except BaseException:
                target.unlink(missing_ok=True)
                raise


def _new(target: Path) -> apsw.Connection:
    try:
        db = apsw.Connection(str(target))
        target.chmod(0o600)
        db.pragma("page_size", 16384)
        db.pragma("journal_mode", "off")
        db.pragma("synchronous", "off")
        db.pragma("cache_size", -40960)  # KiB
        schema.create_tables(db)
    except apsw.Error as error:
        raise FileError(f"{target} cannot be written ({error})", hint=transactions.ROOM) from error
    return db


def _fill(db: apsw.Connection, records: RecordReader) -> dict[str, int]:
    record = records.database.get(keys.SYNC_RUN)
    run = None if record is None else read_run(record)
    if run is None:
        return {}
    lost: Counter[str] = Counter(dict(_left(records)))
    with transactions.on_disk_errors("a temporary database"):
        with transactions.transaction(db):
            _add_run(db, run, records.time)
            for table in COLUMNS:
                columns, rows = records.rows(table, run.sync_id, lost)
                marks = ", ".join("?" * len(columns))
                db.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", rows)
        for table in COLUMNS:
            lost[REPEATED] += schema.build_unique_index(db, table, run.sync_id, FIRST_STAYS)
            schema.create_indexes(db, table)
        schema.create_indexes(db, "v1_sync_runs")
        if run.ended_at is not None:
            text = to_json(compute(db, run.sync_id, run.type, alone=True))
            db.execute("update v1_sync_runs set stats = ?", (text,))
    lost[NO_IDS] += records.unkeyed
    return dict(+lost)


def _left(records: RecordReader) -> Iterator[tuple[str, int]]:
    """What no table of format v1 has a column for."""
    items = records.database.items
    yield SESSIONS, sum(1 for _ in items(keys.SESSIONS, keys.after(keys.SESSIONS)))
    stats = records.database.get(keys.STATS)
    yield TIMINGS, int(stats is not None and has_timings(stats))


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
    marks = ", ".join("?" * len(columns))
    db.execute(f"insert into v1_sync_runs ({', '.join(columns)}) values ({marks})", tuple(columns.values()))
