"""Blocks of HTTP/2 headers: written without the table that both sides share, read with it where the other side uses it.

A block without references to that table always means the same, so it is written once and read once. Source: RFC 7541.
"""

from __future__ import annotations

from collections.abc import Iterable

from hpack import Decoder, HPACKError

__all__ = ["HeaderReader", "Headers", "write_headers"]

Headers = dict[bytes, bytes]
INDEXED = {b"\x83": (b":method", b"POST"), b"\x87": (b":scheme", b"https"), b"\x88": (b":status", b"200")}
"""Entries of the table that never changes, as they are written."""
WRITTEN = {header: data for data, header in INDEXED.items()}
NEVER_INDEXED = b"\x10"
MOST_KEPT = 256


def write_headers(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the block of headers."""
    parts: list[bytes] = []
    for name, value in headers:
        if written := WRITTEN.get((name, value)):
            parts.append(written)
        else:
            parts += (NEVER_INDEXED, _length(len(name)), name, _length(len(value)), value)
    return b"".join(parts)


def _length(number: int) -> bytes:
    if number < 127:
        return bytes((number,))
    parts, number = [127], number - 127
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    parts.append(number)
    return bytes(parts)


class HeaderReader:
    """Reader of the blocks that the other side of one connection sends, in their order."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._kept: dict[bytes, Headers] = {}

    def read(self, block: bytes) -> Headers:
        """Return the headers of a block. ValueError if it is none."""
        if (headers := self._kept.get(block)) is not None:
            return headers
        headers = self._without_table(block)
        if headers is not None:
            if len(self._kept) < MOST_KEPT:
                self._kept[block] = headers
            return headers
        try:
            return {bytes(name): bytes(value) for name, value in self._decoder.decode(block, raw=True)}
        except HPACKError as error:
            raise ValueError(f"headers that cannot be read: {error}") from error

    def _without_table(self, block: bytes) -> Headers | None:
        """Return the headers of a block as `write_headers` writes it; None for any other."""
        headers: Headers = {}
        position, end = 0, len(block)
        while position < end:
            part = block[position : position + 1]
            position += 1
            if part in INDEXED:
                name, value = INDEXED[part]
            elif part == NEVER_INDEXED and end - position > 1:
                texts: list[bytes] = []
                for _ in (0, 1):
                    size = block[position] if position < end else 127
                    if size >= 127 or position + size >= end + (len(texts) == 1):
                        return None
                    texts.append(block[position + 1 : position + 1 + size])
                    position += 1 + size
                name, value = texts
            else:
                return None
            headers[name] = value
        return headers
