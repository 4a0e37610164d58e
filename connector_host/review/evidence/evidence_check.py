"""Check of an evidence file: every member is listed with its SHA-256, and nothing was added, removed or altered."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

from msgspec import Struct, field

from ...decoding.archive_errors import ARCHIVE_ERRORS
from ...decoding.json_decoding import decode_json
from ...errors import FileError
from .evidence_archive import CHECKSUMS

__all__ = ["EvidenceCheck", "check_evidence"]

LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
BLOCK = 1 << 20
MOST_LIST = 16 << 20  # bytes of the checksums, and of evidence.json
MOST_BYTES = 20 << 30  # of all members
MANIFEST = "evidence.json"


class EvidenceManifest(Struct, frozen=True):
    """The statement `evidence.json`: whether the evidence is complete, and what is missing."""

    format: int
    complete: bool
    missing: tuple[str, ...] = ()
    review: str = ""


class EvidenceCheck(Struct, kw_only=True):
    """The result of a check: the number of files, problems, the hash of the list of checksums, and the statement."""

    files: int = 0
    sha256: str = ""
    problems: list[str] = field(default_factory=list)
    manifest: EvidenceManifest | None = None


def check_evidence(path: Path, expected: str = "") -> EvidenceCheck:
    """Check an evidence file. `expected` is the SHA-256 of its list of checksums, noted from an earlier check.

    Raises FileError for a file that is no evidence.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _check(path, archive, expected)
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror or error}).", hint="Name an evidence file.") from error
    except ARCHIVE_ERRORS as error:
        raise FileError(
            f"{path} is not a readable ZIP file ({error}).", hint="Ask the sender for a new copy."
        ) from error


def _check(path: Path, archive: zipfile.ZipFile, expected: str) -> EvidenceCheck:
    check = EvidenceCheck()
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if CHECKSUMS not in names or MANIFEST not in names:
        raise FileError(
            f"{path} is not evidence of a review: it has no {CHECKSUMS if CHECKSUMS not in names else MANIFEST}.",
            hint="Name the file that `connector-host review evidence` wrote.",
        )
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise FileError(f"{path} is larger than evidence can be.", hint="Ask the sender for a new copy.")
    check.problems += [f"{name} is there twice" for name in sorted({name for name in names if names.count(name) > 1})]
    check.problems += [f"{name} leads out of the folder" for name in names if _is_unsafe(name)]
    content = archive.read(CHECKSUMS) if archive.getinfo(CHECKSUMS).file_size <= MOST_LIST else b""
    check.sha256 = hashlib.sha256(content).hexdigest()
    if expected and expected != check.sha256:
        check.problems.append(f"{CHECKSUMS} is another one: its SHA-256 is {check.sha256}")
    listed = _listed(content, check)
    check.files = len(listed)
    for name in sorted({*names, *listed} - {CHECKSUMS}):
        if name not in listed:
            check.problems.append(f"{name} was added: {CHECKSUMS} does not list it")
        elif name not in names:
            check.problems.append(f"{name} is missing")
        elif _digest(archive, name) != listed[name]:
            check.problems.append(f"{name} was altered")
    check.manifest = _manifest(archive, check)
    return check


def _listed(content: bytes, check: EvidenceCheck) -> dict[str, str]:
    listed: dict[str, str] = {}
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        match = LINE.fullmatch(line)
        if match is None or match[2] in listed:
            check.problems.append(
                f"line {number} of {CHECKSUMS} is {'not a checksum' if match is None else 'repeated'}"
            )
        else:
            listed[match[2]] = match[1]
    return listed


def _digest(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    try:
        with archive.open(name) as member:
            while block := member.read(BLOCK):
                digest.update(block)
    except ARCHIVE_ERRORS:
        return ""
    return digest.hexdigest()


def _manifest(archive: zipfile.ZipFile, check: EvidenceCheck) -> EvidenceManifest | None:
    try:
        if archive.getinfo(MANIFEST).file_size > MOST_LIST:
            raise ValueError("it is too large")
        return decode_json(archive.read(MANIFEST), EvidenceManifest)
    except ARCHIVE_ERRORS as error:
        check.problems.append(f"{MANIFEST} cannot be read ({error})")
        return None


def _is_unsafe(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name.partition("/")[0]
