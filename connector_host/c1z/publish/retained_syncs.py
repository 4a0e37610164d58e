"""The syncs of an existing output file, copied into the draft of the database that is to replace it.

`prepare` unpacks the output into the work folder and copies the syncs that retention keeps into a draft,
`earlier-<which file>.<process>.db`, to which the new sync is then added. It takes a core and some seconds that the
collection leaves idle, so it may run at the same time. An output that was replaced meanwhile is read again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import apsw
import msgspec

from ...errors import FileError
from ...wire.v3.format_losses import lost_notes
from .. import container, transactions
from ..sqlite_connections import DRAFT, database_size, open_database
from ..sync_stats import Stats
from ..v1 import schema
from ..v1.guarded_database import GuardedDatabase
from ..v1.sync_copy import create_tables_at
from . import retention
from .output_file import unpack
from .retention import RemovedSync, RetentionRow

__all__ = ["RetainedSyncs", "delete_sync", "identity", "make_room", "note", "prepare", "recorded", "too_large"]

RECORD = "create table host_earlier (record text not null)"
PROCESS = os.urandom(4).hex()
"""The mark of the files of this process."""
RUNS = "v1_sync_runs"
MOVE_AWAY = "Move that file away, then run the same command again: it resumes, without the earlier syncs."


class RetainedSyncs(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome for the syncs of an output. `base` identifies the file: see `identity`."""

    base: str = ""
    kept: tuple[RetentionRow, ...] = ()
    dropped: tuple[RemovedSync, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences about everything else that was left behind or changed."""
    alone: bool = False
    """True when no earlier sync is copied, because the new file holds one sync only."""
    previous: Stats | None = None
    """The counts of the newest full sync that is left behind for this reason."""


def identity(output: Path) -> str:
    """Return a text that identifies the file `output` at this moment; '' when it is absent or empty."""
    try:
        status = output.stat()
    except FileNotFoundError:
        return ""
    return f"{status.st_dev:x}-{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}" if status.st_size else ""


def prepare(
    output: Path,
    work: Path,
    sync_id: str,
    *,
    limits: container.Limits | None = None,
    environ: Mapping[str, str] | None = None,
    watch: transactions.Watch | None = None,
) -> Path | None:
    """Create a draft in the folder `work` that holds the retained syncs of `output`; None without an output.

    Sync `sync_id` will be added to them: if the output contains it already, from an attempt that could not report its
    success, it is left out here.

    An existing draft is used again, so this may be called at the start of a sync, to report a damaged output before
    the work is done, or from another thread. A draft of another process is created again, because a power loss may
    have left a part of it. `output` may be of either format; `environ` says how many syncs are kept (`retention`).
    Raises FileError, UnsupportedFormat.
    """
    while True:
        base = identity(output)
        target = work / f"earlier-{base}.{PROCESS}.db"
        for stale in work.glob("earlier-*"):
            if not base or stale != target:
                shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
        if not base:
            return None
        if target.exists():
            return target
        unpacked, draft = work / "earlier-unpacked", work / "earlier-new"
        lost = unpack(output, unpacked, limits, watch, local=True)
        if identity(output) == base:
            retained = RetainedSyncs(base=base, notes=tuple(lost_notes(lost)))
            _copy_retained(unpacked, draft, retained, output, sync_id, environ, watch)
            unpacked.unlink()
            return draft.replace(target)


def note(db: apsw.Connection, retained: RetainedSyncs) -> None:
    """Store in a draft, for `recorded`, the outcome for the syncs of its output. The caller holds the transaction."""
    db.execute(RECORD)
    db.execute("insert into host_earlier values (?)", (msgspec.json.encode(retained).decode(),))


def recorded(db: apsw.Connection) -> RetainedSyncs:
    """Return the record that `note` stored in a draft."""
    return msgspec.json.decode(str(db.execute("select record from host_earlier").get), type=RetainedSyncs)


def delete_sync(db: apsw.Connection, sync_id: str) -> None:
    """Delete all rows of one sync. The caller holds the transaction."""
    for table in schema.TABLES:
        db.execute(f"delete from main.{table} where sync_id = ?", (sync_id,))


def make_room(db: apsw.Connection, retained: RetainedSyncs, added_size: int, limits: container.Limits) -> RetainedSyncs:
    """Remove the oldest syncs of a draft when all together certainly exceed the size that readers accept.

    `added_size` is the size in bytes of the database that is to be added. Each sync counts with its share of the draft,
    by rows; indexes are not counted. A draft that passes here and is too large in the end is reduced then. The caller
    holds the transaction.
    """
    total_size = database_size(db)
    room = limits.decoded - added_size
    if total_size <= room:
        return retained
    counts: dict[str, int] = {}
    for table in (schema.RESOURCES, schema.GRANTS):
        for name, count in db.execute(f"select sync_id, count(*) from main.{table} group by 1"):
            counts[str(name)] = counts.get(str(name), 0) + int(count)
    total = max(1, sum(counts.values()))
    kept, dropped = list(retained.kept), list(retained.dropped)
    while kept and sum(counts.get(row.sync_id, 0) for row in kept) * total_size // total > room:
        oldest = kept.pop(0)
        delete_sync(db, oldest.sync_id)
        dropped.append(RemovedSync(oldest, too_large(limits)))
    return msgspec.structs.replace(retained, kept=tuple(kept), dropped=tuple(dropped))


def too_large(limits: container.Limits) -> str:
    """Return the reason for which an older sync is removed from a file that is too large."""
    return f"with it the file would be larger than the {limits.decoded} bytes that readers accept"


# ---------------------------------------------------------------------------------------------------------- copying


def _copy_retained(
    unpacked: Path,
    draft: Path,
    retained: RetainedSyncs,
    output: Path,
    sync_id: str,
    environ: Mapping[str, str] | None,
    watch: transactions.Watch | None,
) -> None:
    """Create the draft of the syncs in the database `unpacked` that are to stay. Raises FileError."""
    with closing(GuardedDatabase(unpacked, str(output), lookups=False, hint=MOVE_AWAY)) as source:
        plan = retention.plan([row for row in _retention_rows(source) if row.sync_id != sync_id], environ)
        left_behind = _left_behind_notes(source)
        create_tables_at(draft, f"a copy of {output}")
        source.copy_syncs(draft, [row.sync_id for row in plan.kept], watch=watch, step="unpacking")
        repeated = [
            name
            for name, table in schema.TABLES.items()
            if name != RUNS and source.has(name) and not source.has_unique_index(name, table.unique.columns)
        ]
        with (
            source.guard(),
            transactions.on_disk_errors(f"a copy of {output}"),
            closing(open_database(draft, DRAFT)) as db,
            transactions.watched(db, "unpacking", watch),
            transactions.transaction(db),
        ):
            schema.create_indexes(db, RUNS)  # fails for a file with two syncs of one id
            folded = [_folded_note(name, schema.fold_duplicates(db, name, None)) for name in repeated]
            notes = (*retained.notes, *filter(None, folded), *left_behind)
            note(db, RetainedSyncs(base=retained.base, kept=plan.kept, dropped=plan.dropped, notes=notes))


def _retention_rows(source: GuardedDatabase) -> list[RetentionRow]:
    if not source.has(RUNS):
        return []
    mistyped = source.first(f"select count(*) from {RUNS} where typeof(sync_id) <> 'text'")
    if mistyped is not None and mistyped[0]:
        raise FileError(f"{source.label}: a sync id is not text", hint=MOVE_AWAY)
    names = source.select(RUNS, "sync_id", "sync_type", "started_at", "ended_at", "linked_sync_id")
    return [
        RetentionRow(sync_id, sync_type, started, ended or None, linked)
        for sync_id, sync_type, started, ended, linked in source.rows(f"select {names} from {RUNS} order by id")
    ]


def _folded_note(table: str, folded: int) -> str:
    return f"{folded} repeated rows of {table} in the earlier syncs were folded into one each." if folded else ""


def _left_behind_notes(source: GuardedDatabase) -> list[str]:
    """Return a sentence for each table, column and set of rows that has no place in the new file."""
    notes = [f"The table {name} is not part of the format and was left behind." for name in source.unknown_tables()]
    for table in source.columns:
        notes += [
            f"The column {table}.{column} is not part of the format and was left behind."
            for column in source.unknown_columns(table)
        ]
        if source.has(RUNS) and table != RUNS:
            orphans = source.first(
                f"select count(*) from {table} not indexed where sync_id not in (select sync_id from {RUNS})"
            )
            if orphans is not None and orphans[0]:
                notes.append(f"{orphans[0]} rows of {table} belong to no sync and were left behind.")
    return notes
