import pytest

from connector_host.cli.terminal.number_text import change, count, duration, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0.0 s"),
        (0.04, "0.0 s"),
        (3.26, "3.3 s"),
        (9.97, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3599.7, "1 h 0 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_duration(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1234, "1.2 kB"), (39_000_000, "39 MB"), (9_990_000_000_000, "9990 GB")],
)
def test_size(number, text):
    assert size(number) == text


def test_count_and_change():
    assert (count(1, "grants"), count(0, "grants"), count(1200, "grants")) == ("1 grant", "0 grants", "1,200 grants")
    assert (change(5, 5), change(1500, 0), change(2, 5)) == ("=", "+1,500", "-3")
