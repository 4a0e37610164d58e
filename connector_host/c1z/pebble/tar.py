"""Reading of a tar archive of regular files as a stream, and writing of one.

Only the content of a payload is accepted: files with simple names, without folders. Extended headers are ignored unless
they change a name or a size. Source: POSIX.1, pax, "ustar Interchange Format" and "pax Extended
Header".
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from ..zstd_frames import ByteSink
from .malformed import Malformed, Unknown
from .payload_folder import PayloadFolder

__all__ = ["Untar", "write_tar"]

BLOCK = 512
FILES = (b"0", b"\x00")
EXTENDED = (b"x", b"g")
MOST_EXTENDED = 64 << 10
CHANGING = re.compile(rb"\d+ (path|linkpath|size|GNU\.sparse[^=]*)=")
UNREAD_TYPES = {b"1": "a link", b"2": "a link", b"3": "a device", b"4": "a device", b"5": "a folder", b"6": "a pipe"}


class Untar:
    """Extractor of the files of an archive whose bytes come by `write`; a context manager. Call `finish` at the end."""

    def __init__(self, folder: PayloadFolder) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._out: IO[bytes] | None = None
        self._header = bytearray()
        self._extended: bytearray | None = None
        self._left = self._padding = 0
        self._ended = False

    def __enter__(self) -> Untar:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.__exit__(*error)  # type: ignore[arg-type]

    def write(self, data: bytes) -> None:
        """Process the next bytes."""
        at = 0
        while at < len(data):
            if self._left:
                at += self._content(data[at : at + self._left])
            elif self._padding:
                step = min(self._padding, len(data) - at)
                self._padding -= step
                at += step
            else:
                part = data[at : at + BLOCK - len(self._header)]
                self._header += part
                at += len(part)
                if len(self._header) == BLOCK:
                    self._entry(bytes(self._header))
                    self._header.clear()

    def finish(self) -> None:
        """End the archive. Raises Malformed if it is incomplete."""
        if self._left or self._header or not self._ended:
            raise Malformed("its tar archive is truncated")

    def _content(self, part: bytes) -> int:
        self._left -= len(part)
        if self._extended is not None:
            self._extended += part
            if not self._left:
                _check_extended(bytes(self._extended))
                self._extended = None
        elif self._out is not None:
            self._out.write(part)
        if not self._left:
            self._stack.close()
        return len(part)

    def _entry(self, header: bytes) -> None:
        if self._ended or not any(header):
            self._ended = True  # zeroes end an archive; the bytes after them do not count
            return
        blank = header[:148] + b" " * 8 + header[156:]
        if _octal(header[148:156]) != sum(blank):
            raise Malformed("a header of its tar archive has a wrong checksum")
        name = _text(header[:100])
        if header[257:262] == b"ustar" and _text(header[345:500]):
            name = f"{_text(header[345:500])}/{name}"
        size, entry_type = _size(header[124:136]), header[156:157]
        self._left, self._padding = size, -size % BLOCK
        if entry_type in EXTENDED:
            if size > MOST_EXTENDED:
                raise Malformed("its tar archive has an extended header that is far too large")
            self._extended = bytearray()
        elif entry_type in FILES:
            self._folder.reserve(name)
            self._out = self._stack.enter_context(self._folder.create(name))
            if not size:
                self._stack.close()
        else:
            raise Malformed(
                f"its payload has {UNREAD_TYPES.get(entry_type, 'something other than a file')} named {name[:60]!r}"
            )


def _check_extended(data: bytes) -> None:
    """Refuse records that override the header of the next file."""
    at = 0
    while at < len(data):
        override = CHANGING.match(data, at)
        if override:
            raise Unknown(f"a tar archive with {override[1].decode()} in an extended header")
        size = re.match(rb"(\d{1,9}) ", data[at : at + 10])
        if size is None or int(size[1]) == 0:
            raise Malformed("an extended header of its tar archive is not valid")
        at += int(size[1])


def _text(field: bytes) -> str:
    return field.partition(b"\x00")[0].decode("utf-8", "replace")


def _octal(field: bytes) -> int:
    digits = field.strip(b" \x00")
    if not re.fullmatch(rb"[0-7]*", digits):
        raise Malformed("a header of its tar archive has an invalid number")
    return int(digits or b"0", 8)


def _size(field: bytes) -> int:
    """Decode a size: octal digits, or base 256 after the byte 0x80."""
    return int.from_bytes(field[1:], "big") if field[0] == 0x80 else _octal(field)


def write_tar(files: Iterable[Path], out: ByteSink) -> None:
    """Write an archive of files, each under its own name."""
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.USTAR_FORMAT) as archive:  # type: ignore[call-overload]
        for path in files:
            entry = tarfile.TarInfo(path.name)
            entry.size, entry.mode = path.stat().st_size, 0o600
            with path.open("rb") as file:
                archive.addfile(entry, file)
