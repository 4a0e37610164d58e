"""Turn the working database of a finished sync into the output file.

The order, and what a killed process leaves for the next call:

1. `check_output` and, if wanted, `prepare` at the start of the sync: a file that cannot be added to is refused then.
2. `bring_earlier` when everything is collected: the syncs that stay are copied into the working database, before its
   large indexes are built. One transaction; the record in `host_earlier` says that it is done.
3. `seal`: missing indexes, each a transaction. Then `base.json` in the work folder takes the record over, and one
   transaction ends the sync (stats, token, `ended_at`) and drops all `host_*` tables: the database is *sealed*, it is
   what the output will hold.
4. It is packed into `packed.c1z` in the work folder, synced to the disk, renamed over the output, and the folder of the
   output is synced. A leftover `packed.c1z` is made again.

An output that was replaced by somebody else since step 2 is read again. One that holds this sync already is left as it
is: only the removal of the work folder was missing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import apsw
import msgspec
from msgspec import Struct

from ..errors import FileError, PreconditionError
from . import bulk, container, schema, times
from . import stats as counting
from .bulk import Watch
from .durable import sync_folder
from .earlier import Earlier, bring_earlier, delete_sync, identity, prepare, record, too_large
from .retention import Dropped, SyncRow

__all__ = ["Earlier", "Sealed", "Watch", "bring_earlier", "check_output", "newest_full", "prepare", "seal"]

BASE = "base.json"
PACKED = "packed.c1z"
ATTEMPTS = 3
CACHE = 40960  # KiB; the sorter of an index takes as much again, once for each thread
THREADS = 2
"""Beside SQLite's own, for the sorting of indexes: 2,000,000 grants are indexed in 4.7 instead of 5.6 s."""
FRESH = "Run the same command with --fresh to delete the working state and start anew."


class Sealed(Struct, frozen=True, kw_only=True):
    """What was written. Sizes are bytes."""

    ended_at: str
    stats: counting.Stats
    kept: tuple[SyncRow, ...] = ()
    """The earlier syncs that are in the file, too."""
    dropped: tuple[Dropped, ...] = ()
    """The earlier syncs that are no longer in the file, and why."""
    notes: tuple[str, ...] = ()
    """What else a person should know, in sentences."""
    folded: int = 0
    """Repeated ids that were folded here, because their index had not been built before."""
    database_size: int = 0
    file_size: int = 0


class Base(Struct, frozen=True, kw_only=True):
    """The content of `base.json`: what was brought, and which file became the output."""

    earlier: Earlier
    packed: str = ""


