"""What a person sees, recorded: each reading command in plain text and on terminals 80 and 120 columns wide.

`RECORD_SCREENS=1 pytest tests/cli/test_screens.py` records them anew; look at the difference before committing it.
"""

import copy
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector_host.cli.commands.reading import validate
from connector_host.cli.main import main
from connector_host.output.screen import Screen
from connector_host.query import sync_context

SCREENS = Path(__file__).resolve().parents[1] / "goldens" / "screens"
COMMANDS = {
    "resource-types": ["resource-types"],
    "resources": ["resources"],
    "entitlements": ["entitlements"],
    "grants": ["grants"],
    "principals": ["principals", "-e", "app:a1:read"],
    "compare": ["principals", "compare", "-e", "app:a1:read", "--compare-entitlement", "group:g1:member"],
    "access": ["access", "ada@example.com"],
    "why": ["why", "ada@example.com", "Payroll"],
    "stats": ["stats"],
    "syncs": ["syncs"],
    "diff": ["diff"],
    "validate": ["validate"],
}
WIDTHS = {"plain": None, "80": 80, "120": 120}


@pytest.fixture
def file(make_c1z, organisation, monkeypatch):
    """Two syncs, in a folder that makes for the same paths everywhere."""
    earlier = copy.deepcopy(organisation)
    organisation.resources[0] = organisation.user("u1", "Ada Lovelace", "ada@example.com", last_name="King")
    organisation.resources[3] = organisation.m.Resource(
        organisation.m.ResourceId("group", "g1"), "Ingénierie 工程部 \x1b[31m", traits=(organisation.m.GroupTrait(),)
    )
    del organisation.resources[2]
    organisation.grants[2] = organisation.grant("group:g1:member", "user", "gone")
    path = make_c1z(earlier, organisation, name="sync.c1z")
    monkeypatch.chdir(path.parent)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", COMMANDS)
def test_screens_are_as_recorded(file, capsysbinary, monkeypatch, name, width):
    columns = WIDTHS[width]
    for module in (sync_context, validate):
        monkeypatch.setattr(module, "current_time", lambda: datetime(2026, 1, 4, tzinfo=UTC))
    screen = Screen() if columns is None else Screen(terminal=True, width=columns)
    monkeypatch.setattr(Screen, "of", classmethod(lambda _cls, _stream: screen))
    code = main(COMMANDS[name])
    seen = capsysbinary.readouterr()
    text = f"exit {code}\n{seen.out.decode()}"
    path = SCREENS / f"{name}-{width}.txt"
    if os.environ.get("RECORD_SCREENS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    if columns is not None:
        assert max(map(formats_width, text.splitlines())) <= columns


def formats_width(line):
    from connector_host.output.terminal_text import width

    return width(line)


def test_no_recorded_screen_is_left_over():
    assert {path.name for path in SCREENS.iterdir()} == {f"{name}-{width}.txt" for name in COMMANDS for width in WIDTHS}


def test_a_real_terminal_gets_what_is_recorded(file, tmp_path):
    """Through a pseudo-terminal, where nothing is patched: drawn, coloured, and as wide as the terminal."""
    import pty
    import select
    import struct
    import subprocess
    import termios
    from fcntl import ioctl

    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    environ = {**os.environ, "TERM": "xterm-256color"}
    environ.pop("COLUMNS", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "connector_host", "resource-types"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environ,
        cwd=tmp_path,
    )
    os.close(theirs)
    seen = b""
    while select.select([ours], [], [], 20)[0]:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(ours)
    assert process.wait(20) == 0
    assert b"\x1b[" in seen
    assert "Application" in seen.decode()
