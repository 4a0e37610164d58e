"""The ZIP file of evidence: members in one order, with one time, and their SHA-256 in `SHA256SUMS`.

The same members give the same bytes: nothing is compressed, and no member has a time of its own.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

__all__ = ["CHECKSUMS", "FIRST_DAY", "Member", "list_digest", "write_archive"]

CHECKSUMS = "SHA256SUMS"
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest time that a ZIP file can hold
BLOCK = 1 << 20


class Member(Struct, frozen=True):
    """A file of the evidence: its name in the archive, and the path of its content."""

    name: str
    path: Path


def write_archive(members: Sequence[Member], out: BinaryIO) -> dict[str, str]:
    """Write the members, sorted by name, and then their checksums; return the SHA-256 of each by its name."""
    sums: dict[str, str] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for member in sorted(members, key=lambda member: member.name):
            sums[member.name] = _copy(archive, member)
        archive.writestr(_entry(CHECKSUMS), _checksums(sums))
    return sums


def list_digest(sums: dict[str, str]) -> str:
    """Return the SHA-256 of the list of checksums, which stands for the whole evidence."""
    return hashlib.sha256(_checksums(sums)).hexdigest()


def _checksums(sums: dict[str, str]) -> bytes:
    """Return the lines as `sha256sum -c` reads them."""
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()


def _copy(archive: zipfile.ZipFile, member: Member) -> str:
    digest = hashlib.sha256()
    with member.path.open("rb") as source, archive.open(_entry(member.name), "w", force_zip64=True) as target:
        while block := source.read(BLOCK):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, FIRST_DAY)
    entry.create_system = 3  # as on Unix, on every system
    entry.external_attr = 0o100600 << 16
    return entry
