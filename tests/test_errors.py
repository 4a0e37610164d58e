"""The error tree is the one its docstring draws, with the exit codes people script against."""

import math
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connector_host import errors
from connector_host.errors import ConfigError, NotPermitted, RateLimited

LINE = re.compile(r"^    (?P<branch>[│├└─ ]*)(?P<name>[A-Z]\w+) +(?P<code>\d+|-)  \S")
CLASSES = {name: getattr(errors, name) for name in errors.__all__}


def drawn():
    """(name, parent, exit code) of every line of the drawing."""
    path = []
    for line in errors.__doc__.splitlines():
        if found := LINE.match(line):
            depth = len(found["branch"]) // 4
            path[depth:] = [found["name"]]
            yield found["name"], path[depth - 1] if depth else None, found["code"]


def test_every_error_is_drawn_once():
    names = [name for name, _, _ in drawn()]
    assert sorted(names) == errors.__all__ == sorted(set(names))


@pytest.mark.parametrize(("name", "parent", "code"), list(drawn()))
def test_the_drawing_is_the_code(name, parent, code):
    error = CLASSES[name]
    assert error.__bases__ == (CLASSES[parent] if parent else Exception,)
    if code != "-":
        assert error.exit_code == int(code)
    assert error.__doc__


def test_exit_codes_are_those_that_are_promised():
    assert {error.exit_code for error in CLASSES.values()} <= {2, 3, 4, 5, 6, 7, 8, 9, 10, 70, 130}


@pytest.mark.parametrize("name", CLASSES)
def test_an_error_has_a_message_and_a_hint(name):
    error = CLASSES[name]("what and where", hint="What to do.")
    assert (str(error), error.message, error.hint) == ("what and where", "what and where", "What to do.")
    assert CLASSES[name]("what").hint == ""


def test_rate_limited_says_how_long():
    assert errors.RateLimited("slow").retry_after is None
    assert errors.RateLimited("slow", retry_after=1.5).retry_after == 1.5


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30),
        (timedelta(minutes=1), 60),
        (lambda: datetime.now(UTC) + timedelta(seconds=50), 50),
        (lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=50)), 50),
        (-5, 0),
        (1e300, 7 * 86400),
        (math.nan, None),
        (math.inf, None),
        ("soon", None),
        ([], None),
    ],
)
def test_a_time_to_wait_is_read_however_it_is_written(value, seconds):
    error = RateLimited("slow", retry_after=value() if callable(value) else value)
    assert error.retry_after == (seconds and pytest.approx(seconds, abs=5))


def test_a_message_that_is_no_text_is_shown_as_one():
    assert str(NotPermitted(None)) == "NotPermitted"
    assert (str(ConfigError(7, hint=8)), ConfigError(7, hint=8).hint) == ("7", "8")
    assert str(ConfigError("caf\udce9")) == r"caf\udce9"
