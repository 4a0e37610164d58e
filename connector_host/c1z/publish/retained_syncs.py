"""The syncs an output file already holds, laid out as the beginning of the database that is to replace it.

`prepare` unpacks the output into the work folder and copies the syncs that retention keeps into a draft,
`earlier-<which file>.<process>.db`, to which the new sync is then added. It takes a core and some seconds that the
collection leaves idle, which is why it may run beside it. An output that was replaced meanwhile is read anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import msgspec

from ...errors import FileError
from .. import container, transactions
from ..sync_stats import Stats
from ..v1 import schema
from . import draft_database, retention
from .format_losses import lost_notes
from .output_file import unpack
from .retention import RemovedSync, RetentionRow

__all__ = ["RetainedSyncs", "delete_sync", "identity", "make_room", "note", "prepare", "recorded", "too_large"]

RECORD = "create table host_earlier (record text not null)"
PROCESS = os.urandom(4).hex()
"""Marks the files of this process."""


class RetainedSyncs(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the syncs of an output. `base` says which file it was: see `identity`."""

    base: str = ""
    kept: tuple[RetentionRow, ...] = ()
    dropped: tuple[RemovedSync, ...] = ()
    notes: tuple[str, ...] = ()
    """What else was left behind or changed, in sentences."""
    alone: bool = False
    """Whether nothing is to be brought, into a file that holds one sync."""
    previous: Stats | None = None
    """The counts of the newest full sync that is left behind so."""


def identity(output: Path) -> str:
    """Which file `output` is at this moment; '' when it is absent or empty."""
    try:
        found = output.stat()
    except FileNotFoundError:
        return ""
    return f"{found.st_dev:x}-{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}" if found.st_size else ""


def prepare(
    output: Path,
    work: Path,
    sync_id: str,
    *,
    limits: container.Limits | None = None,
    environ: Mapping[str, str] | None = None,
    watch: transactions.Watch | None = None,
) -> Path | None:
    """A draft in the folder `work` that holds the syncs of `output` that are to stay; None without an output.

    They are to be joined by sync `sync_id`: an output that holds it already, from an attempt that could not tell of its
    success, gives the others.

    Does nothing when it is there already, so it may be called at the start of a sync, to hear of a damaged output
    before the work is done, or from another thread. What another process made is made again: a power loss may have left
    a part of it. `output` may be of either format; `environ` says how many syncs are kept (`retention`). Raises
    FileError, UnsupportedFormat.
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
        unpacked, new = work / "earlier-unpacked", work / "earlier-new"
        lost = unpack(output, unpacked, limits, watch, local=True)
        if identity(output) == base:
            with _damage(output), transactions.on_disk_errors(f"a copy of {output}"):
                _check_tables(unpacked)
                _lay_out(
                    unpacked, new, RetainedSyncs(base=base, notes=tuple(lost_notes(lost))), sync_id, environ, watch
                )
            unpacked.unlink()
            return new.rename(target)


def note(db: apsw.Connection, earlier: RetainedSyncs) -> None:
    """Note in a draft, for `recorded`, what became of the syncs of its output. The caller holds the transaction."""
    db.execute(RECORD)
    db.execute("insert into host_earlier values (?)", (msgspec.json.encode(earlier).decode(),))


def recorded(db: apsw.Connection) -> RetainedSyncs:
    """What `prepare` noted of the draft it made."""
    return msgspec.json.decode(str(db.execute("select record from host_earlier").get), type=RetainedSyncs)


def delete_sync(db: apsw.Connection, sync_id: str) -> None:
    """Delete all rows of one sync. The caller holds the transaction."""
    for table in schema.TABLES:
        db.execute(f"delete from main.{table} where sync_id = ?", (sync_id,))


def make_room(db: apsw.Connection, earlier: RetainedSyncs, coming: int, limits: container.Limits) -> RetainedSyncs:
    """Leave out the oldest syncs of a draft when all together are certainly more than a reader takes.

    `coming` is the size in bytes of what is to be added. Each sync is taken to have its share of the draft, by rows;
    indexes are not counted. What passes here and is too large in the end is dropped then. The caller holds the
    transaction.
    """
    total_size = draft_database.size(db)
    room = limits.decoded - coming
    if total_size <= room:
        return earlier
    counts: dict[str, int] = {}
    for table in ("v1_resources", "v1_grants"):
        for name, count in db.execute(f"select sync_id, count(*) from main.{table} group by 1"):
            counts[str(name)] = counts.get(str(name), 0) + int(count)
    total = max(1, sum(counts.values()))
    kept, dropped = list(earlier.kept), list(earlier.dropped)
    while kept and sum(counts.get(row.sync_id, 0) for row in kept) * total_size // total > room:
        oldest = kept.pop(0)
        delete_sync(db, oldest.sync_id)
        dropped.append(RemovedSync(oldest, too_large(limits)))
    return msgspec.structs.replace(earlier, kept=tuple(kept), dropped=tuple(dropped))


def too_large(limits: container.Limits) -> str:
    """The reason for which an older sync goes when the file is too large."""
    return f"with it the file would be larger than the {limits.decoded} bytes that readers accept"


@contextmanager
def _damage(output: Path) -> Iterator[None]:
    """Turn SQLite's errors about what it reads into FileError."""
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError, apsw.ConstraintError, apsw.MismatchError) as error:
        raise FileError(
            f"the earlier syncs in {output} cannot be read ({error})",
            hint="Move that file away, then run the same command: it goes on, without the earlier syncs.",
        ) from error


