"""zstd frames of both formats: compression, decompression within limits, and the files that they are read from."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

import zstandard
from msgspec import Struct

from ..errors import ConfigError, FileError
from ..operating_system import DESCRIPTOR_FLAGS, NO_WAIT
from ..wire.damage import DAMAGED_FILE
from .private_folder import known_path

__all__ = [
    "CHUNK",
    "DECODED_VARIABLE",
    "MIB",
    "WINDOW_VARIABLE",
    "ByteSink",
    "ByteSource",
    "Decoder",
    "Limits",
    "SizeProgress",
    "compressor",
    "fresh_file",
    "open_regular",
    "unreadable",
]

MIB = 1 << 20
# zstd decodes 4 bytes to 128 KiB at most: feeding little bounds the output of one call, here to 32 MiB
FEED = 1024
FRAME_HEADER = 18
CHUNK = MIB
LEVEL = 3
LONG_TABLE, SHORT_TABLE = 14, 13  # bits; tables that fit the cache of a core take a fifth less time for files as large
ALWAYS_DECODED = 8 * MIB  # whatever the ratio of compression: small files may compress well
MAX_THREADS = 4  # each holds some 15 MB

SizeProgress = Callable[[int], None]
"""Called with the bytes processed so far, about once a MiB. An exception ends the work cleanly."""


class Limits(Struct, frozen=True, kw_only=True):
    """The limits of a file in bytes; the defaults are those of the Go reader."""

    decoded: int = 10 * 1024 * MIB
    window: int = 128 * MIB
    fail_fast: bool = True
    """Refuse a file for the size that its first frame announces, before decoding."""
    ratio: int = 200
    """The largest ratio of the decoded size to that of the file, from 8 MiB on; 0 for none. Databases reach 20 to 30,
    only repetitions that were made to waste time and memory reach hundreds."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Limits:
        """Return the limits with the overrides of the environment. ConfigError for 0; invalid ones are ignored."""
        environ = os.environ if environ is None else environ
        changes: dict[str, int] = {}
        for field, name in (("decoded", DECODED_VARIABLE), ("window", WINDOW_VARIABLE)):
            text = environ.get(name, "")
            if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) * MIB < 1 << 63):
                continue
            if int(text) == 0:
                raise ConfigError(f"{name} is 0", hint=f"Unset {name}, or set it to a number of MiB above 0.")
            changes[field] = int(text) * MIB
        fail_fast = environ.get(FAIL_FAST_VARIABLE, "") not in {"1", "t", "T", "TRUE", "true", "True"}
        if "decoded" in changes:
            changes["ratio"] = 0
        return cls(**changes, fail_fast=fail_fast)


DECODED_VARIABLE = "BATON_DECODER_MAX_DECODED_SIZE_MB"
"""The largest c1z that is read or made, unpacked, in MiB; 10240 if not set, and from 8 MiB on 200 times its file."""
WINDOW_VARIABLE = "BATON_DECODER_MAX_MEMORY_MB"
"""The largest window of the compression that is accepted when a c1z is read, in MiB; 128 if not set."""
FAIL_FAST_VARIABLE = "BATON_DISABLE_FCS_FAIL_FAST"
"""1: unpack a c1z up to the limit even if it announces a larger size."""


# ------------------------------------------------------------------------------------------------------------- files


def open_regular(path: Path) -> IO[bytes]:
    """Open a regular file for reading; a pipe or a device is refused without waiting for it."""
    descriptor = os.open(path, os.O_RDONLY | NO_WAIT | DESCRIPTOR_FLAGS)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        problem = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
        raise FileError(f"{path} is {problem}", hint="Choose a c1z file instead.")
    return os.fdopen(descriptor, "rb", buffering=256 * 1024)


def unreadable(path: Path, error: OSError) -> FileError:
    """Return the error for a file that cannot be read."""
    return FileError(
        f"{known_path(path)} cannot be read ({error.strerror})", hint="Check the path and its permissions."
    )


@contextmanager
def fresh_file(target: Path) -> Iterator[IO[bytes]]:
    """Create a file of mode 0600 for writing; it is removed when the block fails for any reason."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | DESCRIPTOR_FLAGS, 0o600)
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
        f"{known_path(target)} cannot be written ({error.strerror})",
        hint="Make room, or choose another folder. No existing file was changed.",
    )


# ------------------------------------------------------------------------------------------------------------ frames


class ByteSource(Protocol):
    """A source of bytes."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


