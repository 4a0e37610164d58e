"""The indexed payload: a zstd frame for each file, then an index with their checksums, then a footer.

The footer is 28 bytes, big-endian: the offset of the index (8), its length (4), its XXH64 (8), "C1ZIDX1" and a zero.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from struct import Struct
from typing import IO

from ...wire.v3.envelope_messages import Frame, FrameIndex, read_index, write_index
from ..zstd_frames import CHUNK, MIB, Decoder, SizeProgress, compressor
from .checksums import hasher, xxh64
from .malformed import Malformed, as_malformed
from .payload_folder import PayloadFolder

__all__ = ["FramedPayload", "write_frames"]

FOOTER = Struct(">QIQ8s")
MAGIC = b"C1ZIDX1\x00"
MOST_INDEX = 16 * MIB


class FramedPayload:
    """The files of an indexed payload that begins at `start`, each unpacked and checked when it is asked for.

    What the index says of all is checked at once. Several threads may ask.
    """

    def __init__(self, file: IO[bytes], start: int, manifest: bytes, folder: PayloadFolder, decoder: Decoder) -> None:
        self._file, self._folder, self._decoder = file, folder, decoder
        self._frames = {frame.name: frame for frame in _checked_frames(file, start, manifest, folder, decoder)}
        self._waiting = dict(self._frames)
        self._lock = threading.Lock()

    @property
    def names(self) -> Iterable[str]:
        """The names of all files, in the order of the payload."""
        return self._frames.keys()

    def size(self, name: str) -> int | None:
        """Return the size of a file, None for a missing one."""
        frame = self._frames.get(name)
        return None if frame is None else frame.raw_size

    def provide(self, name: str) -> None:
        """Write a file into the folder, unless that was done before."""
        with self._lock:
            frame = self._waiting.get(name)
            if frame is not None:
                with self._folder.create(name) as out:
                    self._decode(frame, out)
                del self._waiting[name]

    def check(self) -> None:
        """Check the files that nobody has asked for so far; they may still be asked for."""
        with self._lock:
            decoded = self._decoder.total
            for frame in self._waiting.values():
                self._decode(frame, None)
                self._decoder.total = self._decoder.reported = decoded  # nothing was stored

    def _decode(self, frame: Frame, out: IO[bytes] | None) -> None:
        self._file.seek(frame.offset)
        checked = _CheckingSink(frame, out)
        self._decoder.run(_FilePart(self._file, frame.compressed_size), checked)
        checked.finish()


def _checked_frames(
    file: IO[bytes], start: int, manifest: bytes, folder: PayloadFolder, decoder: Decoder
) -> list[Frame]:
    """Return the frames in their order, with names, places and sizes that can be."""
    index, end = _read_index(file)
    if index.manifest_xxh64 not in (0, xxh64(manifest)):
        raise Malformed("its manifest does not match its payload")
    frames = sorted(index.frames, key=lambda frame: frame.offset)
    _check_places(frames, start, end)
    if sum(frame.raw_size for frame in frames) != index.total_raw_size or index.total_compressed_size != sum(
        frame.compressed_size for frame in frames
    ):
        raise Malformed("its index has sizes that do not add up")
    if index.total_raw_size > decoder.limits.decoded:
        raise decoder.too_large()
    for frame in frames:
        folder.reserve(frame.name)
    return frames


def _read_index(file: IO[bytes]) -> tuple[FrameIndex, int]:
    """Read the index; return it and the end of the frames."""
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - FOOTER.size))
    footer = file.read(FOOTER.size)
    if len(footer) < FOOTER.size or footer[-8:] != MAGIC:
        raise Malformed("its index is missing: it is truncated")
    offset, length, checksum, _ = FOOTER.unpack(footer)
    if offset + length != size - FOOTER.size or length > MOST_INDEX:
        raise Malformed("its index is not at the offset that the footer has")
    file.seek(offset)
    data = file.read(length)
    if xxh64(data) != checksum:
        raise Malformed("its index has a wrong checksum")
    with as_malformed():
        return read_index(data), offset


def _check_places(frames: Iterable[Frame], start: int, end: int) -> None:
    """Check that the frames follow one another between manifest and index; gaps are allowed."""
    for frame in frames:
        if frame.offset < start or frame.offset + frame.compressed_size > end:
            raise Malformed(f"the data of {frame.name[:60]!r} are at an impossible offset")
        start = frame.offset + frame.compressed_size


class _FilePart:
    """The next bytes of a file, at most `size` of them."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data


class _CheckingSink:
    """Writer that checks the decoded content of a frame; without a file it does nothing else."""

    def __init__(self, frame: Frame, out: IO[bytes] | None) -> None:
        self._frame, self._out = frame, out
        self._size = 0
        self._sha256, self._xxh64 = hashlib.sha256(), hasher()

    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._frame.raw_size:
            raise Malformed(f"{self._frame.name} is larger than its index says")
        self._sha256.update(data)
        self._xxh64.update(data)
        if self._out is not None:
            self._out.write(data)

    def finish(self) -> None:
        """Raise Malformed if the content does not match the index."""
        frame = self._frame
        if self._size != frame.raw_size:
            raise Malformed(f"{frame.name} is smaller than its index says")
        if self._sha256.digest() != frame.raw_sha256 or self._xxh64.intdigest() != frame.raw_xxh64:
            raise Malformed(f"{frame.name} has a wrong checksum")


def write_frames(
    files: Iterable[Path], out: IO[bytes], start: int, manifest: bytes, progress: SizeProgress | None
) -> None:
    """Write the payload of these files; `start` is its offset."""
    frames: list[Frame] = []
    offset = start
    done = 0
    for path in files:
        size = path.stat().st_size
        sha256, checksum, before = hashlib.sha256(), hasher(), offset
        frame = compressor(size).compressobj(size=size)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                sha256.update(chunk)
                checksum.update(chunk)
                offset += out.write(frame.compress(chunk))
                done += len(chunk)
                if progress is not None:
                    progress(done)
        offset += out.write(frame.flush())
        frames.append(Frame(path.name, before, offset - before, size, checksum.intdigest(), sha256.digest()))
    index = write_index(FrameIndex(tuple(frames), done, offset - start, xxh64(manifest)))
    out.write(index + FOOTER.pack(offset, len(index), xxh64(index), MAGIC))
