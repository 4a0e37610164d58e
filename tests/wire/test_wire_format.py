"""The wire encoding by hand, against the protobuf library."""

import pytest
from google.protobuf.internal.encoder import _VarintBytes
from google.protobuf.struct_pb2 import ListValue, Value
from hypothesis import given
from hypothesis import strategies as st

from connector_host.wire.wire_format import (
    LENGTHS,
    WireError,
    block,
    items,
    length,
    read_varint,
    scan,
    text,
    texts,
    varint,
)


@given(st.integers(0, 2**64 - 1))
def test_a_varint_is_the_librarys_and_reads_back(number):
    assert varint(number) == _VarintBytes(number)
    assert read_varint(b"\xff" + varint(number) + b"\x00", 1) == (number, 1 + len(varint(number)))


@pytest.mark.parametrize("number", [0, 1, 127, 128, 2047, 2048, 16383, 16384, 2**21])
def test_a_length_is_the_same_with_and_without_the_table(number):
    assert length(number) == varint(number) == _VarintBytes(number)
    assert LENGTHS[2047] == _VarintBytes(2047)


@given(st.lists(st.text(max_size=300), max_size=5))
def test_fields_are_found_again(values):
    message = ListValue(values=[Value(string_value=value) for value in values]).SerializeToString()
    inner = [message[start:end] for tag, _, start, end in scan(message) if tag == 0x0A]
    assert [text(b"\x1a", value, "x") or b"\x1a\x00" for value in values] == inner
    whole = b"".join(message[start:end] for _, start, _, end in scan(message))
    assert whole == message


@pytest.mark.parametrize(
    "data",
    [
        b"\x0a",  # no length
        b"\x0a\x05abc",  # too short
        b"\x08",  # no number
        b"\x08" + b"\xff" * 10 + b"\x01",  # a number of 11 bytes
        b"\x09\x00",  # half a double
        b"\x0d\x00",  # half a float
        b"\x0b",  # a group
        b"\x00\x00",  # field 0
        b"\x80",
    ],
)
def test_what_is_no_message_is_refused(data):
    with pytest.raises(WireError):
        list(scan(data))


def test_all_wire_types_are_passed():
    data = b"\x09" + bytes(8) + b"\x0d" + bytes(4) + b"\x08\xff\x01" + b"\x0a\x01x" + b"\x82\x01\x00"
    assert [tag for tag, *_ in scan(data)] == [0x09, 0x0D, 0x08, 0x0A, 0x82]


def test_texts_are_checked():
    assert text(b"\x0a", "", "name") == b""
    assert texts(b"\x0a", ("", "a"), "names") == b"\x0a\x00\x0a\x01a"
    assert block(b"\x0a", b"") == b"\x0a\x00"
    with pytest.raises(TypeError, match=r"^name: a text \(str\) is needed, not int$"):
        text(b"\x0a", 5, "name")
    with pytest.raises(ValueError, match="^name: .* lone surrogate"):
        text(b"\x0a", "a\ud800", "name")
    with pytest.raises(TypeError, match=r"^names\[1\]: .* not NoneType$"):
        texts(b"\x0a", ["a", None], "names")
    with pytest.raises(TypeError, match="^names: a tuple or list is needed, not str$"):
        items("abc", "names")
