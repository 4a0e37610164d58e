"""The output file of a sync, in either format: its checks, its unpacking and its packing."""

from __future__ import annotations

import os
from pathlib import Path

from ...errors import FileError, PreconditionError
from ...wire.v3.format_losses import FormatLoss
from .. import container
from ..transactions import Watch, step_progress

__all__ = ["ENGINES", "PEBBLE", "SQLITE", "check_alone", "check_output", "engine_of", "pack", "unpack"]

SQLITE, PEBBLE = "sqlite", "pebble"
ENGINES = (SQLITE, PEBBLE)
"""The storage engines as the Go SDK names them: format v1 and format v3."""


def check_output(output: Path) -> Path:
    """Refuse an output that could not be written in the end, and return the real file (links followed).

    Raises FileError when the folder is missing or not writable, or when the file exists and is not a c1z;
    UnsupportedFormat for a file of format v3 with an unknown storage engine.
    """
    try:
        target = output.resolve()
    except (OSError, RuntimeError) as error:
        raise FileError(f"{output} cannot be followed ({error})", hint="Choose another output with -f.") from error
    folder = target.parent
    if not folder.is_dir():
        raise FileError(f"the folder {folder} does not exist", hint="Create it, or choose another output with -f.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FileError(f"the folder {folder} is not writable", hint="Choose an output with -f in a writable folder.")
    if target.is_dir():
        raise FileError(f"{output} is a folder", hint="Choose another output with -f.")
    detected = container.sniff(target)
    try:
        if detected.format is container.FileFormat.FOREIGN:
            raise container.refusal(output, detected)
        if detected.format is container.FileFormat.V3:
            from ..pebble.envelope import read_manifest  # noqa: PLC0415 - protobuf, only for files that need it

            read_manifest(target)
    except FileError as error:
        hint = "Choose another output with -f, or move the file away."
        raise type(error)(f"{error.message}; it was left as it is", hint=hint) from error
    return target


def engine_of(output: Path, requested: str | None = None) -> str:
    """Return the engine to write with: the requested one, that of the existing file, or sqlite."""
    if requested:
        return requested
    return PEBBLE if container.sniff(output).format is container.FileFormat.V3 else SQLITE


def check_alone(output: Path) -> None:
    """Refuse to replace the data of an application by a part of them. Raises PreconditionError."""
    if container.sniff(output).format in (container.FileFormat.V1, container.FileFormat.V3):
        raise PreconditionError(
            f"{output} holds a sync, which a partial one would replace: a file of format v3 holds one sync",
            hint="Choose another output with -f, or use --storage-engine sqlite, which adds the sync to the file.",
        )


def unpack(
    path: Path,
    target: Path,
    limits: container.Limits | None = None,
    watch: Watch | None = None,
    *,
    local: bool = False,
) -> dict[FormatLoss, int]:
    """Write the database of a c1z of either format to `target`, a fresh file that is removed when this fails.

    The database of format v1 is untrusted: open it with `GuardedDatabase`. Its times have no zone; those of v3 become
    this computer's wall clock if `local`. Returns the losses of `v3.tables.unpack_tables`. Raises FileError,
    UnsupportedFormat.
    """
    if container.sniff(path).format is container.FileFormat.V3:
        from ..v3.tables import unpack_tables  # noqa: PLC0415 - protobuf, only for files that need it

        return unpack_tables(path, target, limits, watch, local=local)
    container.unpack(path, target, limits, step_progress(watch, "unpacking"))
    return {}


def pack(
    engine: str, database: Path, target: Path, sync_id: str, *, local: bool, watch: Watch | None = None
) -> dict[FormatLoss, int]:
    """Write a closed database, in format v3 its sync `sync_id` alone, into a new c1z at `target`.

    The file is synchronised to the disk, or removed on failure. `local` and the returned losses are those of
    `v3.file_writer.pack_sync`.
    """
    if engine == PEBBLE:
        from ..v3.file_writer import pack_sync  # noqa: PLC0415

        return pack_sync(database, target, sync_id, local=local, watch=watch).lost
    container.pack(database, target, step_progress(watch, "compressing"))
    return {}
