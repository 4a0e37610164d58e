"""The framing of MANIFEST and log: what is written is read, a torn tail ends a log, damage is refused."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.c1z.pebble.malformed import Malformed
from connector_host.c1z.pebble.record_log import BLOCK, RecordWriter, read_records

SIZES = st.one_of(st.integers(0, 60), st.integers(BLOCK - 40, BLOCK + 40), st.integers(0, 3 * BLOCK))


def framed(records, number=7, family=0):
    writer = RecordWriter(number, family)
    for record in records:
        writer.add(record)
    return bytes(writer.data)


def read(data, number=7, **how):
    return list(read_records(data, number, **how))


@settings(max_examples=60, deadline=None)
@given(st.lists(SIZES, max_size=8), st.sampled_from([0, 4, 8]), st.integers(0, 2**40))
def test_what_is_written_is_read(sizes, family, number):
    random_ = random.Random(sum(sizes))
    records = [random_.randbytes(size) for size in sizes]
    assert read(framed(records, number, family), number) == records


@pytest.mark.parametrize("family", [0, 4, 8])
def test_every_rest_of_a_block_is_filled(family):
    for rest in range(25):
        records = [bytes(BLOCK - rest), b"next"]
        assert read(framed(records, family=family)) == records


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 70_000))
def test_a_log_that_breaks_off_ends_with_its_last_whole_record(cut):
    records = [b"first", bytes(40_000), b"third" * 20]
    data = framed(records, family=4)[:cut]
    whole = [n for n in range(len(records) + 1) if len(framed(records[:n], family=4)) <= cut][-1]
    assert read(data, torn=True) == records[:whole]
    if data != framed(records[:whole], family=4):
        with pytest.raises(Malformed):
            read(data)


def test_zeroes_behind_the_last_record_end_a_log():
    data = framed([b"one"], family=4)
    assert read(data + bytes(5000), torn=True) == [b"one"]
    with pytest.raises(Malformed, match="zeroes"):
        read(data + bytes(5000))


def test_what_a_file_held_before_it_was_used_again_is_not_read():
    old = framed([b"old" * 300], number=3, family=4)
    new = framed([b"new"], number=7, family=4)
    assert read(new + old[len(new) :], torn=True) == [b"new"]
    overwritten = new + framed([b"x"], number=3, family=4)
    assert read(overwritten, torn=True) == [b"new"]
    with pytest.raises(Malformed, match="another log"):
        read(overwritten)


def test_the_mark_of_a_closed_log_ends_it():
    data = framed([b"one"], number=7, family=4)
    assert read(data + framed([b""], number=8, family=4) + b"rubbish of an older log") == [b"one"]


def test_damage_before_a_place_that_was_synced_is_no_torn_tail():
    records = [bytes([n]) * 1000 for n in range(80)]  # three blocks
    data = bytearray(framed(records, family=8))
    data[5000] ^= 1
    with pytest.raises(Malformed, match="checksum"):
        read(bytes(data), torn=True)
    older = bytearray(framed(records, family=4))  # chunks that tell nothing of what was synced: it may be a tail
    older[5000] ^= 1
    assert read(bytes(older), torn=True) == records[:4]


@pytest.mark.parametrize("position", [0, 4, 6, 9, 40_000])
def test_a_flipped_bit_is_found(position):
    data = bytearray(framed([bytes(50_000), b"second"]))
    data[position] ^= 1
    with pytest.raises(Malformed):
        read(bytes(data))


def test_parts_of_records_in_a_wrong_order_are_refused():
    writer = RecordWriter()
    writer._chunk(1, b"first")  # position 1: the first part
    with pytest.raises(Malformed, match="ends within a record"):
        read(bytes(writer.data))
    writer._chunk(0, b"whole")
    with pytest.raises(Malformed, match="last part"):
        read(bytes(writer.data))
    alone = RecordWriter()
    alone._chunk(3, b"last")
    with pytest.raises(Malformed, match="first part"):
        read(bytes(alone.data), torn=True)


def test_a_chunk_of_an_unknown_type_is_refused():
    data = bytearray(framed([b"one"]))
    data[6] = 13
    with pytest.raises(Malformed, match="type 13"):
        read(bytes(data))
