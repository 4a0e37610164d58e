"""The envelope of a v3 c1z: magic, the length of the manifest (4 bytes, big-endian), the manifest, the payload.

The payload is the files of a Pebble database, wrapped in one of three ways (docs/c1z-v3.md, The envelope). Reading
checks everything that the wrapping records, and bounds memory and time as `container` does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import zstandard

from ...errors import FileError
from ...operating_system import REMOVES_OPEN_FILES
from ...wire.v3 import envelope_messages as messages
from ...wire.v3.envelope_messages import Manifest, SyncSummary
from ..container import MAGIC_V3, MAX_MANIFEST, FileFormat, refusal, sniff
from ..private_folder import known_path
from ..zstd_frames import Decoder, Limits, SizeProgress, compressor, fresh_file, open_regular, unreadable
from .indexed_payload import FramedPayload, write_frames
from .malformed import Malformed, Unknown, as_malformed, reading
from .payload_folder import PayloadFolder
from .tar import Untar, write_tar

__all__ = [
    "ENGINE",
    "INDEXED",
    "TAR",
    "TAR_ZSTD",
    "Manifest",
    "SyncSummary",
    "pack",
    "read_manifest",
    "unpack",
    "unpacked_on_demand",
]

ENGINE = "pebble3"
"""The engine whose files are read and written. Go readers also accept "pebble" and "pebble2", with other keys."""

TAR_ZSTD, TAR, INDEXED = 1, 2, 5
"""The payload encodings: a zstd stream over a tar, a bare tar, a zstd frame for each file and an index."""

TABLE = ".sst"
"""The end of the names of tables; the other files are small."""

ENCODINGS = (TAR_ZSTD, TAR, INDEXED)


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a v3 c1z. Raises FileError; UnsupportedFormat for an unknown engine or encoding."""
    with _opened(path) as file:
        manifest, _ = _read_manifest(file)
    return manifest


def unpack(path: Path, folder: Path, limits: Limits | None = None, progress: SizeProgress | None = None) -> Manifest:
    """Write the files of the payload into `folder`, which must exist and be empty, each of mode 0600.

    Sizes, checksums and names of the payload are verified. Memory is bounded by the window limit; limits
    come from the environment unless given. Raises FileError, UnsupportedFormat; the folder is left empty then.
    """
    limits = limits or Limits.from_environment()
    with _opened(path) as file, PayloadFolder(folder) as target:
        manifest, _ = _unpack(file, target, Decoder(path, limits, progress), on_demand=False)
    return manifest


@contextmanager
def unpacked_on_demand(
    path: Path, folder: Path, progress: SizeProgress | None = None
) -> Iterator[tuple[Manifest, FramedPayload | None]]:
    """Write the files of the payload into `folder`, but the tables of an indexed one when they are asked for.

    Everything is written where an open file cannot be replaced, and of the other encodings, which have None to ask.
    Checks and errors are those of `unpack`; of a table they come when it is asked for.
    """
    with ExitStack() as stack:
        with reading(str(path)):
            file = stack.enter_context(_open_file(path))
            decoder = Decoder(path, Limits.from_environment(), progress)
            opened = _unpack(file, PayloadFolder(folder), decoder, on_demand=REMOVES_OPEN_FILES)
        yield opened


def _unpack(
    file: IO[bytes], target: PayloadFolder, decoder: Decoder, *, on_demand: bool
) -> tuple[Manifest, FramedPayload | None]:
    """Write the payload, `on_demand` without the tables of an indexed one; return the manifest and that payload."""
    manifest, raw = _read_manifest(file)
    if manifest.payload_encoding != INDEXED:
        with Untar(target) as archive:
            (decoder.run if manifest.payload_encoding == TAR_ZSTD else decoder.copy)(file, archive)
            archive.finish()
        return manifest, None
    payload = FramedPayload(file, file.tell(), raw, target, decoder)
    for name in payload.names:
        if not (on_demand and name.endswith(TABLE)):
            payload.provide(name)
    return manifest, payload


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open the file after its magic; faults are raised as errors about the file."""
    with reading(str(path)), _open_file(path) as file:
        yield file


def _open_file(path: Path) -> IO[bytes]:
    """Open a file of this format after its magic."""
    detected = sniff(path)
    if detected.format is FileFormat.V1:
        raise FileError(
            f"{path} is a c1z of format v1, and format v3 is needed here", hint="Specify a file of format v3."
        )
    if detected.format is not FileFormat.V3:
        raise refusal(path, detected)
    try:
        file = open_regular(path)
    except OSError as error:
        raise unreadable(path, error) from error
    file.seek(len(MAGIC_V3))
    return file


def _read_manifest(file: IO[bytes]) -> tuple[Manifest, bytes]:
    """Read the manifest; return it and its bytes."""
    length = int.from_bytes(file.read(4), "big")
    if length > MAX_MANIFEST:
        raise Malformed(f"its manifest would be of {length} bytes")
    raw = file.read(length)
    if len(raw) != length:
        raise Malformed("it is truncated in its manifest")
    with as_malformed():
        manifest = messages.read_manifest(raw)
    if manifest.engine != ENGINE:
        raise Unknown(f"the storage engine {manifest.engine[:60]!r}")
    if manifest.payload_encoding not in ENCODINGS:
        raise Unknown(f"the payload encoding {manifest.payload_encoding}")
    return manifest, raw


def pack(folder: Path, target: Path, manifest: Manifest, progress: SizeProgress | None = None) -> int:
    """Pack the files of `folder` into a v3 c1z at `target`, a fresh file of mode 0600, and return its size in bytes.

    The encoding is that of the manifest. The file is synchronised to the disk; `target` must not exist, and is removed
    on any failure (FileError).
    """
    raw = messages.write_manifest(manifest)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    with fresh_file(target) as out:
        head = MAGIC_V3 + len(raw).to_bytes(4, "big") + raw
        out.write(head)
        try:
            if manifest.payload_encoding == INDEXED:
                write_frames(files, out, len(head), raw, progress)
            elif manifest.payload_encoding == TAR_ZSTD:
                frame = _CompressingSink(out, sum(path.stat().st_size for path in files))
                write_tar(files, frame)
                frame.finish()
            elif manifest.payload_encoding == TAR:
                write_tar(files, out)
            else:
                raise ValueError(f"{manifest.payload_encoding} is no payload encoding")
        except zstandard.ZstdError as error:
            raise FileError(
                f"{known_path(folder)} cannot be compressed ({error})", hint="Run the same command again."
            ) from error
        out.flush()
        os.fsync(out.fileno())
        return os.fstat(out.fileno()).st_size


class _CompressingSink:
    """Writer that compresses into one zstd frame, without knowing the size in advance."""

    def __init__(self, out: IO[bytes], about: int) -> None:
        self._out = out
        self._frame = compressor(about).compressobj()

    def write(self, data: bytes) -> int:
        self._out.write(self._frame.compress(data))
        return len(data)

    def finish(self) -> None:
        """Write the end of the frame."""
        self._out.write(self._frame.flush())
