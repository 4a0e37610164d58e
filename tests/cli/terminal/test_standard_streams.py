"""A launcher that closes the standard streams (cron, service managers), and locales without Unicode."""

import os
import subprocess
import sys

import pytest

CLOSED = [(0,), (1,), (2,), (0, 1, 2)]


@pytest.fixture
def launch(site, tmp_path):
    def run(*words, closed=(), environ=None):
        def close():
            for number in closed:
                os.close(number)

        return subprocess.run(
            [sys.executable, "-m", "connector_host", *map(str, words)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            preexec_fn=close,
            env={**os.environ, **site.environ, **(environ or {})},
            cwd=tmp_path,
            check=False,
            timeout=60,
        )

    return run


@pytest.mark.parametrize("closed", CLOSED)
def test_a_sync_writes_its_file_whatever_is_closed(launch, tmp_path, closed):
    done = launch("sync", "fake", "-f", "a.c1z", closed=closed)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr + done.stdout
    assert (tmp_path / "a.c1z").read_bytes().startswith(b"C1ZF\0")
    assert launch("validate", "a.c1z").returncode == 0  # no message was written into it


@pytest.mark.parametrize("closed", [(1,), (0, 1, 2)])
@pytest.mark.parametrize("words", [("resources", "-f", "none.c1z"), ("plugins",)])
def test_other_commands_end_as_ever(launch, closed, words):
    done = launch(*words, closed=closed)
    assert done.returncode == launch(*words).returncode
    assert b"Traceback" not in done.stderr + done.stdout


def test_names_are_read_and_written_in_an_ascii_locale(launch, tmp_path):
    ascii_locale = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = launch("sync", "fake", "-f", "Zoë.c1z", environ=ascii_locale)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "Zoë.c1z").exists()
    done = launch("access", "-f", "Zoë.c1z", "Ζωή Παπαδάκη", environ=ascii_locale)
    assert done.returncode == 0, done.stderr
    assert "Ζωή" in done.stdout.decode()
