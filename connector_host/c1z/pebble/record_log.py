"""The framing of MANIFEST and write-ahead log: records in chunks, chunks in blocks of 32 KiB, as in LevelDB.

A chunk has a header and a part of a record; it never crosses a block's end, and a remainder too short for a header is
filled with zeroes. The header is the masked CRC-32C of all that follows it, the length of the part (2 bytes) and the
chunk's type; in types 5 to 8 the log's number follows (4 bytes), in types 9 to 12 also the offset up to which the log
was known to be on the disk (8 bytes). Of each four, the types say: whole record, first, middle, last part of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from .checksums import masked_crc32c
from .malformed import Malformed

__all__ = ["BLOCK", "RecordWriter", "read_records"]

BLOCK = 32 * 1024
HEADER = Struct("<IHB")
NUMBER = Struct("<I")
SYNCED = Struct("<Q")
SIZES = (0,) + (7,) * 4 + (11,) * 4 + (19,) * 4  # of the header, by the chunk's type
WHOLE, FIRST, MIDDLE, LAST = range(4)
NUMBERED, WITH_OFFSET = 11, 19
WORD = 0xFFFFFFFF


class _Torn(Malformed):
    """The end of the chunks as a stopped writer leaves it; `at` is the position in the log."""

    def __init__(self, at: int, problem: str) -> None:
        super().__init__(f"{problem} at byte {at}")
        self.at = at


def read_records(data: bytes, number: int = 0, *, torn: bool = False) -> Iterator[bytes]:
    """Yield the records of a log, whose file has this number. Raises Malformed for damage.

    With `torn`, a log that breaks off ends with its last complete record, as in Pebble for the newest log, unless a
    later chunk shows that the position had been synchronised to the disk.
    """
    parts: list[bytes] = []
    try:
        for position, part in _chunks(data, number & WORD):
            if position in (WHOLE, FIRST) and parts:
                raise Malformed("a record's last part is missing")
            if position in (MIDDLE, LAST) and not parts:
                raise Malformed("a record's first part is missing")
            parts.append(part)
            if position in (WHOLE, LAST):
                yield b"".join(parts)
                parts = []
    except _Torn as error:
        if not torn or _synced_beyond(data, number & WORD, error.at):
            raise
        return
    if parts and not torn:
        raise Malformed("it ends within a record")


def _chunks(data: bytes, number: int) -> Iterator[tuple[int, bytes]]:
    """Yield (position in its record, content) of each chunk. Raises _Torn where they end before the data do."""
    at, size = 0, len(data)
    while at < size:
        room = min(BLOCK - at % BLOCK, size - at)
        if room < WITH_OFFSET and not any(data[at : at + room]):  # the remainder of a block, for any header
            at += room
            continue
        if room < HEADER.size:
            raise _Torn(at, "a chunk without a complete header")
        chunk_type = data[at + 6]
        if _ends_log(data, at, room, chunk_type, number):
            return
        yield (chunk_type - 1) % 4, _chunk(data, at, room, number)
        at += SIZES[chunk_type] + int.from_bytes(data[at + 4 : at + 6], "little")


def _chunk(data: bytes, at: int, room: int, number: int) -> bytes:
    """Return the content of the chunk at a position; `room` is the number of bytes to its block's end."""
    checksum, length, chunk_type = HEADER.unpack_from(data, at)
    header = SIZES[chunk_type] if chunk_type < len(SIZES) else 0
    if not header:
        is_zero = not checksum + length + chunk_type
        raise _Torn(at, "zeroes instead of a chunk" if is_zero else f"a chunk of type {chunk_type}")
    if header + length > room:
        raise _Torn(at, "a chunk that is longer than its block")
    if header >= NUMBERED and NUMBER.unpack_from(data, at + 7)[0] != number:
        raise _Torn(at, "a chunk of another log")
    if masked_crc32c(data[at + 6 : at + header + length]) != checksum:
        raise _Torn(at, "a chunk with a wrong checksum")
    return data[at + header : at + header + length]


def _ends_log(data: bytes, at: int, room: int, chunk_type: int, number: int) -> bool:
    """Return True at the mark of a log that was closed: a chunk of the log after it."""
    if chunk_type >= len(SIZES) or not NUMBERED <= SIZES[chunk_type] <= room:
        return False
    return bool(NUMBER.unpack_from(data, at + 7)[0] == (number + 1) & WORD)


def _synced_beyond(data: bytes, number: int, broken: int) -> bool:
    """Return True when a sound chunk in a later block shows that the log was on the disk beyond the break."""
    for start in range(broken - broken % BLOCK + BLOCK, len(data), BLOCK):
        at, end = start, min(start + BLOCK, len(data))
        while at + HEADER.size <= end:
            try:
                part = _chunk(data, at, end - at, number)
            except Malformed:
                break
            header = SIZES[data[at + 6]]
            if header == WITH_OFFSET and SYNCED.unpack_from(data, at + 11)[0] > broken:
                return True
            at += header + len(part)
    return False


class RecordWriter:
    """Writer of records into a new log. `family` is 0 for chunk types 1 to 4, 4 for 5 to 8, 8 for 9 to 12."""

    def __init__(self, number: int = 0, family: int = 0) -> None:
        self.data = bytearray()
        self._number, self._family = number, family

    def add(self, record: bytes) -> None:
        """Append a record."""
        header = SIZES[self._family + 1]
        at, first = 0, True
        while first or at < len(record):
            room = BLOCK - len(self.data) % BLOCK
            if room < header:
                self.data += bytes(room)
                room = BLOCK
            part = record[at : at + room - header]
            at += len(part)
            last = at == len(record)
            position = (WHOLE if last else FIRST) if first else (LAST if last else MIDDLE)
            self._chunk(position, part)
            first = False

    def _chunk(self, position: int, part: bytes) -> None:
        body = bytes((self._family + position + 1,))
        if self._family:
            body += NUMBER.pack(self._number & WORD)
        if self._family == 8:
            body += SYNCED.pack(len(self.data))
        body += part
        self.data += masked_crc32c(body).to_bytes(4, "little") + len(part).to_bytes(2, "little") + body
