"""The audit record of changes: a file of JSON lines that only grows.

Each change has two lines of one `change` id: `begin` before the connector is called, `end` with the outcome or the
error. Both are on the disk before the next step, so a `begin` without an `end` is a change during which the process
or the machine died: it may or may not have been made. Known secrets are masked; secrets the hooks return are never
given to it. The lines are a chain of hashes (`audit_chain`), so that a missing or altered line is found.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from ..c1z import ksuid
from ..c1z.durable_files import sync_folder
from ..errors import ConnectorHostError, FileError
from ..model import Identity
from ..operating_system import DESCRIPTOR_FLAGS, NO_LINK, PathLock, read_at, user_name
from ..trusted_paths import find_entry_risk
from .audit_chain import Link, head_path, last_link, line_hash, write_head

__all__ = ["Audit", "AuditEntry", "local_user", "valid_text"]

encoder = msgspec.json.Encoder()


class Audit:
    """An open audit file, made with mode 0600 where it is not there. FileError if it cannot be written."""

    def __init__(self, path: Path, redact: Callable[[str], str], *, connector: str) -> None:
        self.path = path
        self._redact = redact
        self._fields: dict[str, Any] = {"connector": connector, "by": local_user()}
        new = not path.exists()
        if risk := find_entry_risk(path):
            raise FileError(
                f"the audit file {path} is not used: {risk}",
                hint="Changes are recorded where nobody else can alter the record; --audit names another file.",
            )
        self._head = -1
        self._link: Link | None = None
        self._size = -1
        self._lock = threading.Lock()
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | DESCRIPTOR_FLAGS, 0o600)
        except OSError as error:
            raise self._problem(error) from error
        try:
            flags = os.O_RDWR | os.O_CREAT | NO_LINK | DESCRIPTOR_FLAGS
            self._head = os.open(head_path(path), flags, 0o600)
            self._separate = _cut_short(self._handle)
            if new:
                sync_folder(path.resolve().parent)
        except OSError as error:
            self.close()
            raise self._problem(error) from error

    def __enter__(self) -> Audit:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def identify(self, identity: Identity) -> None:
        """Write the account and user of the sign-in into every line from here on."""
        self._fields |= {"account": identity.account, "user": identity.user}

    def begin(self, action: str, about: Mapping[str, Any], *, dry_run: bool) -> AuditEntry:
        """Record that a change is about to be made."""
        entry = AuditEntry(self, {"change": ksuid.new(), "action": action, **about, "dry_run": dry_run})
        self.write({"event": "begin", **entry.fields})
        return entry

    def write(self, fields: Mapping[str, Any]) -> None:
        """Add one line; it is on the disk when this returns. Raises FileError."""
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record = self._masked({"time": stamp, **self._fields, **fields})
        try:
            with self._lock:
                lock = PathLock(self.path.resolve().parent)  # other commands may add lines, too
                try:
                    lock.acquire(wait=True)
                    self._append(record)
                finally:
                    lock.close()
        except OSError as error:
            raise self._problem(error) from error

    def _append(self, record: Mapping[str, Any]) -> None:
        """Write a line that continues the chain, then the head."""
        if os.fstat(self._handle).st_size != self._size:
            self._link = last_link(self._handle)
            self._separate = _cut_short(self._handle)
        before = self._link or Link(0, "")
        line = encoder.encode({**record, "seq": before.seq + 1, "prev": before.sha256})
        self._size = -1  # until everything is written
        self._write_all((b"\n" if self._separate else b"") + line + b"\n")
        os.fsync(self._handle)
        self._link, self._size = Link(before.seq + 1, line_hash(line)), os.fstat(self._handle).st_size
        write_head(self._head, self._link)

    def close(self) -> None:
        """Close the file; later calls do nothing. Every line is on the disk already, so a failure has no effect."""
        for handle in (self._handle, self._head):
            if handle >= 0:
                with suppress(OSError):
                    os.close(handle)
        self._handle = self._head = -1

    def _write_all(self, data: bytes) -> None:
        written = os.write(self._handle, data)
        self._separate = written != len(data)
        if self._separate:
            os.write(self._handle, data[written:])  # says why there was no room
            self._separate = False

    def _masked(self, value: Any) -> Any:
        """Mask texts one by one: in the finished line a mask could break the JSON."""
        match value:
            case str():
                return self._redact(valid_text(value))
            case Mapping():
                return {str(self._masked(str(key))): self._masked(item) for key, item in value.items()}
            case Sequence():
                return [self._masked(item) for item in value]
        return value

    def _problem(self, error: OSError) -> FileError:
        return FileError(
            f"the audit file {self.path} cannot be written: {error.strerror or error}",
            hint="Changes are made only where they can be recorded; --audit names another file.",
        )


class AuditEntry:
    """One change that was begun."""

    def __init__(self, audit: Audit, fields: dict[str, Any]) -> None:
        self._audit = audit
        self.fields = fields

    @property
    def change(self) -> str:
        """The id of the change."""
        return str(self.fields["change"])

    def done(self, outcome: str, calls: Sequence[str], **more: Any) -> None:
        """Record how it ended."""
        self._audit.write({"event": "end", **self.fields, "outcome": outcome, "calls": list(calls), **more})

    def abandoned(self) -> None:
        """Record that the process ends during the call: whether the change was made is not known."""
        problem = {"message": "the process ended during the call"}
        self._audit.write({"event": "end", **self.fields, "outcome": "unknown", "error": problem})

    def failed(self, error: ConnectorHostError) -> None:
        """Record that it failed, and how."""
        problem = {"kind": type(error).__name__, "message": error.message, "exit_code": error.exit_code}
        self._audit.write({"event": "end", **self.fields, "outcome": "failed", "error": problem})


def valid_text(text: str) -> str:
    """Return a text whose lone surrogates (bytes that were no text) are written as escapes, so it can be encoded."""
    return text.encode("utf-8", "backslashreplace").decode()


def local_user() -> str:
    """Return the name of the account on this machine that runs the process; its number where it has none."""
    return user_name()


def _cut_short(handle: int) -> bool:
    """Return whether the last line lacks its end, as a full disk leaves it."""
    size = os.fstat(handle).st_size
    return size > 0 and read_at(handle, 1, size - 1) != b"\n"
