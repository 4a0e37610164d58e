"""The folder of a service: the working state of unfinished syncs, and the files that wait for their upload.

A sync that was stopped or killed leaves its working state under a name that its scope determines, so the next task with
the same scope resumes it. A finished file is named after its task until it is uploaded.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from ...c1z.private_folder import TEMPORARY
from ...errors import FileError
from ...sync.working.folder import MAX_AGE
from ...trusted_paths import find_entry_risk

__all__ = ["SyncFiles"]

FOLDER = "connector-host-service-"
READY = "upload-"
READY_AGE = 24 * 3600.0
"""Seconds after which a file that was not uploaded is removed."""

log = logging.getLogger(__name__)


class SyncFiles:
    """The private folder of one client id. `parent` None: `BATON_TMPDIR`, else the system's temporary directory.

    Raises FileError if the folder cannot be made, or may be another user's work.
    """

    def __init__(self, client_id: str, parent: Path | None = None) -> None:
        place = parent or Path(os.environ.get(TEMPORARY) or tempfile.gettempdir())
        self.path = place / f"{FOLDER}{hashlib.sha256(client_id.encode()).hexdigest()[:16]}"
        hint = "Choose another folder with --c1z-temp-dir."
        try:
            self.path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise FileError(f"the folder {self.path} cannot be made ({error.strerror})", hint=hint) from error
        if risk := find_entry_risk(self.path) or ("" if self.path.is_dir() else "it is not a folder"):
            raise FileError(f"the folder {self.path} is not used: {risk}", hint=hint)

    def unfinished(self, connector: str, scope: object) -> Path:
        """Return the output file of a sync with this scope, which is JSON-able."""
        digest = hashlib.sha256(json.dumps([connector, scope], sort_keys=True).encode()).hexdigest()[:16]
        return self.path / f"sync-{digest}.c1z"

    def ready(self, task_id: str) -> Path:
        """Return the path of the finished file of a task."""
        return self.path / f"{READY}{task_id}.c1z"

    def previous(self, output: Path) -> Path:
        """Return the path at which the last file of a scope is kept; `output` is from `unfinished`."""
        return output.with_name(f"previous-{output.name}")

    def debug_log(self, task_id: str) -> Path:
        """Return the path of the debug log of a task."""
        return self.path / f"{READY}{task_id}.log"

    def remove_old(self, running: Collection[str]) -> None:
        """Remove files that were not uploaded within a day, and working state that is too old to be resumed."""
        for entry in self.path.iterdir():
            task_id = entry.stem.removeprefix(READY)
            limit = READY_AGE if entry.name.startswith(READY) else MAX_AGE
            if entry.name.startswith("previous-"):
                continue
            with suppress(OSError):
                if task_id not in running and time.time() - entry.stat().st_mtime > limit:
                    log.info("Removing %s: it is too old to be used.", entry)
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
