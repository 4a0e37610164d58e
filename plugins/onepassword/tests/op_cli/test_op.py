"""The child process itself: limits, ends, outputs, environment, arguments."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from connector_host_onepassword.op_cli import child_process, orphan_watch
from connector_host_onepassword.op_cli import op as op_module
from connector_host_onepassword.op_cli.op import Op
from connector_host_onepassword.op_cli.op_errors import OpRefused
from connector_host_onepassword.signin_modes import SigninMode

from connector_host import BadResponse, ConfigError, Unavailable


@pytest.fixture
def make(standin, run):
    made = []

    def make(program="op", mode=SigninMode.DESKTOP, timeout=20.0, **more):
        made.append(Op(program, {**os.environ, **more}, mode, run, timeout=timeout))
        return made[-1]

    yield make
    for op in made:
        op.close()


@pytest.fixture
def script(tmp_path):
    """A program of our own in the place of `op`."""

    def write(text):
        path = tmp_path / "script"
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)
        return str(path)

    return write


@pytest.fixture(params=["select", "threads"])
def reader(request, monkeypatch):
    """Both ways to read a child: the one of POSIX, and the one of Windows, which works here as well."""
    if request.param == "threads":
        monkeypatch.setattr(child_process, "_SelectReader", child_process._ThreadReader)


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.005)


def test_every_call_has_the_flags_and_no_standard_input(make, standin):
    op = make()
    op.account = standin.tenant["account"]["id"]
    assert len(op.json("user", "list")) == len(standin.tenant["users"])
    (call,) = standin.events()
    assert call["argv"] == [
        "user", "list", "--format", "json", "--cache=false", "--iso-timestamps", "--no-color",
        "--account", standin.tenant["account"]["id"],
    ]  # fmt: skip
    assert call["stdin"] == "null"


def test_what_is_local_is_not_asked_of_one_account(make, standin):
    op = make()
    op.account = "nobody"
    assert len(op.json("account", "list")) == 1


def test_standard_input_is_given_whole_and_closed(reader, make, script):
    data = b"x" * 300_000
    assert make(script("cat")).call("word", stdin=data) == data


def test_a_child_that_does_not_read_its_input_is_no_failure(reader, make, script):
    assert make(script("exec 0<&-; echo '[]'")).call("word", stdin=b"x" * 300_000) == b"[]\n"


@pytest.mark.parametrize("mode", SigninMode)
def test_a_call_that_hangs_is_killed_in_time(make, standin, mode):
    standin.fail("user list", "hang")
    started = time.monotonic()
    with pytest.raises(Unavailable, match=r"op user list: op did not answer within 0.3 s and was killed"):
        make(mode=mode, timeout=0.3).call("user", "list")
    assert 0.3 <= time.monotonic() - started < 1.5
    (call,) = standin.events()
    assert gone(call["pid"])


def test_what_the_call_started_is_killed_with_it(reader, make, standin):
    standin.fail("user list", "hang-child")
    with pytest.raises(Unavailable):
        make(timeout=0.3).call("user", "list")
    (call,), (child,) = standin.events(), standin.events("child")
    assert child["pid"] != call["pid"]
    wait_until(lambda: gone(child["pid"]))


def test_a_call_that_closes_its_output_and_goes_on_is_killed(reader, make, script):
    with pytest.raises(Unavailable, match=r"within 0\.3 s"):
        make(script("exec 1>&- 2>&-; sleep 600"), timeout=0.3).call("word")


def test_a_daemon_that_keeps_the_output_open_is_not_waited_for(reader, make, script):
    started = time.monotonic()
    assert make(script("echo '[]'; sleep 3 &"), timeout=20).call("word") == b"[]\n"
    assert time.monotonic() - started < 2


def test_a_call_that_ignores_signals_is_killed(reader, make, script):
    with pytest.raises(Unavailable, match=r"within 0\.3 s"):
        make(script("trap '' TERM INT HUP; while :; do sleep 1; done"), timeout=0.3).call("word")


def test_one_call_may_have_its_own_limit(make, standin):
    standin.fail("account get", "hang")
    with pytest.raises(Unavailable, match=r"within 0\.2 s"):
        make(timeout=20).json("account", "get", timeout=0.2)


def test_output_has_a_bound(reader, make, standin, monkeypatch):
    monkeypatch.setattr(op_module, "MAX_OUTPUT", 1 << 20)
    standin.fail("user list", "huge", megabytes=200)
    with pytest.raises(BadResponse, match="more than 1048576 bytes"):
        make().call("user", "list")
    (call,) = standin.events()
    assert gone(call["pid"])


def test_what_is_said_on_standard_error_is_bounded_and_read_to_the_end(reader, make, script):
    text = (
        "i=0; while [ $i -lt 4000 ]; do echo 'oh no oh no oh no oh no oh no oh no oh no' >&2; i=$((i+1)); done; exit 3"
    )
    with pytest.raises(OpRefused, match="exit code 3") as caught:
        make(script(text)).call("word")
    assert len(caught.value.message) < 500


def test_warnings_beside_an_answer_are_no_failure(reader, make, standin):
    standin.fail("user list", "warning")
    assert len(make().json("user", "list")) == len(standin.tenant["users"])


def test_a_killed_child(reader, make, standin):
    standin.fail("user list", "kill")
    with pytest.raises(Unavailable, match=f"killed by signal {signal.SIGKILL}"):
        make().call("user", "list")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("truncated", r"is not JSON, or only part of it \(\d+ bytes, beginning '\["),
        ("html", "an HTML page that is not JSON"),
        ("latin", "is not UTF-8"),
    ],
)
def test_answers_that_are_no_json(make, standin, kind, words):
    standin.fail("user list", kind)
    with pytest.raises(BadResponse, match=words) as caught:
        make().json("user", "list")
    assert len(caught.value.message) < 250


def test_deep_nesting_is_a_bad_answer_too(make, script):
    with pytest.raises(BadResponse, match="is not JSON"):
        make(script("head -c 2000000 /dev/zero | tr '\\0' '['")).json("word")


@pytest.mark.parametrize("kind", ["empty", "null"])
def test_nothing_and_null_are_the_same(make, standin, kind):
    standin.fail("group user list", kind)
    assert make().json("group", "user", "list", "g") is None


def test_op_that_is_not_there(make):
    with pytest.raises(ConfigError, match="'no-such-op' was not found") as caught:
        make("no-such-op")
    assert "--op-path" in caught.value.hint


@pytest.mark.parametrize("content", ["#!/no/such/interpreter\n", "\x00\x01\x02 nothing to run"])
def test_op_that_cannot_be_started(make, tmp_path, content):
    broken = tmp_path / "broken"
    broken.write_text(content)
    broken.chmod(0o755)
    with pytest.raises(ConfigError, match="cannot be started"):
        make(str(broken)).call("--version")


def test_op_that_may_not_be_run(make, tmp_path):
    plain = tmp_path / "plain"
    plain.write_text("")
    plain.chmod(stat.S_IRUSR)
    with pytest.raises(ConfigError, match="was not found"):
        make(str(plain))


def test_op_is_looked_for_in_the_path_it_gets(make, standin, tmp_path):
    with pytest.raises(ConfigError, match="'op' was not found"):
        make("op", PATH=str(tmp_path))
    assert make(str(standin.program), PATH="/nowhere").call("--version", bare=True) == b"2.30.3\n"


def in_threads(count, work):
    errors = []

    def guarded():
        try:
            work()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, errors


@pytest.mark.parametrize("how", ["stop", "close"])
def test_the_end_kills_children_that_threads_started(make, standin, run, how):
    standin.fail("user list", "hang")
    op = make(timeout=60)
    threads, errors = in_threads(4, lambda: op.call("user", "list"))
    wait_until(lambda: len(standin.events()) == 4)
    started = time.monotonic()
    run.stop() if how == "stop" else op.close()
    for thread in threads:
        thread.join(5)
    assert time.monotonic() - started < 2
    assert [type(error) for error in errors] == [Unavailable] * 4
    assert all(gone(call["pid"]) for call in standin.events())
    with pytest.raises(Unavailable, match="the run is stopping" if how == "stop" else "the session is closed"):
        op.call("user", "list")
    assert len(standin.events()) == 4
    op.close()


def test_a_run_that_is_stopping_starts_nothing(make, standin, run):
    run.stop()
    with pytest.raises(Unavailable, match="the run is stopping"):
        make().call("user", "list")
    assert standin.events() == []


@pytest.mark.parametrize(
    ("mode", "same"), [(SigninMode.DESKTOP, True), (SigninMode.MANUAL, False), (SigninMode.SERVICE, False)]
)
def test_the_desktop_app_sees_the_terminal_session_and_the_others_have_none(make, script, mode, same):
    session = int(make(script("cut -d' ' -f6 /proc/$$/stat"), mode=mode).call("word"))
    assert (session == os.getsid(0)) is same


def test_no_pipe_stays_open(make, standin):
    op = make()
    op.call("--version", bare=True)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        op.call("--version", bare=True)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_secrets_are_masked_in_what_op_says(make, standin, run):
    standin.fail("user list", "text", stderr="[ERROR] 2026/01/01 00:00:00 it was hunter2 and sec\n")
    op = make()
    op.hide("hunter2")
    op.hide("sec")
    with pytest.raises(OpRefused) as caught:
        op.call("user", "list")
    assert "it was *** and sec" in caught.value.message
    assert run.redacted == ["hunter2", "sec"]


def test_the_command_in_errors_leaves_out_who(make):
    words = ("account", "add", "--address", "a.example", "--email", "me@example.com", "--raw")
    assert op_module.command(words) == "op account add --address a.example --email --raw"


HOST = """
import os, sys, threading, time
from connector_host import Run
from connector_host_onepassword.op_cli.op import Op
from connector_host_onepassword.signin_modes import SigninMode
op = Op("op", dict(os.environ), SigninMode(sys.argv[1]), Run(), timeout=600)
threading.Thread(target=op.call, args=("user", "list")).start()
while not op._children:  # a child is in this list once the helper has been told of it
    time.sleep(0.01)
