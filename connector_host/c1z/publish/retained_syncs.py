"""The syncs of an existing output file, copied into the draft of the database that is to replace it.

`prepare` unpacks the output into the work folder and copies the syncs that retention keeps into a draft,
`earlier-<which file>.<process>.db`, to which the new sync is then added. It takes a core and some seconds that the
collection leaves idle, so it may run at the same time. An output that was replaced meanwhile is read again.

Syncs with which the new file would be larger than readers accept are not copied. While the new sync is collected, its
size is expected to be that of the newest full sync; when it is known, and differs, the draft is created again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path

import apsw
import msgspec

from ...decoding.json_decoding import decode_json
from ...errors import FileError
from ...wire.v3.format_losses import lost_notes
from .. import container, transactions
from ..sqlite_connections import DRAFT, open_database
from ..sync_stats import Stats
from ..v1 import schema
from ..v1.guarded_database import GuardedDatabase
from ..v1.sync_copy import create_tables_at
from . import retention
from .output_file import unpack
from .retention import RemovedSync, RetentionRow
from .size_estimates import count_omitted, sync_sizes

__all__ = ["RetainedSyncs", "identity", "note", "prepare", "recorded"]

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
    omitted: int = 0
    """The number of syncs, the oldest that retention keeps, that are not copied because of their size."""
    sizes: dict[str, int] = {}
    """The bytes of each sync that retention keeps, in their order; empty when they certainly fit."""
    previous: Stats | None = None
    """The counts of the newest full sync that is not copied."""


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
    expected_size: int | None = None,
    omitted: int | None = None,
    on_unpacked: Callable[[Path], None] | None = None,
    limits: container.Limits | None = None,
    environ: Mapping[str, str] | None = None,
    watch: transactions.Watch | None = None,
) -> Path | None:
    """Create a draft in the folder `work` that holds the retained syncs of `output`; None without an output.

    Sync `sync_id` will be added to them: if the output contains it already, from an attempt that could not report its
    success, it is left out here. So are the oldest `omitted` of those that are to be retained, or, by default, as many
    as leave no room for `expected_size` bytes, which are by default those of the newest full sync. `on_unpacked` is
    called with the database of the output, which is untrusted, and stays until the next call then.

    An existing draft is used again, so this may be called at the start of a sync, to report a damaged output before
    the work is done, or from another thread. A draft of another process is created again, because a power loss may
    have left a part of it. `output` may be of either format; `environ` says how many syncs are kept (`retention`).
    Raises FileError, UnsupportedFormat.
    """
    limits = limits or container.Limits.from_environment()
    while True:
        base = identity(output)
        target = work / f"earlier-{base}.{PROCESS}{'' if omitted is None else f'-{omitted}'}.db"
        _remove_others(work, target if base else None)
        if not base:
            return None
        if target.exists():
            return target
        unpacked, draft = work / "earlier-unpacked", work / "earlier-new"
        lost = unpack(output, unpacked, limits, watch, local=True)
        if identity(output) == base:
            if on_unpacked is not None:
                on_unpacked(unpacked)
            with closing(GuardedDatabase(unpacked, str(output), lookups=False, hint=MOVE_AWAY)) as source:
                with source.watched("unpacking", watch):
                    rows = [row for row in _retention_rows(source) if row.sync_id != sync_id]
                    plan = retention.plan(rows, environ)
                    retained = _selected(source, plan, expected_size, omitted, limits.decoded)
                    notes = (*lost_notes(lost), *_left_behind_notes(source))
                retained = msgspec.structs.replace(retained, base=base, notes=notes)
                _copy_retained(source, draft, retained, watch)
            if on_unpacked is None:
                unpacked.unlink()
            return draft.replace(target)


def _remove_others(work: Path, draft: Path | None) -> None:
    """Remove what other calls of `prepare` left."""
    for stale in work.glob("earlier-*"):
        if stale != draft:
            shutil.rmtree(stale) if stale.is_dir() else stale.unlink()


def note(db: apsw.Connection, retained: RetainedSyncs) -> None:
    """Store in a draft, for `recorded`, the outcome for the syncs of its output. The caller holds the transaction."""
    db.execute(RECORD)
    db.execute("insert into host_earlier values (?)", (msgspec.json.encode(retained).decode(),))


def recorded(db: apsw.Connection) -> RetainedSyncs:
    """Return the record that `note` stored in a draft."""
    return msgspec.json.decode(str(db.execute("select record from host_earlier").get), type=RetainedSyncs)


# --------------------------------------------------------------------------------------------------------- selection


def _too_large(limit: int) -> str:
    """Return the reason for which a sync is left out of a file that readers would refuse with it."""
    return (
        f"with it the unpacked file would be larger than the {limit / 1e9:.1f} GB that readers accept. To keep it, set"
        f" {container.DECODED_VARIABLE} to a larger number of MiB, here and wherever the file is read"
    )


def _selected(
    source: GuardedDatabase,
    plan: retention.RetentionPlan,
    expected_size: int | None,
    omitted: int | None,
    limit: int,
) -> RetainedSyncs:
    """Omit some of the syncs that a plan keeps, so that those of a file and the new one fit: see `prepare`."""
    sizes: dict[str, int] = {}
    total_size = source.size()
    if omitted is None and total_size + (total_size if expected_size is None else expected_size) > limit:
        sizes = sync_sizes(source.rows, source.columns, [row.sync_id for row in plan.kept])
        newest = _newest_full(plan.kept)
        if expected_size is None:
            expected_size = sizes[newest.sync_id] if newest else 0
        omitted = count_omitted(list(sizes.values()), expected_size, limit)
    rows, reason = plan.kept[: omitted or 0], _too_large(limit)
    return RetainedSyncs(
        kept=plan.kept[len(rows) :],
        dropped=(*plan.dropped, *(RemovedSync(row, reason) for row in rows)),
        omitted=len(rows),
        sizes=sizes,
        previous=_stored_stats(source, _newest_full(rows)),
    )


def _newest_full(rows: Iterable[RetentionRow]) -> RetentionRow | None:
    """Return the finished full sync that ended last."""
    finished = [row for row in rows if row.is_finished_full]
    return max(finished, key=lambda row: str(row.ended_at), default=None)


def _stored_stats(source: GuardedDatabase, sync: RetentionRow | None) -> Stats | None:
    """Return the counts that a file holds of a sync; None without a sync, and where another writer left none."""
    if sync is None:
        return None
    text = source.first(f"select {source.select(RUNS, 'stats')} from {RUNS} where sync_id = ?", (sync.sync_id,))
    try:
        return decode_json(str(text[0]), Stats) if text else None
    except ValueError:
        return None


# ---------------------------------------------------------------------------------------------------------- copying


def _copy_retained(
    source: GuardedDatabase, draft: Path, retained: RetainedSyncs, watch: transactions.Watch | None
) -> None:
    """Create the draft of the syncs of a file that are to stay. Raises FileError."""
    label = f"a copy of {source.label}"
    create_tables_at(draft, label)
    repeated = []
    if retained.kept:
        source.copy_syncs(draft, [row.sync_id for row in retained.kept], watch=watch, step="unpacking")
        repeated = [
            name
            for name, table in schema.TABLES.items()
            if name != RUNS and source.has(name) and not source.has_unique_index(name, table.unique.columns)
        ]
    with (
        source.guard(),
        transactions.on_disk_errors(label),
        closing(open_database(draft, DRAFT)) as db,
        transactions.watched(db, "unpacking", watch),
        transactions.transaction(db),
    ):
        schema.create_indexes(db, RUNS)  # fails for a file with two syncs of one id
        folded = [_folded_note(name, schema.fold_duplicates(db, name, None)) for name in repeated]
        note(db, msgspec.structs.replace(retained, notes=(*filter(None, folded), *retained.notes)))


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
