"""The syncs an output file already holds, brought into the working database of the sync that is to join them.

`prepare` unpacks the output into the work folder as `earlier-<which file>.<process>.db`, once a process.
`bring_earlier` copies the syncs that retention keeps, all tables in one transaction, and records in a table
`host_earlier` of the working database from which file they came: after a crash, calling it again does what is left, and
an output that was replaced meanwhile is read anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import apsw
import msgspec

from ..errors import FileError
from . import bulk, container, retention, schema
from .retention import Dropped, SyncRow

__all__ = ["Earlier", "bring_earlier", "delete_sync", "identity", "prepare", "record", "recorded", "too_large"]

RECORD = "create table if not exists host_earlier (id integer primary key check (id = 1), record text not null)"
PROCESS = os.urandom(4).hex()
"""Marks the files of this process."""
MANY = 20_000
"""Rows above which it is quicker to copy without indexes and to build them after."""


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the syncs of an output. `base` says which file it was: see `identity`."""

    base: str = ""
    kept: tuple[SyncRow, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()
    """What else was left behind or changed, in sentences."""


def identity(output: Path) -> str:
    """Which file `output` is at this moment; '' when it is absent or empty."""
    try:
        found = output.stat()
    except FileNotFoundError:
        return ""
    return f"{found.st_dev:x}-{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}" if found.st_size else ""


def prepare(
    output: Path, work: Path, *, limits: container.Limits | None = None, watch: bulk.Watch | None = None
) -> Path | None:
    """Unpack the database of `output` into the folder `work` and look whether it can be used; None without an output.

    Does nothing when it is there already, so it may be called at the start of a sync, to hear of a damaged output
    before the work is done, or from another thread. What another process unpacked is done again: it is not synced to
    the disk, which would take longer, so a power loss may have left a part of it. Raises FileError, UnsupportedFormat.
    """
    while True:
        base = identity(output)
        target = work / f"earlier-{base}.{PROCESS}.db"
        for stale in work.glob("earlier-*"):
            if not base or not stale.name.startswith(target.name):
                stale.unlink()
        if not base:
            return None
        if target.exists():
            return target
        draft = work / "earlier-new"
        container.unpack(output, draft, limits, (lambda _: watch("unpacking")) if watch else None)
        if identity(output) == base:
            with _damage(output):
                _check_tables(draft)
            return draft.rename(target)


def bring_earlier(
    db: apsw.Connection,
    output: Path,
    work: Path,
    sync_id: str,
    *,
    limits: container.Limits | None = None,
    environ: Mapping[str, str] | None = None,
    watch: bulk.Watch | None = None,
) -> Earlier:
    """Copy the syncs of `output` that are to stay into `db`, the working database of sync `sync_id`.

    Call it when everything is collected and no transaction is open, before the indexes of `v1_grants` are built (those
    that are there may be dropped, because a million rows go in faster without). The other tables have their indexes
    afterwards. In `v1_sync_runs` the new sync comes last. Raises FileError when the output or the disk fails.
    """
    found = recorded(db)
    base = identity(output)
    if found is None and not base:
        return Earlier()
    with bulk.rollback_journal(db), bulk.on_disk_errors(f"the working database of {output}"):
        if found is None or found.base != base:
            limits = limits or container.Limits.from_environment()
            path = prepare(output, work, limits=limits, watch=watch)
            with bulk.watched(db, "copying", watch), _damage(output):
                found = _bring(db, path, sync_id, limits, environ)
        with bulk.watched(db, "indexing", watch), _damage(output):
            for table in schema.TABLES:
                if table != "v1_grants":
                    schema.build_indexes(db, table, sync_id)
    return found


def delete_sync(db: apsw.Connection, sync_id: str) -> None:
    """Delete all rows of one sync. The caller holds the transaction."""
    for table in schema.TABLES:
        db.execute(f"delete from main.{table} where sync_id = ?", (sync_id,))


def record(db: apsw.Connection, earlier: Earlier) -> None:
    """Keep in the working database what was done. The caller holds the transaction."""
    db.execute(RECORD)
    db.execute("insert or replace into host_earlier values (1, ?)", (msgspec.json.encode(earlier).decode(),))


def recorded(db: apsw.Connection) -> Earlier | None:
    """What an earlier call recorded."""
    if not schema.columns(db, "host_earlier"):
        return None
    text = db.execute("select record from host_earlier").get
    return None if text is None else msgspec.json.decode(text, type=Earlier)


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


def _bring(
    db: apsw.Connection,
    path: Path | None,
    sync_id: str,
    limits: container.Limits,
    environ: Mapping[str, str] | None,
) -> Earlier:
    """Replace what was brought before by the syncs of the file at `path` that are to stay: one transaction."""
    if path is None:
        with bulk.transaction(db):
            _forget(db, sync_id)
            record(db, Earlier())
        return Earlier()
    folded = _fold_repeated(path)
    trusted = db.pragma("trusted_schema")
    db.pragma("trusted_schema", False)
    db.execute("attach ? as earlier", (str(path),))
    try:
        with bulk.transaction(db):
            _forget(db, sync_id)
            rows = [row for row in _sync_rows(db) if row.sync_id != sync_id]
            plan = _fit(db, retention.plan(rows, environ), path, limits)
            for name in schema.TABLES:
                _copy_table(db, name, plan.kept, sync_id)
            base = path.stem.removeprefix("earlier-").removesuffix(f".{PROCESS}")
            notes = tuple(folded + _left_behind(db))
            result = Earlier(base=base, kept=plan.kept, dropped=plan.dropped, notes=notes)
            record(db, result)
    finally:
        db.execute("detach earlier")
        db.pragma("trusted_schema", trusted)
    return result


def _forget(db: apsw.Connection, sync_id: str) -> None:
    if recorded(db) is not None:
        for table in schema.TABLES:
            db.execute(f"delete from main.{table} where sync_id <> ?", (sync_id,))


def _sync_rows(db: apsw.Connection) -> list[SyncRow]:
    have = schema.columns(db, "v1_sync_runs", database="earlier")
    if not have:
        return []
    names = ("sync_id", "sync_type", "started_at", "ended_at", "linked_sync_id")
    values = ", ".join(name if name in have else schema.DEFAULTS["v1_sync_runs"][name] for name in names)
    rows = db.execute(f"select {values} from earlier.v1_sync_runs order by id").fetchall()
    if not all(isinstance(row[0], str) for row in rows):
        raise apsw.SQLError("a sync id is not text")
    return [
        SyncRow(str(sync_id), str(kind), str(started), None if ended is None else str(ended), str(linked))
        for sync_id, kind, started, ended, linked in rows
    ]


def _fit(db: apsw.Connection, plan: retention.Retention, path: Path, limits: container.Limits) -> retention.Retention:
    """Leave out the oldest syncs when all together are certainly more than a reader takes.

    Each sync is taken to have its share of the earlier file, by rows; the indexes the new one still lacks are not
    counted. What passes here and is too large in the end is dropped then.
    """
    size = path.stat().st_size
    room = limits.decoded - int(db.pragma("page_count")) * int(db.pragma("page_size"))
    if size <= room:
        return plan
    counts: dict[str, int] = {}
    for table in ("v1_resources", "v1_grants"):
        if schema.columns(db, table, database="earlier"):
            for name, count in db.execute(f"select sync_id, count(*) from earlier.{table} group by 1"):
                counts[str(name)] = counts.get(str(name), 0) + int(count)
    total = max(1, sum(counts.values()))
    kept, dropped = list(plan.kept), list(plan.dropped)
    while kept and sum(counts.get(row.sync_id, 0) for row in kept) * size // total > room:
        dropped.append(Dropped(kept.pop(0), too_large(limits)))
    return retention.Retention(tuple(kept), tuple(dropped))


def _copy_table(db: apsw.Connection, name: str, kept: tuple[SyncRow, ...], sync_id: str) -> None:
    """Copy the rows of the kept syncs of one table; columns that an older file lacks take their defaults."""
    table = schema.TABLES[name]
    have = schema.columns(db, name, database="earlier")
    if not have or not kept:
        return
    if (db.execute(f"select max(id) - min(id) from earlier.{name}").get or 0) >= MANY:
        for index in table.indexes:
            if not index.where:
                db.execute(f"drop index if exists main.{index.name}")
    names = table.column_names
    values = ", ".join(column if column in have else schema.DEFAULTS[name][column] for column in names)
    marks = ", ".join("?" * len(kept))
    db.execute(
        f"insert into main.{name} ({', '.join(names)}) select {values} from earlier.{name}"
        f" where sync_id in ({marks}) order by id",
        [row.sync_id for row in kept],
    )
    if name == "v1_sync_runs":  # readers and retention take the order of the rows for the order of the syncs
        newest = "select max(id) + 1 from main.v1_sync_runs"
        db.execute(f"update main.v1_sync_runs set id = ({newest}) where sync_id = ?", (sync_id,))


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
