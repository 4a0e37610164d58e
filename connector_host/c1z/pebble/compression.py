"""The compressions of the blocks of tables: none, Snappy and zstd. Every other one is refused by its name.

Source for Snappy: https://github.com/google/snappy/blob/main/format_description.txt
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import zstandard

from ...wire.wire_format import read_varint
from .malformed import Malformed, Unknown

__all__ = ["NONE", "SNAPPY", "ZSTD", "decompress", "python_snappy"]

NONE, SNAPPY, ZSTD = 0, 1, 7
UNREAD_COMPRESSIONS = {2: "zlib", 3: "bzip2", 4: "LZ4", 5: "LZ4HC", 6: "XPRESS", 8: "MinLZ"}


def decompress(number: int, data: bytes, most: int) -> bytes:
    """Decompress a block that was stored with a compression of this number, to at most `most` bytes."""
    if number == NONE:
        return data
    if number not in (SNAPPY, ZSTD):
        raise Unknown(f"a block is compressed with {UNREAD_COMPRESSIONS.get(number, f'compression {number}')}")
    size, at = read_varint(data, 0)
    if size > most:
        raise Malformed(f"a block of {size} bytes, the most is {most}")
    return _snappy()(data) if number == SNAPPY else _zstd(data[at:], size)


def _zstd(data: bytes, size: int) -> bytes:
    try:
        if zstandard.get_frame_parameters(data).content_size not in (size, zstandard.CONTENTSIZE_UNKNOWN):
            raise Malformed("a zstd block is not of the size it is said to have")
        out = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompress(data, max_output_size=size)
    except zstandard.ZstdError as error:
        raise Malformed(f"a zstd block cannot be decoded ({error})") from error
    if len(out) != size:
        raise Malformed("a zstd block is not of the size it is said to have")
    return out


@cache
def _snappy() -> Callable[[bytes], bytes]:
    try:
        import cramjam  # noqa: PLC0415 - optional
    except ImportError:
        return python_snappy

    def by_library(data: bytes) -> bytes:
        try:
            return bytes(cramjam.snappy.decompress_raw(data))
        except cramjam.DecompressionError as error:
            raise Malformed(f"a Snappy block cannot be decoded ({error})") from error

    return by_library


def python_snappy(data: bytes) -> bytes:
    """Decode Snappy's raw format without a library. The output is at most 22 times as large as the input."""
    size, at = read_varint(data, 0)
    out = bytearray()
    end = len(data)
    while at < end:
        tag = data[at]
        at += 1
        element = tag & 3
        if element == 0:  # a literal
            length = (tag >> 2) + 1
            if length > 60:
                width = length - 60
                length = int.from_bytes(data[at : at + width], "little") + 1
                at += width
            out += data[at : at + length]
            at += length
            continue
        if element == 1:  # a copy of earlier output
            length, offset = (tag >> 2 & 7) + 4, tag >> 5 << 8 | data[at]
            at += 1
        elif element == 2:
            length, offset = (tag >> 2) + 1, data[at] | data[at + 1] << 8
            at += 2
        else:
            length, offset = (tag >> 2) + 1, int.from_bytes(data[at : at + 4], "little")
            at += 4
        start = len(out) - offset
        if start < 0 or not offset:
            raise Malformed("a Snappy block refers to bytes before its start")
        if offset >= length:
            out += out[start : start + length]
        else:  # the copy overlaps its own output
            out += (out[start:] * (length // offset + 1))[:length]
    if at != end or len(out) != size:
        raise Malformed("a Snappy block is not of the size it is said to have")
    return bytes(out)
