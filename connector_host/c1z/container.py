"""The wrapping of a c1z file: what kind it is, its database out of the zstd data, and into it (c1z-and-sync.md, 1).

Format v1 is five bytes of magic, then zstd data that decode to one SQLite database. We write one frame with content
size and checksum; we read what any writer left: several frames, skippable frames, no sizes, no checksums.
"""

from __future__ import annotations

import enum
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import zstandard
from msgspec import Struct

from ..errors import ConfigError, FileError, UnsupportedFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAGIC_V1", "MAGIC_V3", "Format", "Kind", "Limits", "Progress", "pack", "refusal", "sniff", "unpack"]

MAGIC_V1 = b"C1ZF\x00"
MAGIC_V3 = b"C1Z3\x00"
SQLITE_HEADER = b"SQLite format 3\x00"
MIB = 1 << 20
MAX_MANIFEST = 16 * MIB
MANIFEST_START = 4096  # the engine's name is the first field
# zstd makes at most 128 KiB of 4 bytes: what one call may give is bounded by what it is fed, 32 MiB here
FEED = 1024
FRAME_HEADER = 18
CHUNK = MIB
LEVEL = 3
MAX_THREADS = 4  # each holds some 15 MB

AGAIN = "The file is damaged or incomplete. Copy or download it again, or make it again with a sync."

Progress = Callable[[int], None]
"""Called with the bytes of the database done so far, about once a MiB. What it raises ends the work, cleanly."""


class Kind(enum.Enum):
    """What a path holds."""

    V1 = "v1"
    V3 = "v3"
    EMPTY = "empty"
    MISSING = "missing"
    FOREIGN = "foreign"


class Format(Struct, frozen=True):
    """What `sniff` saw. `engine` is the storage engine a v3 file names (empty if untold), `size` in bytes."""

    kind: Kind
    engine: str = ""
    size: int = 0


class Limits(Struct, frozen=True, kw_only=True):
    """How much a file may ask for, in bytes; the defaults are those of the Go reader."""

    decoded: int = 10 * 1024 * MIB
    window: int = 128 * MIB
    fail_fast: bool = True
    """Refuse a file for the size its first frame announces, before anything is decoded."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Limits:
        """The limits with the overrides of the environment; ConfigError for a limit of 0, other nonsense is ignored."""
        environ = os.environ if environ is None else environ
        changes: dict[str, int] = {}
        for field, name in (("decoded", DECODED_VARIABLE), ("window", WINDOW_VARIABLE)):
            text = environ.get(name, "")
            if not (text.isascii() and text.isdigit() and int(text) * MIB < 1 << 63):
                continue
            if int(text) == 0:
                raise ConfigError(f"{name} is 0", hint=f"Unset {name}, or give a number of MiB above 0.")
            changes[field] = int(text) * MIB
        fail_fast = environ.get(FAIL_FAST_VARIABLE, "") not in {"1", "t", "T", "TRUE", "true", "True"}
        return cls(**changes, fail_fast=fail_fast)


DECODED_VARIABLE = "BATON_DECODER_MAX_DECODED_SIZE_MB"
"""The largest c1z that is read or made, unpacked, in MiB; 10240 if not set."""
WINDOW_VARIABLE = "BATON_DECODER_MAX_MEMORY_MB"
"""The largest window of the compression that is accepted when a c1z is read, in MiB; 128 if not set."""
FAIL_FAST_VARIABLE = "BATON_DISABLE_FCS_FAIL_FAST"
"""1: unpack a c1z up to the limit even if it announces a larger size."""


# -------------------------------------------------------------------------------------------------------- what is it


def sniff(path: Path) -> Format:
    """Look at the first bytes of a file. Raises FileError when it is no regular file or cannot be read."""
    try:
        with _open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            magic = file.read(len(MAGIC_V1))
            if magic == MAGIC_V3:
                return Format(Kind.V3, _engine(file), size)
    except FileNotFoundError:
        return Format(Kind.MISSING)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not magic:
        return Format(Kind.EMPTY)
    return Format(Kind.V1 if magic == MAGIC_V1 else Kind.FOREIGN, size=size)


def refusal(path: Path, found: Format) -> FileError:
    """The error for a file that is not the v1 c1z that was asked for."""
    if found.kind is Kind.V3:
        engine = f", storage engine {found.engine}" if found.engine else ""
        return UnsupportedFormat(
            f"{path} is a c1z of format v3{engine}; this version reads and writes format v1 only",
            hint="Sync again with --storage-engine sqlite, or BATON_STORAGE_ENGINE=sqlite in the environment of the Go"
            " connector, into a new file.",
        )
    if found.kind is Kind.MISSING:
        return FileError(f"{path} does not exist", hint="Name a c1z file with -f.")
    if found.kind is Kind.EMPTY:
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


def _open_regular(path: Path) -> IO[bytes]:
    """Open for reading without being held up by a pipe or a device."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        what = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
        raise FileError(f"{path} is {what}", hint="Name a c1z file with -f.")
    return os.fdopen(descriptor, "rb", buffering=256 * 1024)


def _unreadable(path: Path, error: OSError) -> FileError:
    return FileError(f"{path} cannot be read ({error.strerror})", hint="Check the path and its permissions.")


# ------------------------------------------------------------------------------------------------------------ unpack