def _check_tables(path: Path) -> None:
    """Look at the schema of an unpacked file and leave it without a write-ahead log."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        db.pragma("trusted_schema", False)
        db.pragma("journal_mode", "delete")
        for name, kind, sql in db.execute("select lower(name), type, lower(sql) from sqlite_schema"):
            if name in schema.TABLES and (kind != "table" or str(sql).startswith("create virtual")):
                raise apsw.SQLError(f"{name} is not a table")
        for name, table in schema.TABLES.items():
            have = schema.columns(db, name)
            missing = [c.name for c in table.columns if have and c.name not in have | schema.DEFAULTS[name].keys()]
            if missing:
                raise apsw.SQLError(f"{name} has no column {missing[0]}")
    finally:
        db.close()


# ---------------------------------------------------------------------------------------------------------- copying


def _lay_out(
    unpacked: Path,
    target: Path,
    found: RetainedSyncs,
    sync_id: str,
    environ: Mapping[str, str] | None,
    watch: transactions.Watch | None,
) -> None:
    """Make the draft `target` of the syncs in the database `unpacked` that are to stay; `found` is known of them."""
    folded = _fold_repeated(unpacked)
    with closing(draft_database.create(target)) as db:
        db.execute("attach ? as earlier", (str(unpacked),))
        with transactions.watched(db, "unpacking", watch), transactions.transaction(db):
            plan = retention.plan([row for row in _sync_rows(db) if row.sync_id != sync_id], environ)
            for name in schema.TABLES:
                _copy_table(db, name, plan.kept)
            schema.create_indexes(db, "v1_sync_runs")  # two syncs of one id are no file
            notes = (*found.notes, *folded, *_left_behind(db))
            note(db, RetainedSyncs(base=found.base, kept=plan.kept, dropped=plan.dropped, notes=notes))


def _sync_rows(db: apsw.Connection) -> list[RetentionRow]:
    have = schema.columns(db, "v1_sync_runs", database="earlier")
    if not have:
        return []
    names = ("sync_id", "sync_type", "started_at", "ended_at", "linked_sync_id")
    values = ", ".join(name if name in have else schema.DEFAULTS["v1_sync_runs"][name] for name in names)
    rows = db.execute(f"select {values} from earlier.v1_sync_runs order by id").fetchall()
    if not all(isinstance(row[0], str) for row in rows):
        raise apsw.SQLError("a sync id is not text")
    return [
        RetentionRow(str(sync_id), str(kind), str(started), None if ended is None else str(ended), str(linked))
        for sync_id, kind, started, ended, linked in rows
    ]


def _copy_table(db: apsw.Connection, name: str, kept: tuple[RetentionRow, ...]) -> None:
    """Copy the rows of the kept syncs of one table; columns that an older file lacks take their defaults."""
    have = schema.columns(db, name, database="earlier")
    if not have or not kept:
        return
    names = schema.TABLES[name].column_names
    values = ", ".join(column if column in have else schema.DEFAULTS[name][column] for column in names)
    marks = ", ".join("?" * len(kept))
    db.execute(
        f"insert into main.{name} ({', '.join(names)}) select {values} from earlier.{name}"
        f" where sync_id in ({marks}) order by id",
        [row.sync_id for row in kept],
    )


def _fold_repeated(path: Path) -> list[str]:
    """Fold repeated ids in a file whose writer had no unique index."""
    notes = []
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        for name, table in schema.TABLES.items():
            if name == "v1_sync_runs" or not schema.columns(db, name) or _is_unique(db, name, table.unique.columns):
                continue
            syncs = [sync_id for (sync_id,) in db.execute(f"select distinct sync_id from {name}")]
            folded = sum(schema.fold_duplicates(db, name, sync_id) for sync_id in syncs)
            if folded:
                notes.append(f"{folded} repeated rows of {name} in the earlier syncs were folded into one each.")
    finally:
        db.close()
    return notes


def _is_unique(db: apsw.Connection, table: str, columns: tuple[str, ...]) -> bool:
    """Whether some unique index covers exactly these columns."""
    indexes = db.execute('select name from pragma_index_list(?) where "unique" and not partial', (table,)).fetchall()
    return any(
        {name for (name,) in db.execute("select name from pragma_index_info(?)", index)} == set(columns)
        for index in indexes
    )


def _left_behind(db: apsw.Connection) -> list[str]:
    """What is in the earlier file and in none of the tables and columns of the format."""
    notes = []
    tables = db.execute(
        "select lower(name) from earlier.sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\'"
    ).fetchall()
    for (name,) in tables:
        if name not in schema.TABLES:
            notes.append(f"The table {name} is not part of the format and was left behind.")
            continue
        extra = schema.columns(db, name, database="earlier") - {"id", *schema.TABLES[name].column_names}
        notes += [
            f"The column {name}.{column} is not part of the format and was left behind." for column in sorted(extra)
        ]
        if "v1_sync_runs" in {table for (table,) in tables}:
            orphans = db.execute(
                f"select count(*) from earlier.{name} where sync_id not in (select sync_id from earlier.v1_sync_runs)"
            ).get
            if orphans:
                notes.append(f"{orphans} rows of {name} belong to no sync and were left behind.")
    return notes
