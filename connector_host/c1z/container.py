"""The container of a c1z: its format, and the database of format v1 (docs/c1z-v1.md, Container).

Format v1 is five bytes of magic, then zstd data that decode to one SQLite database. We write one frame with content
size and checksum; we read what any writer left: several frames, skippable frames, no sizes, no checksums.
"""

from __future__ import annotations

import enum
import os
from pathlib import Path
from typing import IO

import zstandard
from msgspec import Struct

from ..errors import FileError, UnsupportedFormat
from .zstd_frames import (
    AGAIN,
    CHUNK,
    DECODED_VARIABLE,
    MIB,
    WINDOW_VARIABLE,
    Decoder,
    Limits,
    SizeProgress,
    compressor,
    fresh_file,
    open_regular,
    unreadable,
)

__all__ = [
    "DECODED_VARIABLE",
    "MAGIC_V1",
    "MAGIC_V3",
    "MAX_MANIFEST",
    "MIB",
    "WINDOW_VARIABLE",
    "DetectedFile",
    "FileFormat",
    "Limits",
    "SizeProgress",
    "pack",
    "refusal",
    "sniff",
    "unpack",
]

MAGIC_V1 = b"C1ZF\x00"
MAGIC_V3 = b"C1Z3\x00"
SQLITE_HEADER = b"SQLite format 3\x00"
MAX_MANIFEST = 16 * MIB
MANIFEST_START = 4096  # the engine's name is the first field


class FileFormat(enum.Enum):
    """What a path holds."""

    V1 = "v1"
    V3 = "v3"
    EMPTY = "empty"
    MISSING = "missing"
    FOREIGN = "foreign"


class DetectedFile(Struct, frozen=True):
    """What `sniff` saw. `engine` is the storage engine a v3 file names (empty if untold), `size` in bytes."""

    kind: FileFormat
    engine: str = ""
    size: int = 0


# -------------------------------------------------------------------------------------------------------- what is it


def sniff(path: Path) -> DetectedFile:
    """Look at the first bytes of a file. Raises FileError when it is no regular file or cannot be read."""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            magic = file.read(len(MAGIC_V1))
            if magic == MAGIC_V3:
                return DetectedFile(FileFormat.V3, _engine(file), size)
    except FileNotFoundError:
        return DetectedFile(FileFormat.MISSING)
    except OSError as error:
        raise unreadable(path, error) from error
    if not magic:
        return DetectedFile(FileFormat.EMPTY)
    return DetectedFile(FileFormat.V1 if magic == MAGIC_V1 else FileFormat.FOREIGN, size=size)


def refusal(path: Path, found: DetectedFile) -> FileError:
    """The error for a file that is not the v1 c1z that was asked for."""
    if found.kind is FileFormat.V3:
        engine = f", storage engine {found.engine}" if found.engine else ""
        return UnsupportedFormat(
            f"{path} is a c1z of format v3{engine}, and format v1 is needed here",
            hint="`connector-host convert --to v1` makes a file of format v1 of it.",
        )
    if found.kind is FileFormat.MISSING:
        return FileError(f"{path} does not exist", hint="Name a c1z file with -f.")
    if found.kind is FileFormat.EMPTY:
        return FileError(f"{path} is empty", hint="Name a c1z file with -f, or remove this one and sync.")
    return FileError(f"{path} is not a c1z file", hint="Name a c1z file with -f; it begins with the letters C1ZF.")


def _engine(file: IO[bytes]) -> str:
    """The engine's name: field 1 of the manifest that follows a v3 magic, if it is where writers put it."""
    length = int.from_bytes(file.read(4), "big")
    if not 2 <= length <= MAX_MANIFEST:
        return ""
    manifest = file.read(min(length, MANIFEST_START))
    if manifest[:1] != b"\x0a" or len(manifest) < 2 or manifest[1] > min(127, len(manifest) - 2):
        return ""  # not field 1, a string of less than 128 bytes
    name = manifest[2 : 2 + manifest[1]].decode("ascii", "replace")
    return name if name.isprintable() else ""


# ------------------------------------------------------------------------------------------------------------ unpack


def unpack(path: Path, target: Path, limits: Limits | None = None, progress: SizeProgress | None = None) -> int:
    """Decode the database of a v1 c1z into `target`, a fresh file of mode 0600, and give its size in bytes.

    Memory is bounded by the window limit. A file that is only the magic is an empty database (0 bytes). `target` must
    not exist, and is removed on any failure. Limits come from the environment unless given. Raises FileError,
    UnsupportedFormat for v3.
    """
    limits = limits or Limits.from_environment()
    found = sniff(path)
    if found.kind is not FileFormat.V1:
        raise refusal(path, found)
    try:
        source = open_regular(path)
    except OSError as error:
        raise unreadable(path, error) from error
    with source, fresh_file(target) as out:
        source.read(len(MAGIC_V1))
        size = Decoder(path, limits, progress).run(source, out)
        out.flush()
    _check_database(path, target)
    return size


def _check_database(path: Path, target: Path) -> None:
    """Refuse what is not a whole SQLite database; the other checks are the reader's."""
    with target.open("rb") as file:
        header = file.read(100)
    size = target.stat().st_size
    problem = ""
    if size and not header.startswith(SQLITE_HEADER):
        problem = "does not hold a SQLite database"
    elif size and size < _least_size(header):
        problem = f"holds a SQLite database that is cut off after {size} bytes"
    if problem:
        target.unlink()
        raise FileError(f"{path} {problem}", hint=AGAIN)


def _least_size(header: bytes) -> int:
    """What a database with this header takes at least: its pages, if its writer kept their number up to date."""
    if header[24:28] != header[92:96]:
        return 512
    page_size = int.from_bytes(header[16:18], "big")
    return (65536 if page_size == 1 else page_size) * int.from_bytes(header[28:32], "big")


# -------------------------------------------------------------------------------------------------------------- pack


def pack(database: Path, target: Path, progress: SizeProgress | None = None) -> int:
    """Wrap a closed SQLite database into a v1 c1z at `target`, a fresh file of mode 0600, and give its size in bytes.

    One zstd frame with content size and checksum, level 3, window 2 MiB, compressed by a thread for each core. The file
    is synced to the disk. `target` must not exist, and is removed on any failure (FileError).
    """
    try:
        source = open_regular(database)
    except OSError as error:
        raise unreadable(database, error) from error
    with source, fresh_file(target) as out:
        size = os.fstat(source.fileno()).st_size
        done = 0
        out.write(MAGIC_V1)
        frame = compressor(size).compressobj(size=size)
        try:
            while chunk := source.read(CHUNK):
                out.write(frame.compress(chunk))
                done += len(chunk)
                if progress is not None:
                    progress(done)
            out.write(frame.flush())
        except zstandard.ZstdError as error:
            raise FileError(f"{database} cannot be compressed ({error})", hint="Run the same command again.") from error
        out.flush()
        os.fsync(out.fileno())
        return os.fstat(out.fileno()).st_size
