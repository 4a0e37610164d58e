"""A host that is killed while its connector process works: the process ends, too, and the next run completes the sync."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

KILLS = int(os.environ.get("PROCESS_KILLS", "1"))
SERVE = [sys.executable, "-m", "connector_host", "serve", "fake", "--latency=0.01"]


def processes(mark):
    """The processes whose environment has the mark, by the kernel."""
    found = []
    for folder in os.listdir("/proc"):
        if folder.isdigit():
            try:
                with open(f"/proc/{folder}/environ", "rb") as file:
                    if mark.encode() in file.read():
                        found.append(int(folder))
            except OSError:
                continue
    return [pid for pid in found if pid != os.getpid()]


@pytest.mark.skipif(sys.platform != "linux", reason="the processes are found in /proc")
@pytest.mark.parametrize("seed", range(KILLS))
def test_the_host_may_be_killed_at_any_moment(tmp_path, seed, unpacked):
    (tmp_path / "connector-host.toml").write_text(
        f"[connectors.acme]\ncommand = {json.dumps(SERVE)}\noptions = {{users = 20, groups = 6, members = 8}}\n"
    )
    (tmp_path / "connector-host.toml").chmod(0o600)
    mark = f"MARK_OF_TEST={tmp_path}"
    environ = {**os.environ, "MARK_OF_TEST": str(tmp_path)}
    output = tmp_path / "sync.c1z"
    command = [sys.executable, "-m", "connector_host", "sync", "acme", "-f", str(output), "--page-size", "2"]
    host = subprocess.Popen(
        command, cwd=tmp_path, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    time.sleep(random.Random(seed).uniform(0.3, 2.5))
    host.send_signal(signal.SIGKILL)
    host.wait()
    deadline = time.monotonic() + 20
    while processes(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes(mark) == []

    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert processes(mark) == []
    rows = {table: len(unpacked(output).rows(table)) for table in ("resource_types", "resources", "grants")}
    assert rows == {"resource_types": 2, "resources": 26, "grants": 48}
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".db") == [
        "connector-host.toml",
        "sync.c1z",
    ]
