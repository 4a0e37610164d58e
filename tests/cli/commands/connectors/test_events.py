"""`events` against the fake connector, and connectors whose feeds break the contract."""

import json
import signal
import subprocess
import sys
import time

import pytest


@pytest.fixture
def events(site, tmp_path):
    def run(*words, connector="fake"):
        return site.run("events", connector, *words, cwd=tmp_path)

    return run


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_feed_is_written_oldest_first(events):
    done = events("--feed", "access")
    assert done.returncode == 0
    assert [event["id"] for event in lines(done)] == [f"a{number}" for number in range(25)]
    assert lines(done)[4] == {
        "id": "a4",
        "type": "revoke",
        "occurredAt": "2026-01-01T00:04:00+00:00",
        "principal": "user:u0000004",
        "entitlement": "app:source:read",
        "details": {"by": "admin", "number": 4},
    }
    assert "Next cursor: 25" in done.stderr


def test_the_cursor_file_makes_the_next_run_read_on(events, tmp_path):
    cursor = tmp_path / "cursor"
    seen = []
    for _ in range(4):
        done = events("--feed", "access", "--cursor-file", cursor, "--page-size", "4", "--limit", "7")
        assert done.returncode == 0
        seen += [event["id"] for event in lines(done)]
    assert seen == [f"a{number}" for number in range(25)]
    assert cursor.read_text() == "25\n"
    assert cursor.stat().st_mode & 0o777 == 0o600
    assert events("--feed", "access", "--cursor-file", cursor).stdout == ""


def test_a_fault_is_retried_and_nothing_is_lost(events, tmp_path):
    fault = '[{"hook": "list_events", "page_token": "10", "kind": "permanent"}]'
    done = events("--feed", "access", "--cursor-file", tmp_path / "cursor", "--faults", fault)
    assert done.returncode == 70
    assert len(lines(done)) == 10
    done = events("--feed", "access", "--cursor-file", tmp_path / "cursor")
    assert lines(done)[0]["id"] == "a10"
    fault = '[{"hook": "list_events", "kind": "rate_limit", "retry_after": 0.1}]'
    assert len(lines(events("--feed", "access", "--faults", fault))) == 25


def test_since_begins_in_the_middle(events):
    done = events("--feed", "sign-ins", "--since", "2026-01-01T00:23:00+00:00")
    assert [event["id"] for event in lines(done)] == ["s23", "s24"]


def test_follow_reads_on_until_it_is_stopped(site, tmp_path):
    words = ("events", "fake", "--feed", "access", "--follow", "--interval", "0.1", "--calls", "calls.jsonl")
    output = tmp_path / "events.jsonl"
    with output.open("wb") as stream:
        process = subprocess.Popen([sys.executable, "-m", "connector_host", *words], cwd=tmp_path, stdout=stream)
    deadline, calls = time.monotonic() + 30, 0
    while calls <= 5 and time.monotonic() < deadline:  # 3 pages, then empty ones
        time.sleep(0.1)
        if (tmp_path / "calls.jsonl").exists():
            calls = (tmp_path / "calls.jsonl").read_text().count('"list_events"')
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert calls > 5
    assert [json.loads(line)["id"] for line in output.read_text().splitlines()] == [f"a{n}" for n in range(25)]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 2, "the connector has 2 feeds"),
        (("--feed", "acess"), 2, "Did you mean access?"),
        (("--feed", "access", "--since", "yesterday"), 2, "is not a time"),
        (("--feed", "access", "--cursor-file", "/nowhere/cursor"), 2, "cannot be written"),
    ],
)
def test_what_cannot_be_read(events, words, code, says):
    done = events(*words)
    assert done.returncode == code
    assert says in done.stderr


def test_a_foreign_cursor_is_one_clear_error(events, tmp_path):
    (tmp_path / "cursor").write_text("of another feed\n")
    done = events("--feed", "access", "--cursor-file", tmp_path / "cursor")
    assert done.returncode == 2
    assert "is not a cursor of this feed" in done.stderr


CODE = """
import connector_host as ch
from datetime import datetime, timezone
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
ONE = ch.Event(id="1", type=ch.EventType.USAGE, occurred_at=NOW)

@ch.hookimpl
def connector_info():
    return ch.ConnectorInfo("Odd", api=ch.HOST_API)

@ch.hookimpl
def list_resource_types():
    return []

@ch.hookimpl
def list_events(cursor):
    print("to standard output")
    return {page}
"""


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("[ONE]", "returned a list, not an EventPage"),
        ("ch.EventPage(events=('x',))", "item 0: it is a str, not an Event"),
        ("ch.EventPage(events=(ch.Event(id='', type='usage', occurred_at=NOW),))", "an event needs an id"),
        ("ch.EventPage(events=(ch.Event(id='1', type='odd', occurred_at=NOW),))", "a type of EventType"),
        (
            "ch.EventPage(events=(ch.Event(id='1', type='usage', occurred_at=datetime(2026, 1, 1)),))",
            "item 0 (1): occurred_at is no time with a zone",
        ),
        (
            "ch.EventPage(events=(ch.Event(id='1', type='usage', occurred_at=NOW, actor='ada'),))",
            "item 0 (1): actor is a str, not a ResourceId",
        ),
        ("ch.EventPage(next_cursor=5)", "next_cursor is an int"),
        ("ch.EventPage(events=(ONE,), next_cursor='c', has_more=True)", "claims more events"),
        ("ch.EventPage(events=(ONE,), has_more=True)", "claims more events"),
    ],
)
def test_a_feed_that_breaks_the_contract_is_a_defect_of_the_connector(site, tmp_path, page, says):
    site.add("odd", CODE.format(page=page))
    done = site.run("events", "odd", cwd=tmp_path)
    assert done.returncode == 70
    assert says in done.stderr
    assert "to standard output" not in done.stdout


def test_a_connector_with_one_feed_needs_no_name(site, tmp_path):
    site.add("odd", CODE.format(page="ch.EventPage(events=(ONE,))"))
    done = site.run("events", "odd", cwd=tmp_path)
    assert lines(done) == [{"id": "1", "type": "usage", "occurredAt": "2026-01-01T00:00:00+00:00"}]


def test_a_connector_without_events(site):
    done = site.run("events", "localhost")
    assert done.returncode == 2
    assert "has no hook list_events" in done.stderr
    assert "CAPABILITY_EVENT_FEED_V2" in site.run("capabilities", "fake").stdout
