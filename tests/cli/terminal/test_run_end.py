"""A connector can neither hold the process, nor outlive it, nor write into the results, nor end it as a success."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connector_host.cli.terminal.child_processes import alive, descendants

pytestmark = pytest.mark.waits
HEAD = """
import atexit, ctypes, os, subprocess, sys, threading, time
import connector_host as ch
from connector_host import hookimpl
USER = ch.ResourceType("user", "User", (ch.Trait.USER,), skip_entitlements_and_grants=True)

@hookimpl
def connector_info():
    return ch.ConnectorInfo("P", api=ch.HOST_API, concurrency=4)

@hookimpl
def list_resource_types():
    return [USER]
"""
HOLD = "lock, mutex = ctypes.PyDLL(None).pthread_mutex_lock, ctypes.create_string_buffer(64); lock(mutex); lock(mutex)"
"""Waits for ever in C, without processor time; it keeps the interpreter's lock, and no signal interrupts it."""
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


@pytest.fixture
def start(tmp_path):
    """Start `sync p` with a connector of this code, in a process of its own."""
    processes = []

    def run(code, *flags, **environ):
        folder = tmp_path / "plugins"
        folder.mkdir(exist_ok=True, mode=0o700)
        (folder / "p.py").write_text(HEAD + code)
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "connector_host",
                "--plugins-dir",
                folder,
                "sync",
                "p",
                "-f",
                tmp_path / "o.c1z",
                *flags,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environ},
            cwd=tmp_path,
            text=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


HANGS = {
    "waits": "threading.Event().wait()",
    "sleeps": "time.sleep(1000)",
    "spins": "while True: pass",
    "holds the interpreter": HOLD,
}


SHORT = "import connector_host.cli.terminal.run_end as end\nend.DEADLINE_GRACE, end.LATEST = 0.2, 2.0\n"
"""Makes a test quick: without it a call has 4 s after the deadline."""


CASES = [(code, workers, SHORT) for code in HANGS.values() for workers in ("1", "4")]
CASES.append((HANGS["holds the interpreter"], "4", ""))
NAMES = [*(f"{name}-{workers}" for name in HANGS for workers in ("1", "4")), "real times"]


@linux
@pytest.mark.parametrize(("code", "workers", "grace"), CASES, ids=NAMES)
def test_a_deadline_ends_a_run_whose_hook_hangs(start, tmp_path, code, workers, grace):
    started = time.monotonic()
    process = start(f"{grace}@hookimpl\ndef list_resources():\n    {code}", "--deadline", "1", "--workers", workers)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 8, err
    assert time.monotonic() - started < 1 + 5 + 2  # starting the program takes time, too
    assert (tmp_path / ".o.c1z.work" / "state.json").exists()
    if code != HOLD:
        assert "the deadline of 1 seconds has passed" in err


@linux
def test_the_guard_ends_a_run_after_its_deadline_where_the_system_has_no_timers(start, tmp_path):
    code = f"{SHORT}end._arm_exit = lambda *_: None\n@hookimpl\ndef list_resources():\n    {HANGS['holds the interpreter']}"
    process = start(code, "--deadline", "0.5")
    process.communicate(timeout=10)
    assert process.returncode == -signal.SIGKILL
    assert (tmp_path / ".o.c1z.work" / "state.json").exists()


