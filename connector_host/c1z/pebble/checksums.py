"""The two checksums in Pebble's files and in the envelope: CRC-32C in the form that LevelDB stores, and XXH64."""

from __future__ import annotations

import warnings
from typing import Protocol

with warnings.catch_warnings(action="ignore"):  # that it is slow, on a platform where it could not be built with C
    import google_crc32c
import xxhash

__all__ = ["CRC32C", "XXHASH64", "Hasher", "block_checksum", "hasher", "masked_crc32c", "xxh64"]

CRC32C, XXHASH64 = 1, 3
"""The numbers that tables know their checksum by."""

MASK_DELTA = 0xA282EAD8
WORD = 0xFFFFFFFF


def masked_crc32c(data: bytes) -> int:
    """The CRC-32C (Castagnoli) of some bytes, rotated and with a constant added, as it is stored."""
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + MASK_DELTA) & WORD


def xxh64(data: bytes) -> int:
    """The XXH64 of some bytes, seed 0."""
    return xxhash.xxh64_intdigest(data)


def block_checksum(kind: int, data: bytes) -> int:
    """What a table that uses checksum `kind` stores for a block and its compression byte."""
    return masked_crc32c(data) if kind == CRC32C else xxh64(data) & WORD


class Hasher(Protocol):
    """XXH64 of bytes that come in parts."""

    def update(self, data: bytes, /) -> None:
        """Take the next part."""

    def intdigest(self) -> int:
        """The hash of all parts so far."""


def hasher() -> Hasher:
    """A fresh XXH64, seed 0."""
    return xxhash.xxh64()
