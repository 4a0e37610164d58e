"""Entries that are read together are those that are read one by one, also in damaged blocks."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.c1z.pebble.block_formats import row_table
from connector_host.c1z.pebble.malformed import Malformed, Unknown
from connector_host.wire.wire_format import length

SET, TAIL = 1, bytes((1, 0, 0, 0, 0, 0, 0, 0))
PIECES = [(b"<", b"|", b">"), (b"", b""), (b"1x1", b"u00", b"", b"001"), (b"constant",), (b"a" * 300, b"\x00" * 200)]
NAMES = st.one_of(
    st.lists(st.integers(0, 999).map(lambda n: b"u%03d" % n), min_size=1, max_size=150),
    st.lists(st.integers(0, 999).map(lambda n: b"%d" % n), min_size=1, max_size=40),
    st.lists(st.binary(max_size=3), min_size=1, max_size=10),
    st.lists(st.integers(1, 30).map(lambda n: b"1" * n), min_size=1, max_size=10),
)
STRETCHES = st.lists(
    st.tuples(NAMES, st.lists(st.sampled_from(PIECES), min_size=1, max_size=2), st.integers(1, 70)), max_size=4
)


def block(stretches, *, prefixed=True, tail=TAIL):
    """Encode a block: for each stretch its names, the pieces of its first and second half, and the entries of a group."""
    data, restarts = bytearray(), []
    location = b"\x00" * prefixed
    for number, (names, pieces, group) in enumerate(stretches):
        prefix = b"\x03\x04\x00entitlement%d\x00" % number
        for position, name in enumerate(sorted(set(names))):
            value = location + name.join(pieces[position * len(pieces) // len(set(names))])
            shared = len(prefix) if position % group else 0
            if not shared:
                restarts.append(len(data))
            key = (b"" if shared else prefix) + name + tail
            data += length(shared) + length(len(key)) + length(len(value)) + key + value
    restarts = restarts or [0]
    return bytes(data) + struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))


def outcome(data, **options):
    """Return what is read of a block, or the error."""
    try:
        rows = row_table.data_rows(data, None, **options)
    except (Malformed, Unknown, IndexError) as error:
        return type(error), str(error)
    if len(rows):
        assert (rows.first, rows.last) == (rows.keys[0], rows.keys[-1])
    assert len(rows) == len(rows.keys) == len(rows.values) == len(rows.sequences)
    return list(rows.keys), list(rows.values), list(rows.sequences), rows.kinds, rows.plain


def outcome_one_by_one(data, **options):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_table, "read_alike_entries", lambda *_, **__: None)
        return outcome(data, **options)


@settings(max_examples=150, deadline=None)
@given(
    STRETCHES, st.booleans(), st.sampled_from([TAIL, b"\x41" + TAIL[1:], b"\x12" + TAIL[1:], b"\x00\x05" + TAIL[2:]])
)
def test_together_as_one_by_one(stretches, prefixed, tail):
    data = block(stretches, prefixed=prefixed, tail=tail)
    assert outcome(data, prefixed=prefixed) == outcome_one_by_one(data, prefixed=prefixed)
    assert outcome(data, prefixed=not prefixed) == outcome_one_by_one(data, prefixed=not prefixed)


@settings(max_examples=150, deadline=None)
@given(STRETCHES, st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=2))
def test_damage_is_read_as_one_by_one(stretches, changes):
    data = bytearray(block(stretches))
    for place, byte in changes:
        data[int(place * (len(data) - 1))] = byte
    assert outcome(bytes(data), prefixed=True) == outcome_one_by_one(bytes(data), prefixed=True)


@pytest.mark.parametrize("pieces", PIECES, ids=str)
def test_alike_entries_are_read_together(pieces):
    names = [b"u%03d" % n for n in range(600)]
    rows = row_table.data_rows(block([(names, [pieces], 64), (names[:99], [pieces, PIECES[0]], 64)]), 7, prefixed=True)
    assert [stretch.prefix for stretch in rows.stretches][:2] == [
        b"\x03\x04\x00entitlement0\x00",
        b"\x03\x04\x00entitlement1\x00",
    ]
    assert rows.stretches[0].names == names
    assert len(rows) == 699
    assert set(rows.sequences) == {7}


def test_parts_of_rows_are_their_entries():
    rows = row_table.data_rows(block([([b"u%03d" % n for n in range(100)], [PIECES[0]], 64)]), None, prefixed=True)
    part = rows.part(3, 20)
    assert (part.keys, part.values) == (rows.keys[3:20], rows.values[3:20])
    assert part.plain
    assert not part.stretches
    assert rows.part(0, 100) is rows
