"""Processes below this one: as /proc lists them, and as `ps` does where there is no /proc."""

import os
import subprocess
import sys
import time

import pytest

from connector_host.cli.terminal import child_processes
from connector_host.cli.terminal.child_processes import alive, descendants, kill_all, no_child_left

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs processes of POSIX")
SHELL = "sleep 98 & sleep 98"  # a child with a child


@pytest.fixture(params=["proc", "ps"])
def _listing(request, monkeypatch):
    if request.param == "ps":
        if not os.path.exists(child_processes.PS):
            pytest.skip("ps is not installed")
        monkeypatch.setattr(child_processes, "LISTS_QUICKLY", False)
    elif sys.platform != "linux":
        pytest.skip("needs /proc")


def _wait_for(count, before):
    end = time.monotonic() + 10
    while len(started := descendants(os.getpid()) - before) < count:
        assert time.monotonic() < end
        time.sleep(0.02)
    return started


@pytest.mark.usefixtures("_listing")
def test_children_of_children_are_found_and_killed():
    before = descendants(os.getpid(), complete=True)
    with subprocess.Popen(SHELL, shell=True) as shell:
        started = _wait_for(3, before)
        assert shell.pid in {process.pid for process in started}
        assert alive(started) == started
        kill_all(started)
        shell.wait()
    assert not descendants(os.getpid(), complete=True) & started


@pytest.mark.usefixtures("_listing")
def test_no_child_is_left_and_their_end_is_waited_for():
    with no_child_left():
        processes = [subprocess.Popen(["sleep", "98"]) for _ in range(3)]
    assert [process.wait(0.5) for process in processes] == [-9, -9, -9]
