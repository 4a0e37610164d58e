"""The working folder beside the output: `.<output name>.work/`, private, removed when the sync has succeeded.

It holds `state.json` (whose sync this is), `sync.db` (its rows and its queue) and `lock`. The state file is the
folder's birth certificate: a folder without one is left over from a run that died before it began or after it ended.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from ...c1z import ksuid
from ...c1z.durable_files import sync_folder, write_file
from ...c1z.private_folder import WORK_SUFFIX, known_path
from ...decoding.json_decoding import decode_json
from ...errors import FileError, PreconditionError
from ...operating_system import PathLock
from ...trusted_paths import find_entry_risk

__all__ = ["HOST_FORMAT", "MAX_AGE", "State", "WorkFolder", "fingerprint"]

log = logging.getLogger(__name__)
HOST_FORMAT = 3
"""The layout of the working state; another number cannot be resumed."""
MAX_AGE = 7 * 24 * 3600.0
"""Seconds after which working state is too old to be resumed."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The identity of a working state. `created` is seconds since the epoch."""

    connector: str
    account: str
    fingerprint: str
    sync_id: str
    sync_type: str
    created: float
    host_format: int = HOST_FORMAT


def _is_held(lock: Path) -> bool:
    """Return whether a process holds a lock file of somebody else's folder."""
    try:
        probe = PathLock(lock)
    except OSError:
        return False
    try:
        return not probe.acquire(shared=True)
    except OSError:
        return False
    finally:
        probe.close()


