"""Change one sync of a finished file: in place, atomically, or as a new file that holds only that sync.

The file keeps its format.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from ...errors import FileError, NotFoundInFile, PreconditionError
from .. import container, transactions
from .. import sync_stats as counting
from ..v1 import schema
from ..v1.expansion_rows import ExpansionRows
from ..v1.reader import private_folder
from ..v1.upgrade import upgrade
from . import output_file
from .format_losses import lost_notes
from .retained_syncs import delete_sync, identity

__all__ = ["SyncEditor", "edit_sync"]

log = logging.getLogger(__name__)


class SyncEditor:
    """One sync in a private copy of a file's database. What is done to it is delivered when the block ends well."""

    def __init__(self, db: apsw.Connection, sync_id: str) -> None:
        self.db, self.sync_id = db, sync_id
        self.rows = ExpansionRows(db, sync_id)
        run = db.execute(
            "select ended_at is not null, supports_diff, sync_token from v1_sync_runs where sync_id = ?", (sync_id,)
        ).fetchone()
        if run is None:
            raise NotFoundInFile(f"the file holds no sync {sync_id!r}", hint="`connector-host syncs` lists them.")
        self.finished, self.supports_diff, self.token = bool(run[0]), bool(run[1]), str(run[2])

    def set_run(self, *, token: str, supports_diff: bool) -> None:
        """What the sync says of itself from now on."""
        self.db.execute(
            "update v1_sync_runs set sync_token = ?, supports_diff = ? where sync_id = ?",
            (token, int(supports_diff), self.sync_id),
        )


@contextmanager
def edit_sync(path: Path, sync_id: str, out: Path | None, *, write: bool = True) -> Iterator[SyncEditor]:
    """Open sync `sync_id` of the file at `path` for change.

    Without `out` the file is replaced, with its other syncs in it; `out` must not exist and gets this sync alone.
    Without `write` nothing is delivered. Raises FileError, UnsupportedFormat, NotFoundInFile, PreconditionError.
    """
    source = path.resolve()
    found = container.sniff(source)
    if found.kind not in (container.FileFormat.V1, container.FileFormat.V3):
        raise container.refusal(path, found)
    engine = output_file.engine_of(source)
    target = source if out is None else output_file.check_output(out)
    if out is not None and target.exists():
        raise FileError(f"{out} exists already", hint="Remove it, or name another file with --out.")
    base = identity(source)
    with private_folder(target.parent if write else None) as folder, _guarded(path):
        database = folder / "db"
        lost = Counter(output_file.unpack(source, database))
        db = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            _prepare(db)
            work = SyncEditor(db, sync_id)
            if out is not None:
                _isolate(db, sync_id)
            yield work
            if write:
                _finish(db, work)
        finally:
            db.close()
        if write:
            packed = folder / "packed"
            lost.update(output_file.pack(engine, database, packed, sync_id, local=False))
            if identity(target) != (base if out is None else ""):
                raise PreconditionError(f"{target} was changed by another program", hint="Run the command again.")
            packed.rename(target)
            for note in lost_notes(lost):
                log.warning("%s", note)


def _prepare(db: apsw.Connection) -> None:
    db.pragma("trusted_schema", False)
    db.pragma("journal_mode", "delete")
    db.pragma("synchronous", "off")  # a private copy: if it is lost, the file is still as it was
    db.pragma("cache_size", -65536)  # KiB
    upgrade(db)


def _isolate(db: apsw.Connection, sync_id: str) -> None:
    with db:
        for (other,) in db.execute("select sync_id from v1_sync_runs where sync_id <> ?", (sync_id,)).fetchall():
            delete_sync(db, str(other))


def _finish(db: apsw.Connection, work: SyncEditor) -> None:
    for table in schema.TABLES:
        schema.build_indexes(db, table, work.sync_id)
    with db:
        kind = str(db.execute("select sync_type from v1_sync_runs where sync_id = ?", (work.sync_id,)).get)
        text = counting.to_json(counting.compute(db, work.sync_id, kind))
        db.execute("update v1_sync_runs set stats = ? where sync_id = ?", (text, work.sync_id))
    db.execute("vacuum")


@contextmanager
def _guarded(path: Path) -> Iterator[None]:
    try:
        with transactions.on_disk_errors(str(path)):
            yield
    except apsw.Error as error:
        raise FileError(f"{path} cannot be changed ({error})", hint="The file is damaged.") from error
