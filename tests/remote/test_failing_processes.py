"""Programs that are no connectors, and connector processes that fail: a clear error or a complete sync, and no leftovers."""

import base64
import contextlib
import json
import logging
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from connector_host import Run
from connector_host.cli.terminal.child_processes import descendants
from connector_host.errors import ConfigError, ConnectorError, PluginError, Refused, Stopped, Unavailable
from connector_host.remote.remote_session import RemoteSession
from connector_host.rpc import unary_client
from connector_host.wire.pb.c1.connector.v2 import annotations_pb2
from connector_host.wire.pb.c1.host.v1 import parts_pb2

pytestmark = pytest.mark.waits
TABLES = ("resource_types", "resources", "entitlements", "grants")
PLAIN_HTTP = """
import os, socket, sys
listener = socket.socket(fileno=int(os.environ["BATON_CONNECTOR_SERVICE_LISTENER_FD"]))
connection, _ = listener.accept()
connection.recv(1000)
connection.sendall(b"HTTP/1.1 400 Bad Request\\r\\n\\r\\n")
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def others():
    """The processes below this one before the test; after it there are no more."""
    before = descendants(os.getpid(), complete=True)
    yield before
    end = time.monotonic() + 2
    while (left := descendants(os.getpid(), complete=True) - before) and time.monotonic() < end:
        time.sleep(0.02)
    assert not left, [_command_line(process) for process in left]


def _command_line(process):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process.pid}/cmdline").read_bytes()
    return process


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    """Between two attempts there is a moment instead of seconds."""
    monkeypatch.setattr("connector_host.sync.hook_calls._wait", lambda _state: 0.01)


@pytest.fixture(scope="session")
def whole_rows():
    return {}


@pytest.fixture
def complete(played, sync_process, unpacked, whole_rows):
    """Check that the file has the rows of an undisturbed sync of `synth`."""

    def check():
        rows = {table: unpacked(sync_process.file).rows(table) for table in TABLES}
        if not whole_rows:
            sync_process.file.unlink()
            played("synth")
            whole_rows.update({table: unpacked(sync_process.file).rows(table) for table in TABLES})
        assert rows == whole_rows

    return check


# ----------------------------------------------------------------------------------------------- no connectors


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (["/no/such/program"], "cannot be started: No such file"),
        (["sh", "-c", "echo it cannot work; exit 3"], "ended with exit code 3: it cannot work"),
        (
            ["sh", "-c", "echo Error: a token is missing; echo Set TOKEN, which is required.; exit 1"],
            "1: a token is missing",
        ),
        (["sh", "-c", "kill -9 $$"], "was ended by SIGKILL"),
        (["sleep", "60"], "sleep: invalid time interval|did not begin to serve|ended with exit code 1"),
        ([sys.executable, "-c", "input()"], "did not begin to serve within 1 seconds|ended with exit code"),
        ([sys.executable, "-c", PLAIN_HTTP], "does not speak the protocol of Baton connectors"),
    ],
    ids=["missing", "exits", "says-error", "killed", "sleeps", "reads", "http"],
)
def test_a_command_that_is_no_connector_is_named_with_the_reason(sync_process, command, problem):
    with pytest.raises(ConfigError, match=problem) as raised:
        sync_process(*command, start_timeout=1.0)
    assert raised.value.hint
    assert not sync_process.file.exists()


def test_a_process_that_never_serves_is_ended(sync_process):
    command = [sys.executable, "-c", "import time, sys; sys.stdin.readline(); time.sleep(60)"]
    with pytest.raises(ConfigError, match="did not begin to serve within 1 seconds"):
        sync_process(*command, start_timeout=1.0)


# ----------------------------------------------------------------------------------------------- failures on the way


def test_a_process_that_dies_is_started_again_and_the_sync_continues(played, complete):
    summary = played("synth", {"die_at": 7})
    assert summary.counters["retried"] == 1
    complete()


def test_a_process_that_always_dies_ends_the_sync_with_its_last_words(played, sync_process):
    with pytest.raises((Unavailable, Refused), match="ended with exit code 7"):
        played("synth", {"die_at": 1, "always": True, "log": ["Error: no more coffee"]})
    assert not sync_process.file.exists()
    played("synth")  # the same command resumes
    assert sync_process.file.exists()


def test_a_process_that_hangs_is_killed_and_the_sync_continues(played, complete, monkeypatch):
    monkeypatch.setattr(unary_client, "SILENCE", 0.3)
    monkeypatch.setattr(unary_client, "PING_WAIT", 0.3)
    summary = played("synth", {"hang_at": 9})
    assert summary.counters["retried"] == 1
    complete()


def test_a_slow_process_that_lives_is_waited_for(played, complete, monkeypatch):
    monkeypatch.setattr(unary_client, "SILENCE", 0.02)
    assert played("demo", {"slow": 0.05}).counters.get("retried", 0) == 0


@pytest.mark.parametrize("code", ["INTERNAL", "UNAVAILABLE"])
def test_a_failure_that_passes_is_tried_again(played, complete, code):
    summary = played("synth", {"status": ["ListGrants", code, "a bad moment", 1]})
    assert summary.counters["retried"] == 1
    complete()


@pytest.mark.parametrize(
    ("code", "error"),
    [("INTERNAL", Refused), ("UNAVAILABLE", Unavailable), ("INVALID_ARGUMENT", Refused)],
)
def test_a_failure_that_stays_ends_the_sync_and_names_the_method(played, sync_process, code, error):
    with pytest.raises(error, match="ListEntitlements failed.*out of order"):
        played("synth", {"status": ["ListEntitlements", code, "out of order", 1000]})
    assert not sync_process.file.exists()


def test_a_rate_limit_is_waited_for_as_long_as_it_says(played, complete):
    limit = annotations_pb2.RateLimitDescription(status=annotations_pb2.RateLimitDescription.STATUS_OVERLIMIT)
    limit.reset_at.FromSeconds(int(time.time()) + 1)
    status = parts_pb2.CallStatus(code=14, message="too many requests")
    status.details.add().Pack(limit)
    details = base64.b64encode(status.SerializeToString()).decode()
    summary = played("synth", {"status": ["ListGrants", "UNAVAILABLE", "too many requests", 1, details]})
    assert summary.counters["rate_limited"] == 1
    complete()


def test_a_page_over_4_mib_is_read(played, complete):
    played("synth", {"big": ["ListResources", 5 << 20]})
    complete()


def test_a_page_token_that_comes_back_ends_the_sync(played):
    with pytest.raises(PluginError, match="a second time"):
        played("synth", {"loop": "ListGrants"})


def test_stopping_the_run_ends_the_process_during_a_call(played):
    run = Run(logging.getLogger("connector_host.plugins.facade.example"))
    threading.Timer(1.5, run.stop).start()
    started = time.monotonic()
    with pytest.raises((Stopped, ConnectorError)):
        played("synth", {"slow": 30}, run=run)
    assert time.monotonic() - started < 15


KILLS = int(os.environ.get("PROCESS_KILLS", "1"))


@pytest.mark.parametrize("seed", range(KILLS))
def test_the_process_may_be_killed_at_any_moment(played, complete, others, seed):
    chance = random.Random(seed)
    stop = threading.Event()

    def kill():
        for _ in range(2):
            stop.wait(chance.uniform(0.2, 1.2))
            for process in descendants(os.getpid()) - others:
                if not stop.is_set():
                    os.kill(process.pid, chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP]))

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(unary_client, "SILENCE", 0.5)
            patch.setattr(unary_client, "PING_WAIT", 0.5)
            played("synth", {"slow": 0.005}, max_attempts=8, start_timeout=2.0)
    except ConfigError:  # it was killed while it started: the command is given again
        stop.set()
        killer.join()
        played("synth")
    finally:
        stop.set()
        killer.join()
    complete()


# ----------------------------------------------------------------------------------------------- what it is sent and says


@pytest.mark.parametrize(("name", "sends"), [("synth", True), ("file", False), ("demo", False)])
def test_the_sync_id_is_sent_to_processes_that_want_it(played, tmp_path, name, sends):
    seen = tmp_path / "seen"
    summary = played(name, {"seen": str(seen)})
    lines = [line.split(" ") for line in seen.read_text().splitlines()]
    ids = {sync_id for method, sync_id in lines if method.startswith("List")}
    assert ids == ({summary.sync_id} if sends else {""})
    assert lines[-1][0] == "Cleanup"


def test_a_listing_that_is_announced_is_asked_for_once(played, sync_process, tmp_path, monkeypatch):
    counts = []
    for number in (1, 2):  # with announcements, and without
        seen = tmp_path / f"seen{number}"
        played("synth", {"seen": str(seen)})
        counts.append(Counter(line.partition(" ")[0] for line in seen.read_text().splitlines()))
        monkeypatch.setattr(RemoteSession, "foresee", lambda *_: None)
        sync_process.file.unlink()
    assert counts[0] == counts[1]
    assert counts[0]["ListGrants"] > 10


def test_a_session_that_is_opened_again_still_sends_the_sync_id(played, tmp_path, complete):
    seen = tmp_path / "seen"
    expired = ["ListGrants", "UNAUTHENTICATED", "expired", 1]
    summary = played("synth", {"seen": str(seen), "status": expired, "marks": str(tmp_path)})
    lines = [line.split(" ") for line in seen.read_text().splitlines()]
    assert {sync_id for method, sync_id in lines if method == "ListGrants"} == {summary.sync_id}
    complete()


def test_log_lines_of_the_process_are_ours(played, caplog):
    entry = {"level": "warn", "ts": 1.5, "caller": "a.go:1", "msg": "slow down", "count": 3}
    console = '2026-01-01T10:00:00.000Z\tERROR\ta.go:2\tit broke\t{"n": 1}'
    with caplog.at_level(logging.DEBUG, "connector_host"):
        played("demo", {"log": [json.dumps(entry), console, "[core][Server #1] Server created", "plain words"]})
    lines = {record.message: record.levelname for record in caplog.records}
    assert lines["slow down count=3"] == "WARNING"
    assert lines['it broke {"n": 1}'] == "ERROR"
    assert lines["[core][Server #1] Server created"] == "DEBUG"
    assert lines["plain words"] == "INFO"
