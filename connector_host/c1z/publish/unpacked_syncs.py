"""Syncs of a finished file in a private database that may be changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw

from ...errors import FileError, NotFoundInFile
from ...wire.v3.format_losses import FormatLoss
from .. import transactions
from ..sqlite_connections import DAMAGED, DRAFT, open_database
from ..v1.guarded_database import GuardedDatabase
from ..v1.sync_copy import check_values, create_tables_at
from ..v1.upgrade import upgrade
from .output_file import unpack

__all__ = ["copy_syncs", "damage_errors"]


def copy_syncs(path: Path, target: Path, sync_id: str, *, alone: bool) -> tuple[Counter[FormatLoss], tuple[str, ...]]:
    """Copy syncs of the c1z at `path`, of either format, into a fresh database at `target`, and upgrade their rows.

    With `alone` only sync `sync_id` is copied. Nothing else of the file's database reaches the new one, so nothing that
    is stored in its schema ever runs. Returns the values that format v1 has no place for, and the ids of the syncs that
    were left out. Raises FileError, UnsupportedFormat; NotFoundInFile when the file does not hold `sync_id`.
    """
    unpacked = target.with_name(f"{target.name}.unpacked")
    lost = Counter(unpack(path, unpacked))
    with closing(GuardedDatabase(unpacked, str(path), lookups=False)) as source:
        sync_ids = _sync_ids(source)
        if sync_id not in sync_ids:
            raise NotFoundInFile(f"{path} holds no sync {sync_id!r}", hint="List its syncs: connector-host syncs.")
        create_tables_at(target, f"a temporary copy of {path}")
        source.copy_syncs(target, [sync_id] if alone else sync_ids)
    unpacked.unlink()
    with damage_errors(path), closing(open_database(target, DRAFT)) as db:
        check_values(db, str(path))
        upgrade(db)
    return lost, tuple(other_id for other_id in sync_ids if other_id != sync_id) if alone else ()


def _sync_ids(source: GuardedDatabase) -> list[str]:
    if not source.has("v1_sync_runs"):
        return []
    return [str(sync_id) for (sync_id,) in source.rows("select sync_id from v1_sync_runs order by id")]


@contextmanager
def damage_errors(path: Path) -> Iterator[None]:
    """Turn errors about the rows of the file at `path`, and about the disk, into FileError."""
    try:
        with transactions.on_disk_errors(f"a temporary copy of {path}"):
            yield
    except apsw.NoMemError as error:
        raise MemoryError from error
    except (apsw.Error, UnicodeDecodeError) as error:
        raise FileError(f"{path}: a stored value cannot be read ({error})", hint=DAMAGED) from error
