"""Compressed blocks: decoded alike with and without a library, refused by name, bounded."""

import random

import cramjam
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.c1z.pebble import compression
from connector_host.c1z.pebble.compression import NONE, SNAPPY, ZSTD, decompress, python_snappy
from connector_host.c1z.pebble.malformed import Malformed, Unknown
from connector_host.wire.wire_format import WireError
from tests.c1z.pebble.making import varint

MOST = 1 << 20
PIECES = st.lists(
    st.one_of(st.binary(max_size=80), st.builds(lambda b, n: b * n, st.binary(max_size=9), st.integers(0, 900)))
)


@settings(max_examples=100, deadline=None)
@given(PIECES)
def test_snappy_is_decoded_without_a_library(pieces):
    data = b"".join(pieces)
    assert python_snappy(bytes(cramjam.snappy.compress_raw(data))) == data


def test_long_literals_and_distant_copies():
    data = random.Random(1).randbytes(70_000)
    data += data[:500] + b"a" * 5000 + data[3:60_000]
    assert python_snappy(bytes(cramjam.snappy.compress_raw(data))) == data
    # a copy with a 4-byte offset, which no writer makes
    assert python_snappy(varint(8) + b"\x0cabcd" + bytes((3 << 2 | 3,)) + (4).to_bytes(4, "little")) == b"abcdabcd"


@pytest.mark.parametrize(
    "data",
    [
        b"\x05\x10hell",  # a literal that is cut off
        b"\x06\x10hello",  # shorter than it says
        b"\x04\x10hello",  # longer
        b"\x08\x0cabcd\x01\x09",  # a copy from before the start
        b"\x08\x0cabcd\x01\x00",  # a copy of offset 0
    ],
)
@pytest.mark.parametrize("library", [True, False])
def test_broken_snappy_is_refused(data, library, monkeypatch):
    if not library:
        monkeypatch.setattr(compression, "_snappy", lambda: python_snappy)
    with pytest.raises(Malformed, match="Snappy"):
        decompress(SNAPPY, data, MOST)


def test_every_compression_that_is_read():
    data = b"some bytes " * 100
    assert decompress(NONE, data, MOST) == data
    assert decompress(SNAPPY, bytes(cramjam.snappy.compress_raw(data)), MOST) == data
    packed = zstandard.ZstdCompressor().compress(data)
    assert decompress(ZSTD, varint(len(data)) + packed, MOST) == data
    unsized = zstandard.ZstdCompressor(write_content_size=False).compress(data)
    assert decompress(ZSTD, varint(len(data)) + unsized, MOST) == data


@pytest.mark.parametrize(("kind", "name"), [(8, "MinLZ"), (2, "zlib"), (4, "LZ4"), (99, "compression 99")])
def test_others_are_refused_by_name(kind, name):
    with pytest.raises(Unknown, match=name):
        decompress(kind, b"\x04data", MOST)


def test_no_more_is_decoded_than_allowed():
    data = bytes(2 * MOST)
    for kind, packed in (
        (SNAPPY, bytes(cramjam.snappy.compress_raw(data))),
        (ZSTD, varint(len(data)) + zstandard.ZstdCompressor().compress(data)),
    ):
        with pytest.raises(Malformed, match="the most"):
            decompress(kind, packed, MOST)
    lying = varint(10) + zstandard.ZstdCompressor().compress(data)
    with pytest.raises(Malformed, match="size"):
        decompress(ZSTD, lying, MOST)
    lying = varint(10) + zstandard.ZstdCompressor(write_content_size=False).compress(data)
    with pytest.raises(Malformed, match="zstd"):
        decompress(ZSTD, lying, MOST)


@pytest.mark.parametrize("data", [b"", b"\xff" * 11])
def test_a_size_that_is_none(data):
    with pytest.raises(WireError):
        decompress(SNAPPY, data, MOST)


def test_rubbish_is_no_zstd():
    with pytest.raises(Malformed, match="zstd"):
        decompress(ZSTD, b"\x05hello", MOST)
