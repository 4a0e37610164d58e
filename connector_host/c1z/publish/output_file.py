"""The file a sync goes into, whichever of the two formats it has or gets."""

from __future__ import annotations

import os
from pathlib import Path

from ...errors import FileError, PreconditionError
from .. import container
from ..transactions import Watch

__all__ = ["ENGINES", "PEBBLE", "SQLITE", "check_alone", "check_output", "engine_of", "pack", "unpack"]

SQLITE, PEBBLE = "sqlite", "pebble"
ENGINES = (SQLITE, PEBBLE)
"""The storage engines, as Go calls them: format v1 and format v3."""


def check_output(output: Path) -> Path:
    """Refuse an output that could not be written in the end, and give the file it really is (links followed).

    Raises FileError when the folder is missing or not writable, or when there is something else than a c1z;
    UnsupportedFormat for a file of format v3 with another storage engine than the known ones.
    """
    try:
        target = output.resolve()
    except (OSError, RuntimeError) as error:
        raise FileError(f"{output} cannot be followed ({error})", hint="Choose another output with -f.") from error
    folder = target.parent
    if not folder.is_dir():
        raise FileError(f"the folder {folder} does not exist", hint="Make it, or choose another output with -f.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FileError(f"the folder {folder} is not writable", hint="Choose an output with -f in one that is.")
    found = container.sniff(target)
    try:
        if found.kind is container.FileFormat.FOREIGN:
            raise container.refusal(output, found)
        if found.kind is container.FileFormat.V3:
            from ..pebble.envelope import read_manifest  # noqa: PLC0415 - protobuf, only for files that need it

            read_manifest(target)
    except FileError as error:
        hint = "Choose another output with -f, or move the file away."
        raise type(error)(f"{error.message}; it was left as it is", hint=hint) from error
    return target


def engine_of(output: Path, asked: str | None = None) -> str:
    """The engine to write with: what was asked for, else that of the file which is there, else sqlite."""
    if asked:
        return asked
    return PEBBLE if container.sniff(output).kind is container.FileFormat.V3 else SQLITE


def check_alone(output: Path) -> None:
    """Refuse to put a part of an application's data where it would take the place of all. Raises PreconditionError."""
    if container.sniff(output).kind in (container.FileFormat.V1, container.FileFormat.V3):
        raise PreconditionError(
            f"{output} holds a sync, whose place a partial one would take: a file of format v3 holds one",
            hint="Give it an output of its own with -f, or use --storage-engine sqlite, which adds it to the file.",
        )


def unpack(
    path: Path,
    target: Path,
    limits: container.Limits | None = None,
    watch: Watch | None = None,
    *,
    local: bool = False,
) -> dict[str, int]:
    """Write what a c1z of either format holds into a fresh database at `target`, which is gone when this fails.

    Format v1 does not say where its times are of; those of v3 become this computer's wall clock if `local`. Gives what
    format v1 has no place for, as `v3_tables.unpack_tables` does. Raises FileError, UnsupportedFormat.
    """
    if container.sniff(path).kind is container.FileFormat.V3:
        from ..v3.tables import unpack_tables  # noqa: PLC0415 - protobuf, only for files that need it

        return unpack_tables(path, target, limits, watch, local=local)
    container.unpack(path, target, limits, (lambda _: watch("unpacking")) if watch else None)
    return {}


def pack(
    engine: str, database: Path, target: Path, sync_id: str, *, local: bool, watch: Watch | None = None
) -> dict[str, int]:
    """Write a closed database, in format v3 its sync `sync_id` alone, into a new c1z at `target`.

    The file is on the disk when this ends, or there is none. Gives what format v3 has no place for, and takes times as
    `local`, as `v3_file.pack_sync` does.
    """
    if engine == PEBBLE:
        from ..v3.file_writer import pack_sync  # noqa: PLC0415

        return pack_sync(database, target, sync_id, local=local, watch=watch).lost
    container.pack(database, target, (lambda _: watch("compressing")) if watch else None)
    return {}