class ByteSink(Protocol):
    """A sink of bytes."""

    def write(self, data: bytes, /) -> object:
        """Write all bytes."""


class Decoder:
    """Decodes frame after frame; knows how much has come out.

    There may be several runs: the limits are those of all together.
    """

    def __init__(self, path: Path, limits: Limits, progress: SizeProgress | None = None) -> None:
        self.path, self.limits, self.progress = path, limits, progress
        self.total = 0
        self.reported = 0
        self._most = limits.decoded
        if limits.ratio:
            with suppress(OSError):  # it is reported where the file is read
                self._most = min(self._most, max(ALWAYS_DECODED, limits.ratio * path.stat().st_size))
        # the decoder's own limit is the second line; it knows powers of two between these only
        self.context = zstandard.ZstdDecompressor(max_window_size=min(max(limits.window, 1 << 10), 1 << 31))

    def run(self, source: ByteSource, out: ByteSink) -> int:
        """Decode all frames of `source`; gives the bytes that have come out so far."""
        self.source, self.out = source, out
        first = True
        pending = self._read(FRAME_HEADER)
        while pending:
            pending += self._read(max(0, FRAME_HEADER - len(pending)))
            try:
                first = self._check_header(pending, first)
                pending = self._frame(pending)
            except zstandard.ZstdError as error:
                raise FileError(
                    f"{self.path} is damaged: its zstd data cannot be decoded after {self.total} bytes ({error})",
                    hint=DAMAGED_FILE,
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
        raise FileError(f"{self.path} is truncated: its zstd data end after {self.total} bytes", hint=DAMAGED_FILE)

    def _check_header(self, data: bytes, first: bool) -> bool:
        """Refuse a frame that needs too much memory; True: the next is still the first with content."""
        if data[1:4] == b"\x2a\x4d\x18":
            return first  # a skippable frame
        try:
            frame = zstandard.get_frame_parameters(data)
        except zstandard.ZstdError:
            if len(data) < FRAME_HEADER and data.startswith(b"\x28\xb5\x2f\xfd"[: len(data)]):
                return first  # too short for a whole header: the decoder reports it as truncated
            raise
        if frame.window_size > self.limits.window:
            raise FileError(
                f"{self.path} needs a window of {frame.window_size} bytes to be decoded; the limit is"
                f" {self.limits.window}",
                hint=f"If you trust the file, set {WINDOW_VARIABLE} to a larger number of MiB.",
            )
        has_size = frame.content_size not in (zstandard.CONTENTSIZE_UNKNOWN, zstandard.CONTENTSIZE_ERROR)
        if first and has_size and self.limits.fail_fast and frame.content_size > self._most:
            raise self.too_large()
        return False

    def _read(self, size: int) -> bytes:
        try:
            return self.source.read(size)
        except OSError as error:
            raise unreadable(self.path, error) from error

    def copy(self, source: ByteSource, out: ByteSink) -> int:
        """Copy bytes that are not compressed, within the same limits."""
        self.source, self.out = source, out
        while data := self._read(CHUNK):
            self._write(data)
        return self.total

    def _write(self, data: bytes) -> None:
        self.total += len(data)
        if self.total > self._most:
            raise self.too_large()
        self.out.write(data)
        if self.progress is not None and self.total - self.reported >= CHUNK:
            self.reported = self.total
            self.progress(self.total)

    def too_large(self) -> FileError:
        """Return the error for content that is larger than the limit."""
        times = "" if self._most == self.limits.decoded else f", {self.limits.ratio} times the size of the file"
        return FileError(
            f"{self.path} holds a database larger than the limit of {self._most} bytes{times}",
            hint=f"If you trust the file, set {DECODED_VARIABLE} to a larger number of MiB.",
        )


def compressor(size: int) -> zstandard.ZstdCompressor:
    """Return the compressor of a frame of `size` bytes: level 3, with size and checksum, on several cores."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    threads = min(cores, MAX_THREADS) if cores > 1 and size > 8 * CHUNK else 0
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL,
        source_size=size,
        hash_log=LONG_TABLE,
        chain_log=SHORT_TABLE,
        threads=threads,
        write_content_size=True,
        write_checksum=True,
    )
    return zstandard.ZstdCompressor(compression_params=parameters)
