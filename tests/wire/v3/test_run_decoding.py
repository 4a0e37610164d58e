"""Records that are decoded together give the rows that each of them gives alone."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.wire.grant_row import GrantRow
from connector_host.wire.stored_grants import IMMUTABLE, sources_field
from connector_host.wire.v3.record_decoding import GrantRecordDecoder
from connector_host.wire.v3.run_decoding import RunDecoder
from connector_host.wire.v3.run_records import RunRecords, record_end

ON = ("group", "g1", "group:g1:member")
NAMES = st.one_of(
    st.integers(0, 99999).map(str),
    st.integers(1, 300).map(lambda size: "n" * size),
    st.sampled_from(["é☃𝄞", "ÿ", '"', "a\x01b", "a\x00b", "group:g1:member", ""]),
)
ENDS = st.sampled_from(
    [
        record_end(b"\x08\x05", b""),
        record_end(b"\x08\x05\x10\x07", b""),
        record_end(b"", b""),
        record_end(b"\x08\x05", IMMUTABLE + sources_field({"group:g2:member": True, "group:g1:member": False})),
        b"\x2a\x02\x08\x05\x32\x03\x0a\x01x\x38\x01",  # an expansion
        b"\x12\x05other",  # another id
        b"\x2a\x02\x08\x05\x52\x01s",  # a scope
        b"\x2a\x7f",  # cut off
    ]
)


def record(name, end, start="group:g1:member:user:"):
    head, middle = RunRecords(*ON, "user", start).around(len(name.encode()))
    return head + name.encode() + middle + name.encode() + end


def alone(decoder, records):
    return [(row._replace(row=number), time) for number, (row, time) in enumerate(map(decoder.row, records), 1)]


def together(names, records):
    run = RunDecoder(GrantRecordDecoder()).run([name.encode() for name in names], records)
    return None if run is None else list(zip(run.rows(count(1)), [end.discovered for end in run.ends], strict=True))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NAMES, ENDS), min_size=1, max_size=6))
def test_the_rows_are_those_of_single_records(grants):
    names = [name for name, _ in grants]
    records = [record(name, end) for name, end in grants]
    rows = together(names, records)
    if rows is not None:
        assert rows == alone(GrantRecordDecoder(), records)
        assert all(type(row) is GrantRow for row, _ in rows)


def test_plain_ones_are_decoded_together():
    names = ["u1", "u22", "é", "n" * 200]
    times = [b"\x08\x05", b"\x08\x06", b"", b"\x08\x05"]
    records = [record(name, record_end(time, b"")) for name, time in zip(names, times, strict=True)]
    rows = together(names, records)
    assert [row.principal for row, _ in rows] == names
    assert [row.id for row, _ in rows] == [f"group:g1:member:user:{name}" for name in names]
    assert [time for _, time in rows] == times


@pytest.mark.parametrize(
    "change",
    [
        lambda records: [*records[:2], record("u9", b"")],  # of another principal than the key says
        lambda records: [*records[:2], record("u3", b"", start="own:")],
        lambda records: [*records[:2], records[2][:-1]],
        lambda records: [*records[:2], b""],
        lambda records: [records[0][:9], *records[1:]],
        lambda records: [records[0] + b"u", records[1][:-2] + b"2" + record("u3", b"")[:1], records[2][1:]],
    ],
)
def test_others_are_not(change):
    names = ["u1", "u2", "u3"]
    assert together(names, change([record(name, b"") for name in names])) is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 9).map(str), min_size=1, max_size=4, unique=True), ENDS, st.integers(1, 200))
def test_records_between_pieces_are_those_records(digits, end, size):
    names = [digit * size for digit in digits]
    pieces = (*RunRecords(*ON, "user", "group:g1:member:user:").around(size), end)
    decoder = RunDecoder(GrantRecordDecoder())
    for _ in range(2):  # the second time from memory
        run = decoder.run_between([name.encode() for name in names], pieces)
        rows = None if run is None else list(zip(run.rows(count(1)), [end.discovered for end in run.ends], strict=True))
        assert rows == together(names, [record(name, end) for name in names])


@pytest.mark.parametrize(
    "pieces",
    [(b"\x12\x02", b""), (b"", b"", b""), (*RunRecords(*ON, "user", "own:").around(2), b"")],
)
def test_other_pieces_are_left_to_the_decoder(pieces):
    assert RunDecoder(GrantRecordDecoder()).run_between([b"u1", b"u2"], pieces) is None


@pytest.mark.parametrize("name", [b"\x01\x02", b"\xff\xff", b"", b"\x00\x00"])
def test_ids_that_are_no_plain_text_are_left_to_the_decoder(name):
    pieces = (*RunRecords(*ON, "user", "group:g1:member:user:").around(len(name) or 1), b"")
    assert RunDecoder(GrantRecordDecoder()).run_between([name, b"u1"], pieces) is None
