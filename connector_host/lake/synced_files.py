"""Adding of a file that a sync has just written: the lake is checked before the sync, and filled after it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from ..errors import ConnectorHostError, FileError
from .file_adding import AddedSync, add_file, open_lake_for_adding
from .lake_catalog import Lake, check_source_name

__all__ = ["LakeTarget", "open_lake_target"]


class LakeTarget(Struct, frozen=True):
    """A lake that is ready for the file of a sync. `source` is the name of its source; None: connector and account."""

    lake: Lake
    source: str | None = None

    def add(self, path: Path, sync_id: str) -> AddedSync:
        """Add one sync of a file. Raises FileError saying that the file is written but not in the lake."""
        try:
            return add_file(self.lake, path, source=self.source, sync_id=sync_id)[0]
        except ConnectorHostError as error:
            command = f"connector-host lake add {path} --lake {self.lake.store.url}"
            failure = FileError(
                f"{path} is written, but it is not in the lake: {error.message}",
                hint=f"{error.hint} Then add it: {command}".strip(),
            )
            failure.exit_code = error.exit_code
            raise failure from error


def open_lake_target(place: str, source: str | None = None) -> LakeTarget:
    """Open or create the lake of a sync. Raises FileError without the extra or for a lake that cannot be reached."""
    if source is not None:
        check_source_name(source)
    return LakeTarget(open_lake_for_adding(place), source)
