"""Profiles and times: Go's key order, and values that cannot be written."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from connector_host.wire.google_values import DEEPEST, struct, timestamp
from connector_host.wire.pb.c1.connector.v2 import objects_pb2
from connector_host.wire.wire_format import scan

LETTERS = st.text("né\U0001f600sted\x00", max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | LETTERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(LETTERS, inner, max_size=5),
    max_leaves=12,
)


def keys_in_order(data):
    """The keys of a Struct as they stand, and those of the Structs in it."""
    found = []
    for tag, _, start, end in scan(data):
        assert tag == 0x0A
        entry = data[start:end]
        parts = {field: entry[first:last] for field, _, first, last in scan(entry)}
        found.append(parts[0x0A])
        for field, _, first, last in scan(parts[0x12]):
            if field == 0x2A:
                keys_in_order(parts[0x12][first:last])
    assert found == sorted(found)
    return found


@given(st.dictionaries(LETTERS, JSON, max_size=6))
def test_a_profile_reads_back_and_its_keys_are_sorted_by_their_bytes(profile):
    data = struct(profile, "profile")
    assert MessageToDict(Struct.FromString(data)) == profile
    keys_in_order(data)


def test_a_key_stands_before_longer_keys_that_begin_with_it():
    inner = {"nested": {"n": 1, "nested": 2, "na": None}, "n": True}
    assert keys_in_order(struct(inner, "profile")) == [b"n", b"nested"]
    # as the Go tools write it
    assert struct({"nested": {"deep": True}, "n": 0}, "profile") == (
        b"\n\x0e\n\x01n\x12\t\x11\x00\x00\x00\x00\x00\x00\x00\x00\n\x18\n\x06nested\x12\x0e*\x0c\n\n\n\x04deep\x12\x02 \x01"
    )
    assert struct({}, "profile") == b""
    assert struct({"": None, "e": "", "l": [], "o": {}}, "p") == (
        b"\n\x06\n\x00\x12\x02\x08\x00\n\x07\n\x01e\x12\x02\x1a\x00\n\x07\n\x01l\x12\x022\x00\n\x07\n\x01o\x12\x02*\x00"
    )


def nest(levels, wrap):
    value = "x"
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}])
def test_the_deepest_profile_can_still_be_read_inside_a_grant(wrap):
    profile = {"a": nest(DEEPEST - 1, wrap)}
    grant = objects_pb2.Grant()
    grant.entitlement.resource.profile.MergeFromString(struct(profile, "profile"))
    assert (
        MessageToDict(objects_pb2.Grant.FromString(grant.SerializeToString()).entitlement.resource.profile) == profile
    )
    with pytest.raises(ValueError, match="nested more than 24 levels deep"):
        struct({"a": nest(DEEPEST, wrap)}, "profile")


def test_a_profile_that_holds_itself_ends_in_an_error():
    loop = {}
    loop["again"] = [loop]
    with pytest.raises(ValueError, match="nested more than"):
        struct(loop, "profile")


@pytest.mark.parametrize(
    ("profile", "kind", "words"),
    [
        ({"a": float("nan")}, ValueError, "profile.a: nan is not a JSON number"),
        ({"a": [1, float("-inf")]}, ValueError, r"profile.a\[1\]: -inf is not a JSON number"),
        ({"a": 2**53 + 1}, ValueError, "profile.a: 9007199254740993 is too large"),
        ({"a": 10**400}, ValueError, "profile.a: .* is too large"),
        ({"a": {"b": b"x"}}, TypeError, "profile.a.b: bytes is not a JSON value"),
        ({"a": datetime.now(UTC)}, TypeError, "profile.a: datetime is not a JSON value"),
        ({"a": {1, 2}}, TypeError, "profile.a: set is not a JSON value"),
        ({1: "x"}, TypeError, "profile: key 1: .* not int"),
        ({"a": "\ud800"}, ValueError, "profile.a: .* lone surrogate"),
        ({"\ud800": 1}, ValueError, "profile: key .* lone surrogate"),
        ([("a", 1)], TypeError, "profile: a mapping is needed, not list"),
        ("a", TypeError, "profile: a mapping is needed, not str"),
    ],
)
def test_what_is_no_json_is_refused_by_name(profile, kind, words):
    with pytest.raises(kind, match=words):
        struct(profile, "profile")


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=ZONES))
def test_a_time_is_the_librarys(moment):
    expected = Timestamp()
    expected.FromDatetime(moment)
    assert timestamp(moment, "at") == expected.SerializeToString()


def test_times_at_the_borders():
    assert timestamp(datetime(1970, 1, 1, tzinfo=UTC), "at") == b""
    assert (
        timestamp(datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC), "at")
        == b"\x08" + b"\xff" * 9 + b"\x01\x10\xe8\x07"
    )
    east, west = timezone(timedelta(hours=1)), timezone(timedelta(hours=-1))
    for moment in (datetime(1, 1, 1, tzinfo=east), datetime(9999, 12, 31, 23, 30, tzinfo=west)):
        with pytest.raises(ValueError, match="at: .* outside the years 1 to 9999"):
            timestamp(moment, "at")


def test_what_is_no_time_is_refused_by_name():
    with pytest.raises(ValueError, match="^at: 2026-01-01T00:00:00 has no time zone$"):
        timestamp(datetime(2026, 1, 1), "at")
    for wrong in (date(2026, 1, 1), "2026-01-01", 5):
        with pytest.raises(TypeError, match="^at: a datetime is needed"):
            timestamp(wrong, "at")
