"""Editing of one sync of a finished file: in place, atomically, or as a new file that holds only that sync.

The file keeps its format.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import apsw

from ...errors import FileError, NotFoundInFile, PreconditionError
from ...wire.v3.format_losses import lost_notes
from .. import container, sync_stats, transactions
from ..private_folder import private_folder
from ..sqlite_connections import DRAFT, database_size, open_database
from ..v1 import schema
from ..v1.expansion_rows import ExpansionRows
from . import output_file
from .retained_syncs import identity
from .unpacked_syncs import copy_syncs, damage_errors

__all__ = ["SyncEditor", "edit_sync"]

MOST_FREE = 0.1  # of the pages of a database; more are removed before it is packed

log = logging.getLogger(__name__)


class SyncEditor:
    """One sync in a private copy of a file's database. The changes are delivered when the block of `edit_sync` ends."""

    def __init__(self, db: apsw.Connection, sync_id: str) -> None:
        self._db, self.sync_id = db, sync_id
        self.rows = ExpansionRows(db, sync_id)
        run = db.execute(
            "select ended_at is not null, supports_diff, sync_token from v1_sync_runs where sync_id = ?", (sync_id,)
        ).fetchone()
        if run is None:
            raise NotFoundInFile(f"the file holds no sync {sync_id!r}", hint="List its syncs: connector-host syncs.")
        self.finished, self.supports_diff, self.token = bool(run[0]), bool(run[1]), str(run[2])

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context in which all changes are made, or none."""
        return transactions.transaction(self._db)

    def set_run(self, *, token: str, supports_diff: bool) -> None:
        """Replace the token and the mark of expansion in the row of the sync."""
        self._db.execute(
            "update v1_sync_runs set sync_token = ?, supports_diff = ? where sync_id = ?",
            (token, int(supports_diff), self.sync_id),
        )


@contextmanager
def edit_sync(path: Path, sync_id: str, out: Path | None, *, write: bool = True) -> Iterator[SyncEditor]:
    """Open sync `sync_id` of the file at `path` for changes.

    Without `out` the file is replaced, with its other syncs; `out` must not exist and gets this sync alone. Without
    `write` nothing is delivered. Raises FileError, UnsupportedFormat, NotFoundInFile, PreconditionError.
    """
    source = path.resolve()
    detected = container.sniff(source)
    if detected.format not in (container.FileFormat.V1, container.FileFormat.V3):
        raise container.refusal(path, detected)
    engine = output_file.engine_of(source)
    target = source if out is None else output_file.check_output(out)
    if out is not None and target.exists():
        raise FileError(f"{out} exists already", hint="Remove it, or choose another file with --out.")
    base = identity(source)
    with private_folder(target.parent if write else None) as folder:
        database, packed = folder / "db", folder / "packed"
        lost, _ = copy_syncs(path, database, sync_id, alone=out is not None)
        with damage_errors(path):
            db = open_database(database, DRAFT)
            try:
                editor = SyncEditor(db, sync_id)
                _index(db)
                yield editor
                if write:
                    _finish(db, sync_id)
            finally:
                db.close()
        if write:
            lost.update(output_file.pack(engine, database, packed, sync_id, local=False))
            if identity(target) != (base if out is None else ""):
                raise PreconditionError(f"{target} was changed by another program", hint="Run the command again.")
            _replace(packed, target)
            for note in lost_notes(lost):
                log.warning("%s", note)


def _index(db: apsw.Connection) -> None:
    """Build the indexes by which the editor reads. Raises apsw.ConstraintError for two syncs of one id."""
    schema.create_indexes(db, "v1_sync_runs")
    schema.build_indexes(db, schema.ENTITLEMENTS, None)


def _finish(db: apsw.Connection, sync_id: str) -> None:
    for table in schema.TABLES:
        schema.build_indexes(db, table, None)
    with transactions.transaction(db):
        sync_type = str(db.execute("select sync_type from v1_sync_runs where sync_id = ?", (sync_id,)).get)
        text = sync_stats.to_json(sync_stats.compute(db, sync_id, sync_type))
        db.execute("update v1_sync_runs set stats = ? where sync_id = ?", (text, sync_id))
    if database_size(db, free=True) > MOST_FREE * database_size(db):
        db.execute("vacuum")


def _replace(packed: Path, target: Path) -> None:
    try:
        packed.replace(target)
    except OSError as error:
        raise FileError(
            f"{target} cannot be replaced ({error.strerror})",
            hint="Make the folder writable, and run the command again.",
        ) from error
