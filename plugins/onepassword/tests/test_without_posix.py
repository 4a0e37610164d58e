"""The connector with what only POSIX has hidden, as on Windows; the stand-in for `op` is a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT_POSIX = Path(__file__).parents[3] / "tests" / "without_posix.py"


@pytest.fixture
def hidden(standin, tmp_path):
    (tmp_path / "temporary").mkdir()

    def run(*words, **environ):
        return subprocess.run(
            [sys.executable, str(WITHOUT_POSIX), *words],
            cwd=tmp_path,
            env={**os.environ, "TMPDIR": str(tmp_path / "temporary"), **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.mark.parametrize("secret", [{}, {"BATON_PASSWORD": "hunter2"}])
def test_a_check_and_a_sync(hidden, standin, secret):
    done = hidden("check", "onepassword", **secret)
    assert done.returncode == 0, done.stderr
    assert "Ready to sync" in done.stdout
    done = hidden("sync", "onepassword", "-f", "a.c1z", **secret)
    assert done.returncode == 0, done.stderr
    done = hidden("stats", "-f", "a.c1z")
    assert done.returncode == 0, done.stderr


def test_a_call_that_hangs_is_killed(hidden, standin):
    standin.fail("user list", "hang")
    done = hidden("check", "onepassword", "--op-timeout", "1", "--max-attempts", "1")
    assert done.returncode == 10, done.stderr
    assert "did not answer within 1 s and was killed" in done.stdout + done.stderr