def wait_for(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def ready(folder):
    wait_for((folder / "ready").exists)


READY = "open('ready', 'w').close()"


@linux
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_two_signals_end_a_run_whose_hook_hangs(start, tmp_path, number):
    process = start(f"@hookimpl\ndef list_resources():\n    {READY}\n    time.sleep(1000)")
    ready(tmp_path)
    process.send_signal(number)
    time.sleep(0.3)
    process.send_signal(number)
    process.communicate(timeout=5)
    assert process.returncode == 128 + number


@linux
def test_a_hang_up_is_a_signal_to_stop(start, tmp_path):
    code = f"@hookimpl\ndef list_resources(page_token):\n    {READY}\n    time.sleep(0.05)\n    return ch.Page([], page_token + 'x' if page_token else 'x')"
    process = start(code)
    ready(tmp_path)
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 129
    assert "The checkpoint is kept" in err


CHILDREN = f"""
@hookimpl
def list_resources():
    subprocess.Popen(["sleep", "987"], start_new_session=True)
    subprocess.run("setsid sleep 987 >/dev/null 2>&1 &", shell=True)
    {READY}
    if os.environ.get("HANG"):
        time.sleep(1000)
    return []
"""


def children_of(process):
    return {child for child in descendants(process.pid) if b"sleep" in Path(f"/proc/{child.pid}/cmdline").read_bytes()}


@linux
@pytest.mark.parametrize("ending", ["itself", "SIGTERM", "SIGKILL"])
def test_no_process_of_a_connector_outlives_the_host(start, tmp_path, ending):
    process = start(CHILDREN, HANG="1")
    ready(tmp_path)
    wait_for(lambda: len(children_of(process)) == 2)
    time.sleep(0.5)  # the guard looks five times a second
    children = children_of(process)
    if ending == "SIGTERM":
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
    if ending != "itself":
        process.send_signal(getattr(signal, ending))
    else:
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    wait_for(lambda: not alive(children), 3)


@linux
def test_processes_that_a_hook_leaves_are_killed_at_the_end(start):
    process = start(CHILDREN)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    deadline = time.monotonic() + 15  # a killed process is listed until the system has taken it away
    search = ["pgrep", "-f", "sleep 98[7]"]
    while remaining := subprocess.run(search, capture_output=True, text=True, check=False).stdout:
        assert time.monotonic() < deadline, remaining
        time.sleep(0.05)


ENDINGS = {
    "hook": "@hookimpl\ndef list_resources(): sys.exit()",
    "interrupt": "@hookimpl\ndef list_resources(): raise KeyboardInterrupt",
    "session": "@hookimpl\ndef open_session(): sys.exit(0)",
    "types": "@hookimpl(specname='check_session')\ndef check(): raise GeneratorExit",
    "import": "sys.exit()",
    "at once": "@hookimpl\ndef list_resources(): os._exit(0)",
    "thread": "@hookimpl\ndef list_resources():\n    t = threading.Thread(target=sys.exit); t.start(); t.join(); return []",
    "destructor": "class D:\n    def __del__(self): sys.exit()\n@hookimpl\ndef list_resources(): D(); return []",
}


@pytest.mark.parametrize("code", ENDINGS.values(), ids=ENDINGS)
def test_a_connector_that_ends_the_process_is_a_defect(start, tmp_path, code):
    process = start(code)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 70, err
    assert "p" in err.partition("Error:")[2]
    assert out == ""
    assert not (tmp_path / "o.c1z").exists()


WRITES = """
def late():
    print("noise")
    os.write(1, b"noise")

def chatter():
    while True:
        print("noise")
        time.sleep(0.001)

@hookimpl
def list_resources():
    atexit.register(late)
    threading.Thread(target=chatter, daemon=True).start()
    os.write(1, b"noise")
    subprocess.run(["echo", "noise"])
    sys.__stdout__.write("noise"); sys.__stdout__.flush()
    return []
"""


NOISY = """
os.system("echo noise")

@hookimpl
def connector_options():
    os.system("echo noise")
    return []

@hookimpl
def list_resources():
    return []
"""


def test_nothing_that_is_written_while_a_connector_loads_mixes_with_the_results(start):
    out, err = start(NOISY, "-o", "json").communicate(timeout=20)
    assert json.loads(out)["connector"] == "p"
    assert err.count("noise") == 2


def test_a_signal_while_a_connector_is_imported_ends_as_a_signal(start, tmp_path):
    process = start(f"{READY}\ntime.sleep(100)")
    ready(tmp_path)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == 143


def test_nothing_that_a_connector_writes_mixes_with_the_results(start):
    process = start(WRITES, "-o", "json")
    out, err = process.communicate(timeout=20)
    assert json.loads(out)["connector"] == "p"
    assert err.count("noise") > 4


HOLDS = f"@hookimpl\ndef list_resources():\n    {READY}\n    {HOLD}"


@linux
@pytest.mark.parametrize("before", ["the first", "the second"])
def test_two_signals_end_a_hook_that_holds_the_interpreter(start, tmp_path, before):
    """The first signal may come while code of the host still runs."""
    code = HOLDS
    if before == "the second":
        code = HOLDS.replace("    lock,", "    time.sleep(1.5)\n    lock,")
    process = start(code)
    ready(tmp_path)
    if before == "the first":
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    time.sleep(2 if before == "the second" else 0.3)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=5)
    assert process.returncode == -signal.SIGKILL
    assert (tmp_path / ".o.c1z.work" / "state.json").exists()


@linux
def test_a_forked_child_does_not_outlive_a_killed_host(start, tmp_path):
    """It holds the host's end of every pipe."""
    code = f"@hookimpl\ndef list_resources():\n    if not os.fork():\n        time.sleep(987)\n    {READY}\n    time.sleep(987)"
    process = start(code, "--workers", "1")
    ready(tmp_path)
    wait_for(lambda: len(descendants(process.pid)) == 2)  # the guard and the child
    time.sleep(0.5)
    children = descendants(process.pid)
    process.kill()
    wait_for(lambda: not alive(children), 5)
