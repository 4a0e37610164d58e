"""Stored times."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connector_host.c1z import timestamps
from connector_host.errors import FileError

MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))


@pytest.fixture
def zone(monkeypatch):
    def change(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield change
    monkeypatch.undo()
    time.tzset()


@given(MOMENTS)
def test_text_and_back(moment):
    text = timestamps.to_text(moment)
    assert timestamps.parse(text) == moment
    assert "T" not in text
    assert not text.endswith((".", "0")) or "." not in text


@given(MOMENTS, st.integers(0, 999))
def test_nanoseconds_and_back(moment, fraction):
    digits = timestamps.to_text(moment)
    number = timestamps.to_nanoseconds(digits) + fraction
    assert timestamps.to_nanoseconds(timestamps.from_nanoseconds(number)) == number
    assert timestamps.from_nanoseconds(number - fraction) == digits


def test_nanoseconds_of_wall_clock(zone):
    zone("America/New_York")
    number = timestamps.to_nanoseconds("2026-01-02 03:04:05.5", local=True)
    assert number == timestamps.to_nanoseconds("2026-01-02 08:04:05.5")
    assert timestamps.from_nanoseconds(number) == "2026-01-02 08:04:05.5"
    assert timestamps.from_nanoseconds(number, local=True) == "2026-01-02 03:04:05.5"
    assert timestamps.to_nanoseconds("2026-01-02T03:04:05.000000001Z", local=True) % 10**9 == 1
    with pytest.raises(FileError, match="is not a time"):
        timestamps.from_nanoseconds(10**25)


@given(MOMENTS, MOMENTS)
def test_text_order_is_time_order(one, other):
    assert (timestamps.to_text(one) < timestamps.to_text(other)) == (one < other)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 23, 10, 0, 1), "2026-11-23 10:00:01"),
        (datetime(2026, 11, 23, 10, 0, 1, 500_000), "2026-11-23 10:00:01.5"),
        (datetime(2026, 11, 23, 10, 0, 0, 10), "2026-11-23 10:00:00.00001"),
    ],
)
def test_zeros_at_the_end_are_left_out(moment, text):
    assert timestamps.to_text(moment) == text


def test_a_moment_with_zone_is_written_as_local_time(zone):
    zone("Europe/Berlin")
    assert timestamps.to_text(datetime(2026, 7, 1, 10, tzinfo=UTC)) == "2026-07-01 12:00:00"
    assert timestamps.parse("2026-07-01T10:00:00Z") == datetime(2026, 7, 1, 12)
    assert timestamps.parse("2026-07-01 10:00:00") == datetime(2026, 7, 1, 10)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23 18:16:29.112723884", datetime(2026, 11, 23, 18, 16, 29, 112_723)),
        ("2026-11-23 18:16:29.1", datetime(2026, 11, 23, 18, 16, 29, 100_000)),
        ("2026-11-23T18:16:29", datetime(2026, 11, 23, 18, 16, 29)),
        ("2026-11-23T18:16:29.5Z", datetime(2026, 11, 23, 18, 16, 29, 500_000)),
        ("2026-11-23 20:16:29+02:00", datetime(2026, 11, 23, 18, 16, 29)),
        ("2026-11-23 20:16:29.25 +0200", datetime(2026, 11, 23, 18, 16, 29, 250_000)),
        ("2026-11-23 18:16:29.25 +0000 UTC", datetime(2026, 11, 23, 18, 16, 29, 250_000)),
        ("2026-11-23 18:16:29.25 +0000 UTC m=+0.012345", datetime(2026, 11, 23, 18, 16, 29, 250_000)),
        ("2026-11-23 18:16", datetime(2026, 11, 23, 18, 16)),
        ("2026-11-23", datetime(2026, 11, 23)),
    ],
)
def test_the_layouts_of_other_writers_are_read(zone, text, moment):
    zone("UTC")
    assert timestamps.parse(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2026-13-01 00:00:00", "2026-02-30 00:00:00", "2026-11-23 25:00:00", "2026-11-23 10:00:00.1234567890",
        "2026-11-23 10:00:00.", " 2026-11-23 10:00:00", "2026-11-23 10:00:00\n", "٢٠٢٦-11-23", "0000-01-01 00:00:00", None, 5, b"2026-11-23",
    ],
)  # fmt: skip
def test_what_is_not_a_time_is_a_clear_error(text):
    for reader in (timestamps.parse, timestamps.to_json, timestamps.to_seconds_text):
        with pytest.raises(FileError, match="is not a time") as caught:
            reader(text)
        assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "json"),
    [
        ("2026-11-23 20:09:00.88529215", "2026-11-23T20:09:00.885292150Z"),  # from a golden syncs.json
        ("2026-11-23 20:09:02.185351542", "2026-11-23T20:09:02.185351542Z"),
        ("2026-11-23 20:09:02.185351", "2026-11-23T20:09:02.185351Z"),
        ("2026-11-23 20:09:02.18", "2026-11-23T20:09:02.180Z"),
        ("2026-11-23 20:09:02", "2026-11-23T20:09:02Z"),
        ("2026-11-23 20:09:02.000000001", "2026-11-23T20:09:02.000000001Z"),
        ("2026-11-23 20:09:02.5+02:00", "2026-11-23T18:09:02.500Z"),
        ("0001-02-03 04:05:06", "0001-02-03T04:05:06Z"),
    ],
)
def test_json_has_the_stored_digits(zone, text, json):
    zone("America/New_York")
    assert timestamps.to_json(text) == json


@given(MOMENTS, st.integers(0, 999))
def test_json_loses_no_digit(moment, nanoseconds):
    text = f"{moment:%Y-%m-%d %H:%M:%S}".rjust(19, "0") + f".{moment.microsecond:06}{nanoseconds:03}"
    json = timestamps.to_json(text.rstrip("0").rstrip("."))
    fraction = json.removesuffix("Z").partition(".")[2]
    assert len(fraction) in {0, 3, 6, 9}
    assert fraction.ljust(9, "0") == f"{moment.microsecond:06}{nanoseconds:03}"


def test_whole_seconds_for_people():
    assert timestamps.to_seconds_text("2026-11-23 20:09:00.98") == "2026-11-23 20:09:00"


def test_later_than_is_now_when_it_is_later():
    assert (
        timestamps.later_than("2026-11-23 10:00:00.5", ["2026-11-23 10:00:00.49", None, "", "never"])
        == "2026-11-23 10:00:00.5"
    )


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("2026-11-23 10:00:00", "2026-11-23 10:00:00.000001"),
        ("2026-11-23 11:00:00.123456789", "2026-11-23 11:00:00.123457"),
        ("2026-11-23T09:00:00Z", "2026-11-24 00:00:00"),  # sorts after every time of its day in our layout
        ("2026-12-31T23:00:00Z", "2027-01-01 00:00:00"),
    ],
)
def test_later_than_goes_past_a_later_one(zone, other, expected):
    zone("UTC")
    assert timestamps.later_than("2026-11-23 10:00:00", ["2026-01-01 00:00:00", other]) == expected


def test_later_than_gives_up_at_the_end_of_time():
    assert timestamps.later_than("2026-11-23 10:00:00", ["9999-12-31 23:59:59.999999999"]) == "2026-11-23 10:00:00"
    assert timestamps.later_than("2026-11-23 10:00:00", ["2026-19-99 23:59:59"]) == "2026-11-23 10:00:00"


@given(st.lists(MOMENTS.map(timestamps.to_text), max_size=5), MOMENTS.map(timestamps.to_text))
def test_later_than_sorts_last(others, now):
    assume(max(others, default="") < "9999-12-30")
    later = timestamps.later_than(now, others)
    assert all(later > other for other in others)
    assert later >= now


def test_now_is_local_wall_clock(zone):
    for name, hours in (("UTC", 0), ("Asia/Tokyo", 9)):
        zone(name)
        there = datetime.now(timezone(timedelta(hours=hours))).replace(tzinfo=None)
        assert abs(timestamps.parse(timestamps.now()) - there) < timedelta(seconds=5)


@pytest.mark.parametrize(("name", "utc"), [("UTC", True), ("Europe/London", False), ("Asia/Tokyo", False)])
def test_is_utc_means_all_year(zone, name, utc):
    zone(name)
    assert timestamps.is_utc() is utc
