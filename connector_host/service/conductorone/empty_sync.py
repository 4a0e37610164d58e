"""A file with one finished sync that holds nothing: the upload of a service that is to skip full syncs."""

from __future__ import annotations

from pathlib import Path

from ...c1z import ksuid
from ...c1z.publish import sealing
from ...c1z.publish.output_file import SQLITE
from ...sync.outcome.sync_token import sync_token
from ...sync.working.database import SyncStart, WorkingSync
from ...sync.working.folder import WorkFolder

__all__ = ["write_empty_sync"]


def write_empty_sync(output: Path, engine: str | None = None) -> None:
    """Write the file, in format v3 if `engine` is pebble."""
    sync_id = ksuid.new()
    output.unlink(missing_ok=True)
    with WorkFolder(output) as folder:
        folder.clear()
        WorkingSync.create(folder.database, SyncStart(sync_id=sync_id)).close()
        sealing.seal(
            folder.database,
            output,
            folder.path,
            sync_id=sync_id,
            token=sync_token(actions=0, expandable=False, origin={}),
            engine=engine or SQLITE,
        )
        folder.remove()