print("watched", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="job objects do this on Windows")
@pytest.mark.parametrize("mode", [SigninMode.DESKTOP, SigninMode.SERVICE])
@pytest.mark.parametrize("kind", ["hang", "hang-child"])
def test_no_child_outlives_a_host_that_was_killed(standin, mode, kind):
    standin.fail("user list", kind)
    with subprocess.Popen([sys.executable, "-c", HOST, str(mode)], stdout=subprocess.PIPE) as host:
        assert host.stdout.readline() == b"watched\n"
        wait_until(lambda: len(standin.events("child" if kind == "hang-child" else "start")) == 1, 60)
        host.kill()
    pids = [row["pid"] for row in standin.events() + standin.events("child")]
    assert pids
    wait_until(lambda: all(gone(pid) for pid in pids), 60)


def test_the_helper_ends_with_the_session_and_leaves_no_process(make, standin):
    op = make()
    op.call("--version", bare=True)
    helper = op._orphans._helper
    assert helper.poll() is None
    op.close()
    assert helper.poll() == 0


def test_a_helper_that_was_killed_harms_no_call(make, standin):
    op = make()
    op.call("--version", bare=True)
    op._orphans._helper.kill()
    op._orphans._helper.wait()
    for _ in range(3):
        assert op.call("--version", bare=True) == b"2.30.3\n"


def test_without_a_shell_there_is_no_helper_and_calls_work(make, standin, monkeypatch):
    monkeypatch.setattr(orphan_watch, "SHELL", "/no/such/shell")
    assert make().call("--version", bare=True) == b"2.30.3\n"
