"""The container of a c1z: its format, and the database of format v1 (docs/c1z-v1.md, Container).

Format v1 is five bytes of magic, then zstd data that decode to one SQLite database. We write one frame with content
size and checksum; we read what any writer left: several frames, skippable frames, no sizes, no checksums.
"""

from __future__ import annotations

import enum
import os
import shlex
from pathlib import Path
from typing import IO

import zstandard
from msgspec import Struct

from ..errors import FileError, UnsupportedFormat
from ..wire.damage import DAMAGED_FILE
from .private_folder import known_path
from .zstd_frames import (
    CHUNK,
    DECODED_VARIABLE,
    FRAME_HEADER,
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
    "CHECK_PATH",
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
    "unpacked_size",
]

CHECK_PATH = "Check the path."
"""How the hint about a missing file begins."""
MOST_NAMED = 5  # files in a hint
MAGIC_V1 = b"C1ZF\x00"
MAGIC_V3 = b"C1Z3\x00"
SQLITE_HEADER = b"SQLite format 3\x00"
MAX_MANIFEST = 16 * MIB
MANIFEST_START = 4096  # the engine's name is the first field


class FileFormat(enum.Enum):
    """The format of the file at a path."""

    V1 = "v1"
    V3 = "v3"
    EMPTY = "empty"
    MISSING = "missing"
    FOREIGN = "foreign"


class DetectedFile(Struct, frozen=True):
    """The result of `sniff`. `engine` is the storage engine that a v3 file names, or empty; `size` is in bytes."""

    format: FileFormat
    engine: str = ""
    size: int = 0


# -------------------------------------------------------------------------------------------------------- detection


def sniff(path: Path) -> DetectedFile:
    """Detect the format of a file by its first bytes. Raises FileError if it is not a regular file or not readable."""
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


def refusal(path: Path, detected: DetectedFile) -> FileError:
    """Return the error for a file that is not of format v1."""
    if detected.format is FileFormat.V3:
        engine = f", storage engine {detected.engine}" if detected.engine else ""
        return UnsupportedFormat(
            f"{path} is a c1z of format v3{engine}, and format v1 is needed here",
            hint=f"Convert it to format v1: `{_conversion(path)}`.",
        )
    if detected.format is FileFormat.MISSING:
        return FileError(f"{path} does not exist", hint=f"{CHECK_PATH} {_files_beside(path)}".rstrip())
    if detected.format is FileFormat.EMPTY:
        return FileError(f"{path} is empty", hint="Choose another file, or remove this one and sync again.")
    return FileError(
        f"{path} is not a c1z file", hint="Choose another file: a c1z begins with the letters C1ZF or C1Z3."
    )


def _conversion(path: Path) -> str:
    """Return the command that converts a file to format v1."""
    return shlex.join(("connector-host", "convert", str(path), f"{path.with_suffix('')}-v1.c1z", "--to", "v1"))


def _files_beside(path: Path) -> str:
    """Return a sentence that names the c1z files in the folder of a missing one, empty if there is none."""
    try:
        names = sorted(other.name for other in path.absolute().parent.glob("*.c1z") if not other.name.startswith("."))
    except OSError:
        return ""
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return f"The folder has {', '.join(names[:MOST_NAMED])}{more}." if names else ""


def _engine(file: IO[bytes]) -> str:
    """Read the engine's name: field 1 of the manifest that follows a v3 magic, if it is where writers put it."""
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
    """Decode the database of a v1 c1z into `target`, a fresh file of mode 0600, and return its size in bytes.

    Memory is bounded by the window limit. A file that is only the magic is an empty database (0 bytes). `target` must
    not exist, and is removed on any failure. Limits come from the environment unless given. Raises FileError,
    UnsupportedFormat for v3.
    """
    limits = limits or Limits.from_environment()
    detected = sniff(path)
    if detected.format is not FileFormat.V1:
        raise refusal(path, detected)
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


def unpacked_size(path: Path) -> int:
    """Return the size in bytes of the database of a v1 c1z, as its header states it; 0 where it does not."""
    if sniff(path).format is not FileFormat.V1:
        return 0
    with open_regular(path) as file:
        header = file.read(len(MAGIC_V1) + FRAME_HEADER)[len(MAGIC_V1) :]
    try:
        size = zstandard.get_frame_parameters(header).content_size
    except zstandard.ZstdError:
        return 0
    return 0 if size in (zstandard.CONTENTSIZE_UNKNOWN, zstandard.CONTENTSIZE_ERROR) else size


def _check_database(path: Path, target: Path) -> None:
    """Refuse a file that is not a complete SQLite database; the reader checks the rest."""
    with target.open("rb") as file:
        header = file.read(100)
    size = target.stat().st_size
    problem = ""
    if size and not header.startswith(SQLITE_HEADER):
        problem = "does not hold a SQLite database"
    elif size and size < _least_size(header):
        problem = f"holds a SQLite database that is truncated after {size} bytes"
    if problem:
        target.unlink()
        raise FileError(f"{path} {problem}", hint=DAMAGED_FILE)


def _least_size(header: bytes) -> int:
    """Return the least size of a database with this header: its pages, if its writer kept their number up to date."""
    if header[24:28] != header[92:96]:
        return 512
    page_size = int.from_bytes(header[16:18], "big")
    return (65536 if page_size == 1 else page_size) * int.from_bytes(header[28:32], "big")


# -------------------------------------------------------------------------------------------------------------- pack


def pack(database: Path, target: Path, progress: SizeProgress | None = None) -> int:
    """Pack a closed SQLite database into a v1 c1z at `target`, a fresh file of mode 0600; return its size in bytes.

    One zstd frame with content size and checksum, level 3, window 2 MiB, compressed by a thread for each core. The file
    is synchronised to the disk. `target` must not exist, and is removed on any failure (FileError).
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
            raise FileError(
                f"{known_path(database)} cannot be compressed ({error})", hint="Run the same command again."
            ) from error
        out.flush()
        os.fsync(out.fileno())
        return os.fstat(out.fileno()).st_size
