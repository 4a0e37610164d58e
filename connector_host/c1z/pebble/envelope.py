"""The envelope of a v3 c1z: magic, manifest, payload (c1z-v3.md, 1)."""

from __future__ import annotations

from pathlib import Path

from ...wire.envelope import Manifest, SyncSummary
from ..container import Limits, Progress

__all__ = ["ENGINES", "INDEXED", "TAR", "TAR_ZSTD", "Manifest", "SyncSummary", "pack", "read_manifest", "unpack"]

ENGINES = ("pebble", "pebble2", "pebble3")
"""The engine names that Go readers take; what of their key layouts is read is the caller's to decide."""

TAR_ZSTD, TAR, INDEXED = 1, 2, 5
"""The payload encodings: a zstd stream over a tar, a bare tar, a zstd frame a file with an index behind."""


def read_manifest(path: Path) -> Manifest:
    """The manifest of a v3 c1z. Raises FileError; UnsupportedFormat for an engine or encoding that is not known."""
    raise NotImplementedError


def unpack(path: Path, folder: Path, limits: Limits | None = None, progress: Progress | None = None) -> Manifest:
    """Write the files of the payload into `folder`, which must exist and be empty, each of mode 0600.

    What the payload says of itself is verified: sizes, checksums, names. Memory is bounded by the window limit; limits
    come from the environment unless given. Raises FileError, UnsupportedFormat; the folder is left empty then.
    """
    raise NotImplementedError


def pack(folder: Path, target: Path, manifest: Manifest, progress: Progress | None = None) -> int:
    """Wrap the files of `folder` into a v3 c1z at `target`, a fresh file of mode 0600, and give its size in bytes.

    The encoding is the manifest's. The file is synced to the disk; `target` must not exist, and is removed on any
    failure (FileError). Putting it in place of another is the caller's.
    """
    raise NotImplementedError
