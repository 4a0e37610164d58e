"""Make the output file of a collected sync, with the earlier syncs that stay.

1. `check_output` and, if wanted, `prepare` (in `earlier`) at the start of the sync: a file that cannot be added to is
   known then, and what it holds is laid out beside the collection.
2. `seal`: the new sync joins the earlier ones in a draft of the new database; indexes, counts, the end of the sync. The
   working database is only read, so a run that dies here makes the draft again.
3. The draft is packed into `packed.c1z` in the work folder, synced to the disk, `sealed.json` says which file that is,
   it is renamed over the output, and the folder of the output is synced.

For a file of format v3, which holds one sync, nothing is laid out, and the draft is a copy of the working database.

An output that was replaced by somebody else since step 1 is read again. One that is the file of `sealed.json` is left
as it is: only the removal of the work folder was missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import msgspec
from msgspec import Struct

from ...errors import FileError, PreconditionError
from .. import container, timestamps, transactions
from .. import sync_stats as counting
from ..durable_files import sync_folder, write_file
from ..transactions import Watch
from ..v1 import schema
from . import draft_database as draft
from .format_losses import lost_notes
from .output_file import PEBBLE, SQLITE, check_output, pack
from .replaced_syncs import build_indexes, left_behind
from .retained_syncs import RetainedSyncs, delete_sync, identity, make_room, note, prepare, recorded, too_large
from .retention import RemovedSync, RetentionRow

__all__ = ["Judge", "SealedSync", "Watch", "check_output", "prepare", "seal"]

SEALED = "sealed.json"
DRAFT = "draft.db"
PACKED = "packed.c1z"
ATTEMPTS = 3
CHUNK = 1 << 20  # bytes
FRESH = "Run the same command with --fresh to delete the working state and start anew."


class SealedSync(Struct, frozen=True, kw_only=True):
    """What was written. Sizes are bytes."""

    ended_at: str
    stats: counting.Stats
    previous: counting.Stats | None = None
    """The counts of the newest finished full sync before it in the file."""
    kept: tuple[RetentionRow, ...] = ()
    """The earlier syncs that are in the file, too."""
    dropped: tuple[RemovedSync, ...] = ()
    """The earlier syncs that are no longer in the file, and why."""
    notes: tuple[str, ...] = ()
    """What else a person should know, in sentences."""
    folded: int = 0
    """Repeated ids that were folded here, because their index had not been built before."""
    database_size: int = 0
    file_size: int = 0


Judge = Callable[[counting.Stats, counting.Stats | None], None]
"""Called with the counts of the sync and of the one before it, when all is done but the output is not replaced yet.
What it raises leaves it so, until the next call of `seal`."""


class Delivery(Struct, frozen=True, kw_only=True):
    """The content of `sealed.json`: the file that became the output, or was about to, and what is in it."""

    packed: str
    sealed: SealedSync


def seal(
    database: Path,
    output: Path,
    work: Path,
    *,
    sync_id: str,
    token: str,
    supports_diff: bool = True,
    engine: str = SQLITE,
    limits: container.Limits | None = None,
    environ: Mapping[str, str] | None = None,
    watch: Watch | None = None,
    judge: Judge | None = None,
) -> SealedSync:
    """Put the collected sync `sync_id` of the closed working database `database`, with the earlier ones, into `output`.

    `work` is a folder on the file system of the output. `token` and `supports_diff` go into the sync's row. The
    `engine` pebble makes a file of format v3, which holds this sync alone. Safe to call again, also with another
    engine, after it was stopped at any point. The previous output is untouched until the new one is whole on the disk.
    Raises FileError; PreconditionError when the database is open elsewhere.
    """
    job = _Job(
        database=database,
        output=check_output(output),
        work=work,
        sync_id=sync_id,
        token=token,
        supports_diff=supports_diff,
        engine=engine,
        limits=limits or container.Limits.from_environment(),
        environ=environ,
        watch=watch,
    )
    if delivered := _delivered(job):
        return delivered
    for _ in range(ATTEMPTS):
        base = _begin_draft(job)
        result = _finish_draft(job)
        if judge:
            judge(result.stats, result.previous)
        if delivered := _deliver(job, result, base):
            return delivered
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
    engine: str
    limits: container.Limits
    environ: Mapping[str, str] | None
    watch: Watch | None

    @property
    def draft(self) -> Path:
        return self.work / DRAFT


# --------------------------------------------------------------------------------------------------------- the draft


def _begin_draft(job: _Job) -> str:
    """Have the earlier syncs, if any, and the new one in the draft; gives the identity of the output it is made for."""
    for stale in job.work.glob(f"{DRAFT}*"):
        stale.unlink()
    with _damage(job.database), transactions.on_disk_errors(f"the working database of {job.output}"):
        _close_log(job)
        if job.engine == PEBBLE:
            return _begin_alone(job)
        prepared = prepare(job.output, job.work, job.sync_id, limits=job.limits, environ=job.environ, watch=job.watch)
        if prepared is None:
            _copy_file(job)
            return ""
        prepared.rename(job.draft)
        with closing(draft.open_draft(job.draft)) as db:
            db.execute("attach ? as collected", (str(job.database),))
            with transactions.watched(db, "copying", job.watch), transactions.transaction(db):
                return _add_collected(db, job)


def _begin_alone(job: _Job) -> str:
    """The same for a file that holds one sync."""
    _copy_file(job)
    with closing(draft.open_draft(job.draft)) as db:
        partial = db.execute("select sync_type = 'partial' from v1_sync_runs where sync_id = ?", (job.sync_id,)).get
        earlier = left_behind(job.output, job.sync_id, partial=bool(partial))
        with transactions.transaction(db):
            note(db, earlier)
    return earlier.base


def _close_log(job: _Job) -> None:
    """Have the working database whole in one file, which nobody else has open, and see that it is the right one."""
    if not job.database.is_file():
        raise FileError(f"the working database {job.database} is gone", hint=FRESH)
    with closing(apsw.Connection(str(job.database), flags=apsw.SQLITE_OPEN_READWRITE)) as db:
        if not db.execute("select count(*) from v1_sync_runs where sync_id = ?", (job.sync_id,)).get:
            raise FileError(f"the working database does not hold sync {job.sync_id}", hint=FRESH)
        db.pragma("journal_mode", "delete")


def _copy_file(job: _Job) -> None:
    """A sync without earlier ones brings its indexes along, if it has them."""
    try:
        with job.database.open("rb") as source, job.draft.open("xb", buffering=0) as target:
            job.draft.chmod(0o600)
            while chunk := source.read(CHUNK):
                if job.watch:
                    job.watch("copying")
                target.write(chunk)
    except OSError as error:
        raise FileError(
            f"a copy of {job.database} cannot be written ({error.strerror})", hint=transactions.ROOM
        ) from error


def _add_collected(db: apsw.Connection, job: _Job) -> str:
    """Add the rows of the collected sync behind the earlier ones: the last run is the newest."""
    earlier = make_room(db, recorded(db), job.database.stat().st_size, job.limits)
    db.execute("update host_earlier set record = ?", (msgspec.json.encode(earlier).decode(),))
    for name, table in schema.TABLES.items():
        names = ", ".join(table.column_names)
        db.execute(
            f"insert into main.{name} ({names}) select {names} from collected.{name} where sync_id = ? order by id",
            (job.sync_id,),
        )
    return earlier.base


def _finish_draft(job: _Job) -> SealedSync:
    """Index it, end the sync, and close it."""
    label = f"a copy of the working database of {job.output}"
    with _damage(job.database), transactions.on_disk_errors(label), closing(draft.open_draft(job.draft)) as db:
        with transactions.watched(db, "indexing", job.watch):
            if job.engine == PEBBLE:
                folded = build_indexes(db, job.sync_id)
            else:
                folded = sum(schema.build_indexes(db, table, job.sync_id) for table in schema.TABLES)
        with transactions.watched(db, "finishing", job.watch):
            earlier = recorded(db) if schema.columns(db, "host_earlier") else RetainedSyncs()
            if not earlier.alone:
                earlier = _fit(db, earlier, job.limits)
            with transactions.transaction(db):
                _end_sync(db, job)
                _drop_host_tables(db)
        return _result(db, job, earlier, folded)


def _drop_host_tables(db: apsw.Connection) -> None:
    db.pragma("secure_delete", True)  # page tokens and the like do not stay behind in free pages
    names = db.execute("select name from sqlite_schema where type = 'table' and name like 'host\\_%' escape '\\'")
    for (name,) in names.fetchall():
        db.execute(f'drop table "{name}"')


def _end_sync(db: apsw.Connection, job: _Job) -> None:
    sync_type = str(db.execute("select sync_type from v1_sync_runs where sync_id = ?", (job.sync_id,)).get)
    rows = db.execute("select ended_at from v1_sync_runs where sync_id <> ?", (job.sync_id,))
    ended_at = timestamps.later_than(timestamps.now(), [text for (text,) in rows if isinstance(text, str)])
    if sync_type == "partial":  # what it adds to
        db.execute(
            "update v1_sync_runs set parent_sync_id = coalesce((select sync_id from v1_sync_runs"
            " where sync_type = 'full' and ended_at is not null order by ended_at desc limit 1), '')"
            " where sync_id = ?",
            (job.sync_id,),
        )
    alone = int(db.execute("select count(*) from v1_sync_runs").get) == 1  # rows without a sync are never brought
    text = counting.to_json(counting.compute(db, job.sync_id, sync_type, alone=alone))
    db.execute(
        "update v1_sync_runs set sync_token = ?, supports_diff = ?, ended_at = ?, stats = ? where sync_id = ?",
        (job.token, int(job.supports_diff), ended_at, text, job.sync_id),
    )


def _fit(db: apsw.Connection, earlier: RetainedSyncs, limits: container.Limits) -> RetainedSyncs:
    """Drop the oldest earlier syncs while the file is larger than readers accept. Rare, and slow."""
    if draft.size(db, "freelist_count") >= draft.size(db) - limits.decoded > 0:
        db.execute("vacuum")  # what `make_room` left free is enough
    while draft.size(db) > limits.decoded and earlier.kept:
        oldest, *kept = earlier.kept
        dropped = (*earlier.dropped, RemovedSync(oldest, too_large(limits)))
        earlier = msgspec.structs.replace(earlier, kept=tuple(kept), dropped=dropped)
        with transactions.transaction(db):
            delete_sync(db, oldest.sync_id)
        db.execute("vacuum")  # only then the size is known
    return earlier


def _result(db: apsw.Connection, job: _Job, earlier: RetainedSyncs, folded: int) -> SealedSync:
    run = "select ended_at, stats from v1_sync_runs where sync_id = ?"
    ended, text = db.execute(run, (job.sync_id,)).fetchall()[0]
    size, limit = job.draft.stat().st_size, job.limits.decoded
    notes = earlier.notes
    if size > limit and job.engine == SQLITE:
        large = (
            f"The database is {size} bytes, and readers accept {limit}; wherever the file is read, set"
            f" {container.DECODED_VARIABLE} to {size // container.MIB + 1} or more."
        )
        notes += (large,)
    return SealedSync(
        ended_at=str(ended),
        stats=msgspec.json.decode(str(text), type=counting.Stats),
        previous=earlier.previous if earlier.alone else _newest_full(db, job.sync_id),
        kept=earlier.kept,
        dropped=earlier.dropped,
        notes=notes,
        folded=folded,
        database_size=size,
    )


def _newest_full(db: apsw.Connection, but: str) -> counting.Stats | None:
    """The counts of the newest finished full sync besides `but`; None when there is none."""
    text = db.execute(
        "select stats from v1_sync_runs where sync_type = 'full' and ended_at is not null and sync_id <> ?"
        " order by ended_at desc limit 1",
        (but,),
    ).get
    try:
        return None if text is None else msgspec.json.decode(str(text), type=counting.Stats)
    except msgspec.MsgspecError:
        return None  # another writer's idea of counts


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


def _deliver(job: _Job, result: SealedSync, base: str) -> SealedSync | None:
    """Pack the draft and rename it over the output; None when the output is no longer the one it was made for."""
    packed = job.work / PACKED
    watch = job.watch
    try:
        packed.unlink(missing_ok=True)
        lost = pack(job.engine, job.draft, packed, job.sync_id, local=True, watch=watch)
        notes = (*result.notes, *lost_notes(lost))
        result = msgspec.structs.replace(result, file_size=packed.stat().st_size, notes=notes)
        _write(job.work / SEALED, msgspec.json.encode(Delivery(packed=identity(packed), sealed=result)))
        if watch:
            watch("replacing")
        if identity(job.output) != base:
            return None
        packed.rename(job.output)
        sync_folder(job.output.parent)
    except OSError as error:
        raise FileError(
            f"{job.output} cannot be replaced ({error.strerror})",
            hint="The finished sync is kept: make the folder writable and run the same command again.",
        ) from error
    return result


def _delivered(job: _Job) -> SealedSync | None:
    """What an earlier call put into the output before it could say so."""
    try:
        delivery = msgspec.json.decode((job.work / SEALED).read_bytes(), type=Delivery)
    except (OSError, msgspec.MsgspecError):
        return None
    return delivery.sealed if delivery.packed == identity(job.output) else None


def _write(target: Path, content: bytes) -> None:
    try:
        write_file(target, content)
    except OSError as error:
        raise FileError(f"{target} cannot be written ({error.strerror})", hint=transactions.ROOM) from error
