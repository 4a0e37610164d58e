"""A terminal for programs that look for one."""

import contextlib
import fcntl
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
