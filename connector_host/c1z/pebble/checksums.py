"""The two checksums in Pebble's files and in the envelope: CRC-32C in the form that LevelDB stores, and XXH64."""

from __future__ import annotations

import warnings
from typing import Protocol

with warnings.catch_warnings(action="ignore"):  # about its speed on a platform without the C extension
    import google_crc32c
import xxhash

__all__ = ["CRC32C", "XXHASH64", "Hasher", "block_checksum", "hasher", "masked_crc32c", "xxh64"]

CRC32C, XXHASH64 = 1, 3
"""The numbers of the checksums in the footers of tables."""

MASK_DELTA = 0xA282EAD8
WORD = 0xFFFFFFFF


def masked_crc32c(data: bytes) -> int:
    """Return the CRC-32C (Castagnoli) of some bytes as it is stored: rotated, with a constant added."""
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + MASK_DELTA) & WORD


def xxh64(data: bytes) -> int:
    """Return the XXH64 of some bytes, seed 0."""
    return xxhash.xxh64_intdigest(data)


def block_checksum(checksum_type: int, data: bytes) -> int:
    """Return the checksum of a block and its compression byte, of the type that its table uses."""
    return masked_crc32c(data) if checksum_type == CRC32C else xxh64(data) & WORD


class Hasher(Protocol):
    """XXH64 of bytes that come in parts."""

    def update(self, data: bytes, /) -> None:
        """Add the next part."""

    def intdigest(self) -> int:
        """Return the hash of all parts so far."""


def hasher() -> Hasher:
    """Return a new XXH64, seed 0."""
    return xxhash.xxh64()