def check_output(output: Path) -> Path:
    """Refuse an output that could not be written in the end, and give the file it really is (links followed).

    Raises FileError when the folder is missing or not writable, or when there is something else than a c1z;
    UnsupportedFormat for a c1z of another format.
    """
    try:
        target = output.resolve()
    except (OSError, RuntimeError) as error:
        raise FileError(f"{output} cannot be followed ({error})", hint="Choose another output with -f.") from error
    folder = target.parent
    if not folder.is_dir():
        raise FileError(f"the folder {folder} does not exist", hint="Make it, or choose another output with -f.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FileError(f"the folder {folder} is not writable", hint="Choose an output with -f in one that is.")
    found = container.sniff(target)
    if found.kind in (container.Kind.V3, container.Kind.FOREIGN):
        refusal = container.refusal(output, found)
        raise type(refusal)(f"{refusal.message}; it was left as it is", hint="Choose another output with -f.")
    return target


def seal(
    database: Path,
    output: Path,
    work: Path,
    *,
    sync_id: str,
    token: str,
    supports_diff: bool = True,
    limits: container.Limits | None = None,
    environ: Mapping[str, str] | None = None,
    watch: Watch | None = None,
    judge: Callable[[counting.Stats], None] | None = None,
) -> Sealed:
    """End sync `sync_id` in the closed working database `database` and put it, with the earlier syncs, into `output`.

    `work` is a folder on the file system of the output. `token` and `supports_diff` go into the sync's row. `judge`
    gets the counts of the sync when all is done but the output is not replaced yet; what it raises leaves it so, until
    the next call. Safe to call again after it was stopped at any point. The previous output is untouched until the new
    one is whole on the disk. Raises FileError; PreconditionError when the database is open elsewhere.
    """
    job = _Job(
        database=database,
        output=check_output(output),
        work=work,
        sync_id=sync_id,
        token=token,
        supports_diff=supports_diff,
        limits=limits or container.Limits.from_environment(),
        environ=environ,
        watch=watch,
    )
    for _ in range(ATTEMPTS):
        result, base = _finish(job)
        delivered = bool(base.packed) and base.packed == identity(job.output)
        if judge and not delivered:
            judge(result.stats)
        if delivered or _deliver(job, base):
            return _with_sizes(result, job)
    raise FileError(
        f"{output} was replaced by another program again and again",
        hint="Stop that program, or choose another output with -f; then run the same command: it goes on.",
    )


class _Job(Struct, frozen=True, kw_only=True):
    """The arguments of `seal`, with `output` being the file itself."""

    database: Path
    output: Path
    work: Path
    sync_id: str
    token: str
    supports_diff: bool
    limits: container.Limits
    environ: Mapping[str, str] | None
    watch: Watch | None


def newest_full(database: Path, but: str) -> counting.Stats | None:
    """The counts of the newest finished full sync in a sealed database besides `but`; None when there is none."""
    db = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        text = db.execute(
            "select stats from v1_sync_runs where sync_type = 'full' and ended_at is not null and sync_id <> ?"
            " order by ended_at desc limit 1",
            (but,),
        ).get
    finally:
        db.close()
    try:
        return None if text is None else msgspec.json.decode(str(text), type=counting.Stats)
    except msgspec.MsgspecError:
        return None  # another writer's idea of counts


# ------------------------------------------------------------------------------------------------------ the database


def _finish(job: _Job) -> tuple[Sealed, Base]:
    """Bring the database to its final state and close it."""
    if not job.database.is_file():
        raise FileError(f"the working database {job.database} is gone", hint=FRESH)
    with _damage(job.database), bulk.on_disk_errors(f"the working database of {job.output}"):
        db = apsw.Connection(str(job.database), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            db.pragma("journal_mode", "delete")  # a c1z holds a database without write-ahead log; see also bulk
            db.pragma("synchronous", "full")
            db.pragma("cache_size", -CACHE)
            db.pragma("threads", THREADS)
            return _finish_in(db, job)
        finally:
            db.close()


def _finish_in(db: apsw.Connection, job: _Job) -> tuple[Sealed, Base]:
    base = _read_base(job.work)
    if _is_sealed(db, job.sync_id):
        now = identity(job.output)
        if base is not None and (now == base.earlier.base or (now and now == base.packed)):
            return _result(db, job.sync_id, base.earlier, 0), base
        with bulk.transaction(db):  # the output was replaced since: what was brought from the one before has to go
            record(db, base.earlier if base else Earlier(base="unknown"))
    earlier = bring_earlier(
        db, job.output, job.work, job.sync_id, limits=job.limits, environ=job.environ, watch=job.watch
    )
    with bulk.watched(db, "indexing", job.watch):
        folded = sum(schema.build_indexes(db, table, job.sync_id) for table in schema.TABLES)
    with bulk.watched(db, "finishing", job.watch):
        earlier = _fit(db, earlier, job.limits)
        base = Base(earlier=earlier)
        _write_base(job.work, base)
        with bulk.transaction(db):
            _end_sync(db, job)
            _drop_host_tables(db)
    return _result(db, job.sync_id, earlier, folded), base


def _is_sealed(db: apsw.Connection, sync_id: str) -> bool:
    ended = db.execute("select ended_at is not null from v1_sync_runs where sync_id = ?", (sync_id,)).get
    if ended is None:
        raise FileError(f"the working database does not hold sync {sync_id}", hint=FRESH)
    return bool(ended) and not _host_tables(db)


def _host_tables(db: apsw.Connection) -> list[str]:
    names = db.execute("select name from sqlite_schema where type = 'table' and name like 'host\\_%' escape '\\'")
    return [str(name) for (name,) in names]


def _drop_host_tables(db: apsw.Connection) -> None:
    db.pragma("secure_delete", True)  # page tokens and the like do not stay behind in free pages
    for name in _host_tables(db):
        db.execute(f'drop table "{name}"')


def _end_sync(db: apsw.Connection, job: _Job) -> None:
    sync_type = str(db.execute("select sync_type from v1_sync_runs where sync_id = ?", (job.sync_id,)).get)
    rows = db.execute("select ended_at from v1_sync_runs where sync_id <> ?", (job.sync_id,))
    ended_at = times.later_than(times.now(), [text for (text,) in rows if isinstance(text, str)])
    if sync_type == "partial":  # what it adds to
        db.execute(
            "update v1_sync_runs set parent_sync_id = coalesce((select sync_id from v1_sync_runs"
            " where sync_type = 'full' and ended_at is not null order by ended_at desc limit 1), '')"
            " where sync_id = ? and ended_at is null",
            (job.sync_id,),
        )
    alone = int(db.execute("select count(*) from v1_sync_runs").get) == 1  # rows without a sync are never brought
    text = counting.to_json(counting.compute(db, job.sync_id, sync_type, alone=alone))
    db.execute(  # one that has been ended before keeps what it was ended with
        "update v1_sync_runs set sync_token = ?, supports_diff = ? where sync_id = ? and ended_at is null",
        (job.token, int(job.supports_diff), job.sync_id),
    )
    db.execute(
        "update v1_sync_runs set ended_at = ?, stats = ? where sync_id = ?",
        (ended_at, text, job.sync_id),
    )


def _fit(db: apsw.Connection, earlier: Earlier, limits: container.Limits) -> Earlier:
    """Drop the oldest earlier syncs while the file is larger than readers accept. Rare, and slow."""
    before = earlier
    while _size(db) > limits.decoded:
        if earlier.kept or earlier is not before or _size(db, "freelist_count") >= _size(db) - limits.decoded:
            db.execute("vacuum")  # only then the size is known; an earlier call may have died between delete and this
        if not earlier.kept or _size(db) <= limits.decoded:
            break
        oldest, *kept = earlier.kept
        dropped = (*earlier.dropped, Dropped(oldest, too_large(limits)))
        earlier = msgspec.structs.replace(earlier, kept=tuple(kept), dropped=dropped)
        with bulk.transaction(db):
            delete_sync(db, oldest.sync_id)
            record(db, earlier)
    return earlier


def _size(db: apsw.Connection, pages: str = "page_count") -> int:
    """The size of a database, or of another number of pages, in bytes."""
    return int(db.pragma(pages)) * int(db.pragma("page_size"))


def _result(db: apsw.Connection, sync_id: str, earlier: Earlier, folded: int) -> Sealed:
    ended, text = db.execute("select ended_at, stats from v1_sync_runs where sync_id = ?", (sync_id,)).fetchall()[0]
    return Sealed(
        ended_at=str(ended),
        stats=msgspec.json.decode(str(text), type=counting.Stats),
        kept=earlier.kept,
        dropped=earlier.dropped,
        notes=earlier.notes,
        folded=folded,
    )


@contextmanager
def _damage(database: Path) -> Iterator[None]:
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError) as error:
        raise FileError(f"the working database {database} is damaged ({error})", hint=FRESH) from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise PreconditionError(
            f"the working database {database} is open in another program ({error})",
            hint="End that program and run the same command again: it goes on.",
        ) from error


# ---------------------------------------------------------------------------------------------------------- the file


def _deliver(job: _Job, base: Base) -> bool:
    """Pack the database and rename it over the output; False when the output is no longer the one it was made for."""
    packed = job.work / PACKED
    watch = job.watch
    try:
        _check_closed(job.database)
        packed.unlink(missing_ok=True)
        container.pack(job.database, packed, (lambda _: watch("compressing")) if watch else None)
        _write_base(job.work, Base(earlier=base.earlier, packed=identity(packed)))
        if watch:
            watch("replacing")
        if identity(job.output) != base.earlier.base:
            return False
        packed.rename(job.output)
        sync_folder(job.output.parent)
    except OSError as error:
        raise FileError(
            f"{job.output} cannot be replaced ({error.strerror})",
            hint="The finished sync is kept: make the folder writable and run the same command again.",
        ) from error
    return True


def _check_closed(database: Path) -> None:
    """What is packed must be whole without a log beside it."""
    with database.open("rb") as file:
        header = file.read(20)
    if header[18:20] != b"\x01\x01" or database.with_name(f"{database.name}-wal").exists():
        raise PreconditionError(
            f"the working database {database} is open in another program", hint="End that program and run it again."
        )


def _with_sizes(result: Sealed, job: _Job) -> Sealed:
    size, limit = job.database.stat().st_size, job.limits.decoded
    notes = result.notes
    if size > limit:
        note = (
            f"The database is {size} bytes, and readers accept {limit}; wherever the file is read, set"
            f" {container.DECODED_VARIABLE} to {size // container.MIB + 1} or more."
        )
        notes += (note,)
    return msgspec.structs.replace(result, notes=notes, database_size=size, file_size=job.output.stat().st_size)


def _read_base(work: Path) -> Base | None:
    try:
        return msgspec.json.decode((work / BASE).read_bytes(), type=Base)
    except (OSError, msgspec.MsgspecError):
        return None  # then it is found out again


def _write_base(work: Path, base: Base) -> None:
    draft = work / f"{BASE}.new"
    try:
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(base))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(work / BASE)
        sync_folder(work)
    except OSError as error:
        raise FileError(
            f"{draft} cannot be written ({error.strerror})",
            hint="Make room on the disk, then run the same command: it goes on.",
        ) from error
