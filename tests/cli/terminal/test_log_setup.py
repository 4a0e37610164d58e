"""Narration: plain or JSON, secrets masked in whatever a record carries."""

import json
import logging
import sys

import pytest

from connector_host.cli.terminal.log_setup import ConsoleFormatter, JsonFormatter
from connector_host.secret import Redactor

SECRET = 'pa"ss\\wörd'


@pytest.fixture
def redactor():
    made = Redactor()
    made.add(SECRET)
    return made


def record(message, *args, level=logging.INFO, error=None, **fields):
    info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord("connector_host.x", level, __file__, 1, message, args, info)
    vars(made).update(fields)
    return made


def raised(message):
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


def test_console_lines(redactor):
    form = ConsoleFormatter(redactor).format
    assert form(record("read %d grants", 5)) == "read 5 grants"
    assert form(record("slow", level=logging.WARNING)) == "Warning: slow"
    assert form(record("no", level=logging.ERROR)) == "Error: no"
    assert form(record("failed", error=raised("x"))) == "failed: ValueError: x"


def test_console_lines_with_debug_have_the_traceback_and_the_logger(redactor):
    text = ConsoleFormatter(redactor, debug=True).format(record("failed", error=raised("x")))
    assert "connector_host.x failed\nTraceback" in text
    assert text.endswith("ValueError: x")


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("form", [ConsoleFormatter, JsonFormatter])
def test_secrets_are_masked_in_message_arguments_traceback_and_fields(redactor, form, debug):
    made = record(
        f"a {SECRET} %s %r", SECRET, [SECRET], error=raised(f"b {SECRET!r}"), account=SECRET, more={"x": SECRET}
    )
    text = form(redactor, debug=debug).format(made)
    for spelled in (SECRET, json.dumps(SECRET)[1:-1], repr(SECRET)[1:-1]):
        assert spelled not in text
    assert text.count("***") >= 4


def test_json_lines(redactor):
    made = record("read %d", 5, error=raised("x"), sync_id="2ab", odd=sys)
    made.created, made.msecs = 0.25, 250
    entry = json.loads(JsonFormatter(redactor).format(made))
    assert entry == {
        "time": "1970-01-01T00:00:00.250Z",
        "level": "info",
        "logger": "connector_host.x",
        "message": "read 5",
        "error": "ValueError: x",
        "sync_id": "2ab",
        "odd": str(sys),
    }


def test_a_message_of_several_lines_is_one_line_of_json(redactor):
    assert "\n" not in JsonFormatter(redactor, debug=True).format(record("a\nb", error=raised("x\ny")))


LOGGING = """
import logging, sys, warnings
from connector_host.cli.terminal import log_setup as logs
from connector_host.secret import Redactor
redactor = Redactor(); redactor.add("hunter2hunter2")
logs.set_up({form!r}, {level!r}, debug={debug}, redactor=redactor)
logs.set_up({form!r}, {level!r}, debug={debug}, redactor=redactor)
ours, theirs = logging.getLogger("connector_host.sync"), logging.getLogger("urllib3")
for log in (ours, theirs):
    for name in ("debug", "info", "warning"): getattr(log, name)("%s of %s hunter2hunter2", name, log.name)
warnings.warn("careful with hunter2hunter2")
"""


@pytest.mark.parametrize(
    ("level", "debug", "said"),
    [
        ("info", False, ["info of connector_host.sync", "warning of connector_host.sync", "warning of urllib3"]),
        ("warning", False, ["warning of connector_host.sync", "warning of urllib3"]),
        (
            "error",
            True,
            ["debug of connector_host.sync", "info of connector_host.sync", "warning of connector_host.sync"],
        ),
    ],
)
def test_what_is_said_at_which_level(site, level, debug, said):
    done = site.run(python=("-c", LOGGING.format(form="json", level=level, debug=debug)))
    messages = [json.loads(line)["message"] for line in done.stderr.splitlines()]
    assert [message.removesuffix(" ***") for message in messages if " of " in message][: len(said)] == said
    assert "hunter2" not in done.stderr
    assert "careful with ***" in messages[-1]
    assert done.stdout == ""
