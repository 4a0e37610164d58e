"""Text that is fit for a screen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host.output.terminal_text import is_printable, pad, printable, printable_lines, width


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain text", "plain text"),
        ("Zoë 名前", "Zoë 名前"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x9b31m\x7f\x00", "\\x9b31m\\x7f\\x00"),
        ("abc\u202egnp.exe", "abc\\u202egnp.exe"),
        ("line\u2028break\ufeff", "line\\u2028break\\ufeff"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("1\ufe0f\u20e3", "1\ufe0f\u20e3"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # noqa: RUF001
        ("ad\u200dmin", "ad\\u200dmin"),
        ("ad\ufe0fmin", "ad\\ufe0fmin"),
        ("é\u200d\u200dé", "é\\u200d\\u200dé"),
        ("\u3164\u115f\u034f\u00ad\u2800\U000e0100", "\\u3164\\u115f\\u034f\\xad\\u2800\\U000e0100"),
        ("\ue000\U0003ffff", "\\ue000\\U0003ffff"),
        ("no\u00a0break", "no\u00a0break"),
        ("back\\slash", "back\\slash"),
    ],
)
def test_what_moves_or_hides_is_escaped_and_the_rest_left_alone(text, wanted):
    assert printable(text) == wanted


def test_of_several_lines_line_ends_and_tabs_stay():
    assert printable_lines("one\n\ttwo \x1b[31m\rthree") == "one\n\ttwo \\x1b[31m\\rthree"
    assert printable_lines("plain\nZoë") == "plain\nZoë"


@given(st.text())
def test_nothing_unsafe_is_ever_shown(text):
    assert is_printable(printable(text))
    assert printable(printable(text)) == printable(text)


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("名前", 4), ("e\u0301", 1), ("", 0), ("\uff41", 2)])
def test_width_counts_columns_of_a_terminal(text, columns):
    assert width(text) == columns


@given(st.text(st.characters(categories=("L", "N", "Zs"))), st.integers(0, 40))
def test_padding_reaches_the_width_and_never_cuts(text, columns):
    for right in (False, True):
        padded = pad(text, columns, right=right)
        assert text in padded
        assert width(padded) == max(width(text), columns)
