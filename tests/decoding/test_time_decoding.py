"""Times as people write them: with a zone, and in years that can be computed with."""

from datetime import UTC, datetime

import pytest

from connector_host.decoding.time_decoding import add_days, parse_time


def test_a_time_without_a_zone_is_local():
    assert parse_time("2026-01-31T08:00:00+00:00") == datetime(2026, 1, 31, 8, tzinfo=UTC)
    assert parse_time("2026-01-31").tzinfo is not None


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59:59-14:00", "1969-12-31", "soon", ""])
def test_other_times_are_refused(text):
    with pytest.raises(ValueError, match=r"year|Invalid"):
        parse_time(text)


def test_days_are_added():
    start = datetime(2026, 1, 31, tzinfo=UTC)
    assert add_days(start, "1") == datetime(2026, 2, 1, tzinfo=UTC)
    for text in ("36501", "9" * 5_000):
        with pytest.raises(ValueError, match="more than 36500 days"):
            add_days(start, text)