def unpack(path: Path, target: Path, limits: Limits | None = None, progress: Progress | None = None) -> int:
    """Decode the database of a v1 c1z into `target`, a fresh file of mode 0600, and give its size in bytes.

    Memory is bounded by the window limit. A file that is only the magic is an empty database (0 bytes). `target` must
    not exist, and is removed on any failure. Limits come from the environment unless given. Raises FileError,
    UnsupportedFormat for v3.
    """
    limits = limits or Limits.from_environment()
    found = sniff(path)
    if found.kind is not Kind.V1:
        raise refusal(path, found)
    try:
        source = _open_regular(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    with source, _fresh(target) as out:
        decoder = _Decoder(path, source, out, limits, progress)
        size = decoder.run()
        out.flush()
    _check_database(path, target)
    return size


class _Decoder:
    """Decodes frame after frame; knows how much has come out."""

    def __init__(
        self, path: Path, source: IO[bytes], out: IO[bytes], limits: Limits, progress: Progress | None
    ) -> None:
        self.path, self.source, self.out, self.limits, self.progress = path, source, out, limits, progress
        self.total = 0
        self.reported = 0
        # the decoder's own limit is the second line; it knows powers of two between these only
        self.context = zstandard.ZstdDecompressor(max_window_size=min(max(limits.window, 1 << 10), 1 << 31))

    def run(self) -> int:
        first = True
        rest = self._read(len(MAGIC_V1) + FRAME_HEADER)[len(MAGIC_V1) :]
        while rest:
            rest += self._read(max(0, FRAME_HEADER - len(rest)))
            try:
                first = self._check_header(rest, first)
                rest = self._frame(rest)
            except zstandard.ZstdError as error:
                raise FileError(
                    f"{self.path} is damaged: its zstd data cannot be decoded after {self.total} bytes ({error})",
                    hint=AGAIN,
                ) from error
        return self.total

    def _frame(self, data: bytes) -> bytes:
        """Decode one frame that begins with `data`; gives the bytes read past its end."""
        frame = self.context.decompressobj()
        while data:
            self._write(frame.decompress(data))
            if frame.eof:
                return frame.unused_data or self._read(FEED)
            data = self._read(FEED)
        raise FileError(f"{self.path} is cut off: its data end in the middle, after {self.total} bytes", hint=AGAIN)

    def _check_header(self, data: bytes, first: bool) -> bool:
        """Refuse a frame that asks for too much. Gives whether the next frame is still the first with content."""
        if data[1:4] == b"\x2a\x4d\x18":
            return first  # a skippable frame
        try:
            frame = zstandard.get_frame_parameters(data)
        except zstandard.ZstdError:
            if len(data) < FRAME_HEADER and data.startswith(b"\x28\xb5\x2f\xfd"[: len(data)]):
                return first  # too short for a whole header: the decoder will find it cut off
            raise
        if frame.window_size > self.limits.window:
            raise FileError(
                f"{self.path} needs a window of {frame.window_size} bytes to be decoded; the limit is"
                f" {self.limits.window}",
                hint=f"If you trust the file, set {WINDOW_VARIABLE} to a larger number of MiB.",
            )
        known = frame.content_size not in (zstandard.CONTENTSIZE_UNKNOWN, zstandard.CONTENTSIZE_ERROR)
        if first and known and self.limits.fail_fast and frame.content_size > self.limits.decoded:
            raise self._too_large()
        return False

    def _read(self, size: int) -> bytes:
        try:
            return self.source.read(size)
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def _write(self, data: bytes) -> None:
        self.total += len(data)
        if self.total > self.limits.decoded:
            raise self._too_large()
        self.out.write(data)
        if self.progress is not None and self.total - self.reported >= CHUNK:
            self.reported = self.total
            self.progress(self.total)

    def _too_large(self) -> FileError:
        return FileError(
            f"{self.path} holds a database larger than the limit of {self.limits.decoded} bytes",
            hint=f"If you trust the file, set {DECODED_VARIABLE} to a larger number of MiB.",
        )


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


def pack(database: Path, target: Path, progress: Progress | None = None) -> int:
    """Wrap a closed SQLite database into a v1 c1z at `target`, a fresh file of mode 0600, and give its size in bytes.

    One zstd frame with content size and checksum, level 3, window 2 MiB, compressed by a thread for each core. The file
    is synced to the disk. `target` must not exist, and is removed on any failure (FileError).
    """
    try:
        source = _open_regular(database)
    except OSError as error:
        raise _unreadable(database, error) from error
    with source, _fresh(target) as out:
        size = os.fstat(source.fileno()).st_size
        done = 0
        out.write(MAGIC_V1)
        frame = _compressor(size).compressobj(size=size)
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


def _compressor(size: int) -> zstandard.ZstdCompressor:
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    threads = min(cores, MAX_THREADS) if cores > 1 and size > 8 * CHUNK else 0
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, source_size=size, threads=threads, write_content_size=True, write_checksum=True
    )
    return zstandard.ZstdCompressor(compression_params=parameters)


@contextmanager
def _fresh(target: Path) -> Iterator[IO[bytes]]:
    """A new file of mode 0600 to write to; gone again if the block fails, whatever the reason."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        with os.fdopen(descriptor, "wb", buffering=256 * 1024) as out:
            yield out
    except OSError as error:
        target.unlink(missing_ok=True)
        raise _unwritable(target, error) from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _unwritable(target: Path, error: OSError) -> FileError:
    return FileError(
        f"{target} cannot be written ({error.strerror})",
        hint="Make room, or choose another folder; nothing that was there before has been changed.",
    )
