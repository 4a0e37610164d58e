"""The hash chain of an audit record: how its lines are linked, and the check that none is missing or altered.

Every line has its number (`seq`) and the SHA-256 of the line before it (`prev`). The file beside it, `NAME.head`, has
the number and hash of the last line, so that lines missing at the end are found, too. A person who can write both can
write another history: the hash of a line that was noted elsewhere shows that (`audit verify --expect`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from ..decoding.json_decoding import decode_json
from ..errors import FileError
from ..operating_system import read_at

__all__ = ["ChainCheck", "Link", "head_path", "last_link", "line_hash", "read_head", "verify", "write_head"]

CHUNK = 1 << 16
HEAD = "{:020d} {}\n"
"""One size for every head, so that writing it is one small write in place."""
LONGEST_LINE = 64 << 20


class Link(Struct, frozen=True):
    """A line's place in the chain: its number, 0 for one without, and its SHA-256."""

    seq: int
    sha256: str


class ChainCheck(Struct, kw_only=True):
    """The result of `verify`: numbers of lines, the last link, problems by line, and changes without an end."""

    lines: int = 0
    chained: int = 0
    head: Link | None = None
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)


def line_hash(line: bytes) -> str:
    """Return the SHA-256 of a line, without its line feed."""
    return hashlib.sha256(line).hexdigest()


def head_path(path: Path) -> Path:
    """Return the file with the last link of the record at `path`."""
    return path.with_name(f"{path.name}.head")


def last_link(handle: int) -> Link | None:
    """Return the link of the last line of an open file; None when it is empty. Raises OSError."""
    lines = _lines_backwards(handle)
    last = next(lines, None)
    if last is None:
        return None
    seq = _seq(last)
    sha256 = line_hash(last)
    while not seq and (line := next(lines, None)) is not None:  # cut short, or of an older version
        seq = _seq(line)
    return Link(seq, sha256)


def write_head(handle: int, link: Link) -> None:
    """Write the last link into the open head file. Raises OSError."""
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, HEAD.format(link.seq, link.sha256).encode())
    os.fsync(handle)


def read_head(path: Path) -> Link | None:
    """Return the last link as the head file of the record at `path` has it; None without one, or with an empty one."""
    try:
        text = head_path(path).read_text(encoding="ascii").strip()
        seq, _, sha256 = text.partition(" ")
        return Link(int(seq), sha256) if text else None  # empty: the disk was full when the first head was written
    except FileNotFoundError:
        return None
    except (ValueError, OSError) as error:
        raise FileError(f"{head_path(path)} cannot be read ({error})", hint="Restore it from a backup.") from error


def verify(path: Path, expected: str = "") -> ChainCheck:
    """Check the chain of the record at `path`. `expected` is the SHA-256 of a line that must be in it.

    Raises FileError when the record cannot be read.
    """
    check = ChainCheck()
    hashes: dict[str, int] = {}
    begun: dict[str, str] = {}
    previous: Link | None = None
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                record = _record(line)
                link = Link(_number(record.get("seq")), line_hash(line.rstrip(b"\n")))
                if problem := _problem(number, line, record, link, previous, check.chained > 0):
                    check.problems.append(problem)
                _note_change(number, record, begun)
                check.lines, check.chained = number, check.chained + (link.seq > 0)
                hashes[link.sha256] = number
                previous = check.head = link
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}", hint="Specify another file.") from error
    check.unfinished = list(begun.values())
    _check_end(path, check, hashes, expected)
    return check


def _problem(number: int, line: bytes, record: dict[str, Any], link: Link, previous: Link | None, chained: bool) -> str:
    """Return what is wrong with the place of a line in the chain; empty when it follows the one before it."""
    if not record:
        return f"line {number} is not a record: it was cut short or altered"
    if not link.seq:
        return f"line {number} is outside the chain: it was inserted or altered" if chained else ""
    if not line.endswith(b"\n"):
        return f"line {number} is cut short"
    before = previous or Link(0, "")
    return "" if record.get("prev") == before.sha256 else _broken_link(number, link, before)


def _broken_link(number: int, link: Link, before: Link) -> str:
    missing = link.seq - before.seq - 1
    if missing > 0 and (before.seq or number == 1):
        return f"{missing} line(s) are missing before line {number}"
    return f"line {number - 1} was altered, or lines between it and line {number} were removed or inserted"


def _note_change(number: int, record: dict[str, Any], begun: dict[str, str]) -> None:
    change = str(record.get("change", ""))
    if record.get("event") == "begin":
        action = str(record.get("action", "change"))
        begun[change] = f"line {number}: the {action} {change} has no end: it may or may not have been made"
    elif record.get("event") == "end":
        begun.pop(change, None)


def _check_end(path: Path, check: ChainCheck, hashes: dict[str, int], expected: str) -> None:
    if expected and expected not in hashes:
        check.problems.append("the line with the expected hash is missing or altered")
    head = read_head(path)
    if head is None:
        if check.chained:
            check.notes.append(f"{head_path(path).name} is missing or empty: lines removed at the end cannot be found.")
    elif head.sha256 not in hashes:
        last = check.head.seq if check.head is not None else 0
        altered = "the last line was altered"
        missing = f"{head.seq - last} line(s) are missing at the end" if head.seq > last else altered
        check.problems.append(f"{missing}: {head_path(path).name} has number {head.seq}")


def _record(line: bytes) -> dict[str, Any]:
    try:
        record = decode_json(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _seq(line: bytes) -> int:
    return _number(_record(line).get("seq"))


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _lines_backwards(handle: int) -> Iterator[bytes]:
    """Yield the lines of a file from the last on, without line feeds; an empty end counts as none."""
    end = os.fstat(handle).st_size
    unsplit = b""
    started = False
    while end > 0 and len(unsplit) < LONGEST_LINE:
        size = min(CHUNK, end)
        end -= size
        unsplit = read_at(handle, size, end) + unsplit
        parts = unsplit.split(b"\n")
        unsplit = parts[0]
        for part in reversed(parts[1:]):
            if part or started:
                yield part
            started = True
    with suppress(StopIteration):
        if unsplit:
            yield unsplit
