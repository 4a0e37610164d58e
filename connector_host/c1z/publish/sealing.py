"""The sealing of a collected sync: its output file, with the earlier syncs that are retained.

1. `check_output` and optionally `retained_syncs.prepare` at the start of the sync: a file that cannot be added to is
   reported then, and its syncs are copied during the collection.
2. `seal`: the new sync is added to the earlier ones in a draft of the new database; then indexes, counts, the end of
   the sync. The working database is only read, so a run that dies here creates the draft again.
3. The draft is packed into `packed.c1z` in the work folder and synchronised to the disk, `sealed.json` identifies that
   file, it is renamed over the output, and the folder of the output is synchronised.

For a file of format v3, which holds one sync, the draft is a copy of the working database, whose grants stay packed.

An output that another program replaced since step 1 is read again. An output that is the file of `sealed.json` is left
as it is: only the removal of the work folder was missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import apsw
import msgspec
from msgspec import Struct

from ...decoding.json_decoding import decode_json
from ...errors import FileError, PreconditionError
from ...operating_system import owner_notes
from ...wire.v3.format_losses import lost_notes
from .. import container, sync_stats, transactions
from ..durable_files import copy_content, sync_folder, write_file
from ..private_folder import known_path
from ..sqlite_connections import (
    DRAFT,
    SORTED_DRAFT,
    SORTED_SIZE,
    WORKING_TO_COPY,
    close_log,
    database_name,
    database_size,
    erase_deleted_rows,
    open_database,
)
from ..transactions import Watch
from ..types import PARTIAL
from ..v1 import schema
from ..v1.expansion_rows import index_generated
from ..v1.packed_rows import add_packed, drop_packed
from ..v3.grant_runs import separate_runs
from ..v3.sync_entries import build_indexes
from .disk_space import explained_full_disk
from .fitting_syncs import prepare_fitting
from .output_file import PEBBLE, SQLITE, check_output, pack
from .replaced_syncs import replaced_syncs
from .retained_syncs import RetainedSyncs, identity, prepare
from .retention import RemovedSync, RetentionRow
from .sync_end import end_sync, newest_full

__all__ = ["Judge", "SealedSync", "Watch", "check_output", "prepare", "seal"]

SEALED_NAME = "sealed.json"
DRAFT_NAME = "draft.db"
PACKED_NAME = "packed.c1z"
ATTEMPTS = 3
FRESH = "Run the same command with --fresh to delete the working state and start again."


class SealedSync(Struct, frozen=True, kw_only=True):
    """The file that was written. Sizes are in bytes."""

    ended_at: str
    stats: sync_stats.Stats
    previous: sync_stats.Stats | None = None
    """The counts of the newest finished full sync before it in the file."""
    kept: tuple[RetentionRow, ...] = ()
    """The earlier syncs in the file."""
    dropped: tuple[RemovedSync, ...] = ()
    """The earlier syncs that were removed from the file, and why."""
    notes: tuple[str, ...] = ()
    """Further sentences for people."""
    folded: int = 0
    """The number of repeated ids that were folded here, because their index had not been built before."""
    database_size: int = 0
    file_size: int = 0


Judge = Callable[[sync_stats.Stats, sync_stats.Stats | None], None]
"""Called with the counts of the sync and of the one before it, when the output is ready but not replaced yet. An
exception leaves it so, until the next call of `seal`."""


class Delivery(Struct, frozen=True, kw_only=True):
    """The content of `sealed.json`: the file that became the output, or was about to, and its content."""

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
    expanded: bool = False,
    engine: str = SQLITE,
    limits: container.Limits | None = None,
    environ: Mapping[str, str] | None = None,
    watch: Watch | None = None,
    judge: Judge | None = None,
) -> SealedSync:
    """Write the collected sync `sync_id` of the closed working database `database` and the earlier ones into `output`.

    `work` is a folder on the file system of the output. `token` and `supports_diff` go into the sync's row. `expanded`
    says that expansion has generated grants. The `engine` pebble writes a file of format v3, which holds this sync
    alone. Safe to call again, also with another engine, after it was stopped at any point. The previous output is
    untouched until the new one is complete on the disk.
    Raises FileError; PreconditionError when the database is open elsewhere.
    """
    job = _Job(
        database=database,
        output=check_output(output),
        work=work,
        sync_id=sync_id,
        token=token,
        supports_diff=supports_diff,
        expanded=expanded,
        engine=engine,
        limits=limits or container.Limits.from_environment(),
        environ=environ,
        watch=watch,
    )
    if delivered := _delivered(job):
        return delivered
    for _ in range(ATTEMPTS):
        with explained_full_disk(job.database, job.output, work, engine=engine, limit=job.limits.decoded):
            result, base = _make_draft(job)
            if judge:
                judge(result.stats, result.previous)
            if delivered := _deliver(job, result, base):
                return delivered
    raise FileError(
        f"{output} was replaced by another program again and again",
        hint="Stop that program, or choose another output with -f; then run the same command: it resumes.",
    )


class _Job(Struct, frozen=True, kw_only=True):
    """The arguments of `seal`, with `output` being the file itself."""

    database: Path
    output: Path
    work: Path
    sync_id: str
    token: str
    supports_diff: bool
    expanded: bool
    engine: str
    limits: container.Limits
    environ: Mapping[str, str] | None
    watch: Watch | None

    @property
    def draft(self) -> Path:
        return self.work / DRAFT_NAME


# --------------------------------------------------------------------------------------------------------- the draft


def _make_draft(job: _Job) -> tuple[SealedSync, str]:
    """Make the draft of the file; return its content and the identity of the output that it is for."""
    omitted = 0
    while True:
        retained = _begin_draft(job, omitted)
        try:
            return _finish_draft(job, retained), retained.base
        except _TooLargeError:  # the estimate was too small
            omitted = retained.omitted + 1


def _begin_draft(job: _Job, omitted: int) -> RetainedSyncs:
    """Write the earlier syncs without the first `omitted` or more, if any, and the new one into the draft."""
    with _damage(job.database), transactions.on_disk_errors(f"the working database of {job.output}"):
        for stale in job.work.glob(f"{DRAFT_NAME}*"):
            stale.unlink()
        _check_database(job)
        prepared, retained = None, RetainedSyncs()
        if job.engine == SQLITE:
            prepared, retained = prepare_fitting(
                *(job.database, job.output, job.work, job.sync_id),
                omitted=omitted,
                limits=job.limits,
                environ=job.environ,
                watch=job.watch,
            )
        if prepared is not None and retained.kept:
            prepared.replace(job.draft)
        else:
            _copy_file(job)
        with closing(open_database(job.draft, DRAFT)) as db:
            db.execute("attach ? as collected", (database_name(job.database),))
            with transactions.watched(db, "copying", job.watch), transactions.transaction(db):
                if retained.kept:
                    _add_collected(db, job)
                    return retained
                db.execute(f"drop index if exists {schema.BY_HOLDER}")  # rows are added quicker without
                if job.engine == PEBBLE:
                    separate_runs(db, job.sync_id)
                    return _replaced(db, job)
                erase_deleted_rows(db)
                drop_packed(db)
                add_packed(db, job.sync_id, "collected")
                return retained


def _replaced(db: apsw.Connection, job: _Job) -> RetainedSyncs:
    """Return the syncs of the output that a file of one sync leaves behind."""
    sync_type = db.execute("select sync_type from v1_sync_runs where sync_id = ?", (job.sync_id,)).get
    return replaced_syncs(job.output, job.sync_id, partial=sync_type == PARTIAL)


def _check_database(job: _Job) -> None:
    """Check that the working database is that of the sync, and complete it in one file that no program has open."""
    if not job.database.is_file():
        raise FileError(f"the working database {job.database} is missing", hint=FRESH)
    with closing(open_database(job.database, WORKING_TO_COPY)) as db:
        if not db.execute("select count(*) from v1_sync_runs where sync_id = ?", (job.sync_id,)).get:
            raise FileError(f"the working database does not hold sync {job.sync_id}", hint=FRESH)
        close_log(db)


def _copy_file(job: _Job) -> None:
    """Copy the working database of a sync without earlier ones, with the indexes that it has."""
    try:
        with job.database.open("rb") as source, job.draft.open("xb", buffering=0) as target:
            job.draft.chmod(0o600)
            watch = job.watch
            copy_content(source, target, (lambda: watch("copying")) if watch else None)
    except OSError as error:
        raise FileError(
            f"a copy of {job.database} cannot be written ({error.strerror})", hint=transactions.ROOM
        ) from error


def _add_collected(db: apsw.Connection, job: _Job) -> None:
    """Add the rows of the collected sync after the earlier ones: the last run is the newest."""
    for name, table in schema.TABLES.items():
        names = ", ".join(table.column_names)
        db.execute(
            f"insert into main.{name} ({names}) select {names} from collected.{name} where sync_id = ? order by id",
            (job.sync_id,),
        )
    add_packed(db, job.sync_id, "collected")


def _finish_draft(job: _Job, retained: RetainedSyncs) -> SealedSync:
    """Build the indexes of the draft and end the sync. Raises _TooLargeError when fewer syncs may be retained."""
    label = f"a copy of the working database of {job.output}"
    profile = SORTED_DRAFT if job.draft.stat().st_size <= SORTED_SIZE else DRAFT
    with _damage(job.database), transactions.on_disk_errors(label), closing(open_database(job.draft, profile)) as db:
        with transactions.watched(db, "indexing", job.watch):
            folded = index_generated(db) if job.expanded else 0
            if job.engine == PEBBLE:
                folded += build_indexes(db, job.sync_id)
            else:
                check = partial(_check_size, db, retained, job.limits)
                folded += sum(schema.build_indexes(db, table, None, check) for table in schema.TABLES)
        with transactions.watched(db, "finishing", job.watch), transactions.transaction(db):
            end_sync(db, job.sync_id, token=job.token, supports_diff=job.supports_diff)
            _drop_host_tables(db)
        return _result(db, job, retained, folded)


def _check_size(db: apsw.Connection, retained: RetainedSyncs, limits: container.Limits) -> None:
    """Raise _TooLargeError for a draft that is larger than readers accept, if a sync can be left out."""
    if retained.kept and database_size(db) > limits.decoded:
        raise _TooLargeError


class _TooLargeError(Exception):
    """The draft is larger than readers accept."""


def _drop_host_tables(db: apsw.Connection) -> None:
    erase_deleted_rows(db)
    names = db.execute("select name from sqlite_schema where type = 'table' and name like 'host\\_%' escape '\\'")
    for (name,) in names.fetchall():
        db.execute(f'drop table "{name}"')


def _result(db: apsw.Connection, job: _Job, retained: RetainedSyncs, folded: int) -> SealedSync:
    run = "select ended_at, stats from v1_sync_runs where sync_id = ?"
    ended, text = db.execute(run, (job.sync_id,)).fetchall()[0]
    size, limit = job.draft.stat().st_size, job.limits.decoded
    notes = retained.notes
    if size > limit and job.engine == SQLITE:
        large = (
            f"The database is {size} bytes, and readers accept {limit}; wherever the file is read, set"
            f" {container.DECODED_VARIABLE} to {size // container.MIB + 1} or more."
        )
        notes += (large,)
    return SealedSync(
        ended_at=str(ended),
        stats=msgspec.json.decode(str(text), type=sync_stats.Stats),
        previous=newest_full(db, job.sync_id) or retained.previous,
        kept=retained.kept,
        dropped=retained.dropped,
        notes=notes,
        folded=folded,
        database_size=size,
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
            hint="End that program and run the same command again: it resumes.",
        ) from error


# ---------------------------------------------------------------------------------------------------------- the file


def _deliver(job: _Job, result: SealedSync, base: str) -> SealedSync | None:
    """Pack the draft and rename it over the output; None when the output is no longer the one it was made for."""
    packed = job.work / PACKED_NAME
    watch = job.watch
    try:
        packed.unlink(missing_ok=True)
        lost = pack(job.engine, job.draft, packed, job.sync_id, local=True, watch=watch)
        notes = (*result.notes, *lost_notes(lost), *owner_notes(job.output))
        result = msgspec.structs.replace(result, file_size=packed.stat().st_size, notes=notes)
        _write(job.work / SEALED_NAME, msgspec.json.encode(Delivery(packed=identity(packed), sealed=result)))
        if watch:
            watch("replacing")
        if identity(job.output) != base:
            return None
        packed.replace(job.output)
    except OSError as error:
        raise FileError(
            f"{job.output} cannot be replaced ({error.strerror})",
            hint="The finished sync is kept. Make the folder writable, then run the same command again.",
        ) from error
    _sync_output(job.output)
    return result


def _sync_output(output: Path) -> None:
    """Make the new name of the output durable."""
    try:
        sync_folder(output.parent)
    except OSError as error:
        raise FileError(
            f"{output} is written, but its folder cannot be synchronised to the disk ({error.strerror})",
            hint="Check the disk, then run the same command again.",
        ) from error


def _delivered(job: _Job) -> SealedSync | None:
    """Return the result of an earlier call that replaced the output but could not report it."""
    try:
        delivery = decode_json((job.work / SEALED_NAME).read_bytes(), Delivery)
    except (OSError, ValueError):
        return None
    if delivery.packed != identity(job.output):
        return None
    _sync_output(job.output)
    return delivery.sealed


def _write(target: Path, content: bytes) -> None:
    try:
        write_file(target, content)
    except OSError as error:
        raise FileError(f"{known_path(target)} cannot be written ({error.strerror})", hint=transactions.ROOM) from error