def fingerprint(parts: dict[str, Any]) -> str:
    """Return a digest of the settings that two runs of one sync share. `parts` is JSON-able, without secrets."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class WorkFolder:
    """The folder of one output file, held by one run at a time.

    Use it as a context manager. Raises PreconditionError when another run holds it, FileError when it cannot be made.
    """

    def __init__(self, output: Path) -> None:
        self.output = output
        self.path = output.parent / f".{output.name}{WORK_SUFFIX}"
        self.database = self.path / "sync.db"
        self._lock: PathLock | None = None

    def __enter__(self) -> WorkFolder:
        while True:
            try:
                self.path.mkdir(mode=0o700, exist_ok=True)
                self._move_foreign_aside()
                lock = PathLock(self.path / "lock", create=True)
            except FileNotFoundError:
                if self.output.parent.is_dir():
                    continue  # the run before us removed it between our two steps
                raise FileError(
                    f"the folder {self.output.parent} does not exist", hint="Make it, or choose another with -f."
                ) from None
            except OSError as error:
                raise FileError(
                    f"the working folder {self.path} cannot be made ({error.strerror})",
                    hint="Choose an output with -f in a folder you may write to.",
                ) from error
            if self._acquire(lock):
                self._lock = lock
                return self

    def _move_foreign_aside(self) -> None:
        """Move the folder aside if another user may have made it, or could write to it.

        Raises PreconditionError if a sync of another user holds it, or it cannot be moved.
        """
        if not (risk := self._risk()):
            return
        aside = self.path.with_name(f"{self.path.name}.foreign-{ksuid.new()}")
        try:
            if _is_held(self.path / "lock"):
                raise PermissionError(errno.EBUSY, "a sync holds it")
            self.path.rename(aside)
        except OSError as error:
            raise PreconditionError(
                f"the working folder {self.path} is not used: {risk} ({error.strerror})",
                hint="Delete it, or choose an output with -f in a folder that only you can write to.",
            ) from error
        log.warning("The working folder %s is not used: %s. It was moved to %s.", self.path, risk, aside)
        self.path.mkdir(mode=0o700, exist_ok=True)
        if risk := self._risk():  # made again in the same moment
            raise PreconditionError(f"the working folder {self.path} is not used: {risk}", hint="Choose another -f.")

    def _risk(self) -> str:
        """Return why the folder or one of its files may be another user's work; '' if not."""
        if risk := find_entry_risk(self.path) or ("" if self.path.is_dir() else "it is not a folder"):
            return risk
        names = ("lock", "state.json", "sync.db", "sync.db-wal")
        return next((f"{name}: {risk}" for name in names if (risk := find_entry_risk(self.path / name))), "")

    def _acquire(self, lock: PathLock) -> bool:
        """Take the lock; False when the folder was removed by its last holder meanwhile."""
        if not lock.acquire():
            lock.close()
            raise PreconditionError(
                f"another sync into {self.output} is running",
                hint="Wait for it to end, or give this one another output with -f.",
            ) from None
        with suppress(FileNotFoundError):
            if lock.is_current():
                return True
        lock.close()
        return False

    def __exit__(self, *_error: object) -> None:
        if self._lock is not None:
            self._remove_unbegun()
            with suppress(OSError):  # nothing was written to it
                self._lock.close()
            self._lock = None
            if os.name == "nt":  # Windows removes no file that is open, and the lock is one
                self._remove_unbegun()

    def _remove_unbegun(self) -> None:
        with suppress(OSError):
            if [entry.name for entry in self.path.iterdir()] == ["lock"]:
                shutil.rmtree(self.path)  # nothing was begun

    # ----------------------------------------------------------------------------------------------- state

    @property
    def begun(self) -> bool:
        """True when there is a state to resume."""
        return (self.path / "state.json").exists()

    def state(self) -> State | None:
        """Return the state an earlier run left, or None. A state file that cannot be read counts as foreign."""
        try:
            return decode_json((self.path / "state.json").read_bytes(), State)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise PreconditionError(
                f"{self.path}/state.json cannot be read ({error})", hint="Run with --fresh to delete the working state."
            ) from error

    def begin(self, state: State) -> None:
        """Write the state of a new sync, atomically, after the database was made."""
        self.keep("state.json", msgspec.json.encode(state))
        with suppress(OSError):  # it only may be lost to a power loss, then
            sync_folder(self.output.parent)

    def keep(self, name: str, content: bytes) -> None:
        """Write a small file of the folder, atomically. Raises FileError."""
        target = self.path / name
        try:
            write_file(target, content)
        except OSError as error:
            raise FileError(
                f"{known_path(target)} cannot be written ({error.strerror})",
                hint="Make room on the disk or choose an output with -f in another folder.",
            ) from error

    def claim(self, state: State) -> State | None:
        """Return the state to resume, or None to start anew; decides about the state of an earlier run.

        Foreign state is refused with PreconditionError. State of the same connector and account that is too old or was
        made with other options is moved aside to `<folder>.old` (one is kept): see `moved_aside`.
        """
        self.moved_aside = ""
        earlier = self.state()
        if earlier is None:
            self.clear()
            return None
        if (earlier.connector, earlier.account) != (state.connector, state.account):
            raise PreconditionError(
                f"{self.path} holds an unfinished sync of connector {earlier.connector!r}"
                + (f", account {earlier.account!r}" if earlier.account else ""),
                hint="Finish that sync, choose another output with -f, or delete it with --fresh.",
            )
        age = time.time() - earlier.created
        if earlier.host_format != HOST_FORMAT:
            self._move_aside("it was left by another version of connector-host")
        elif earlier.fingerprint != state.fingerprint:
            self._move_aside("its options, or the version of the connector, were different")
        elif age > MAX_AGE:
            self._move_aside(f"it is {age / 86400:.0f} days old")
        else:
            return earlier
        return None

    def _move_aside(self, reason: str) -> None:
        aside = self.path.with_name(self.path.name + ".old")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        for entry in list(self.path.iterdir()):
            if entry.name != "lock":
                entry.rename(aside / entry.name)
        self.moved_aside = f"An unfinished sync was moved to {aside}, because {reason}; this one starts anew."

    def clear(self) -> None:
        """Delete everything in the folder except the lock. The state goes first: what is left is then nobody's."""
        for entry in sorted(self.path.iterdir(), key=lambda entry: entry.name != "state.json"):
            if entry.name != "lock":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def remove(self) -> None:
        """Delete the folder: the sync is in the output."""
        self.clear()
        shutil.rmtree(self.path, ignore_errors=True)
