"""A terminal for programs that look for one."""

import contextlib
import fcntl
import json
import os
import pty
import select
import subprocess
import sys
import termios
import time

import pytest


@contextlib.contextmanager
def _at_terminal(site, *words, kind="dumb"):
    """The program with a terminal as its standard input and error; gives (process, terminal)."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "connector_host", *words],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, **site.environ, "TERM": kind},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(ours)


def _read_until(terminal, text, seconds=20):
    """What the terminal shows until `text` does, or until the end."""
    seen, end = "", time.monotonic() + seconds
    while text not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                break
            if not part:
                break
            seen += part.decode()
    return seen


@pytest.fixture
def at_terminal():
    return _at_terminal


@pytest.fixture
def read_until():
    return _read_until


# ----------------------------------------------------------------------------------------------- reading commands


class Told:
    """What a command line gave: its exit code, what it wrote, what it said beside."""

    def __init__(self, code, out, err):
        self.code, self.raw, self.out, self.err = code, out, out.decode(), err.decode()

    @property
    def json(self):
        return json.loads(self.raw)

    @property
    def records(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def lines(self):
        return self.out.splitlines()


@pytest.fixture
def ask(capsysbinary):
    """Run the program in this process: `ask("resources", "-f", path).out`."""
    from connector_host.cli.main import main

    def run(*words):
        capsysbinary.readouterr()
        code = main([str(word) for word in words])
        return Told(code, *capsysbinary.readouterr())

    return run


@pytest.fixture
def golden_syncs(golden_folder):
    """The folders of the Go tools that hold a v1 file."""
    return [path.parent for path in sorted(golden_folder.glob("*/sync.c1z"))]
