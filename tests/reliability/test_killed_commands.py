"""Every command that writes, killed before a call that changes files: the next run ends it, and nothing is half done.

The suite kills each of a few commands three times. `COMMAND_KILLS=1000 pytest tests/reliability/test_killed_commands.py`, or
`tox -e soak`, kills every command at each of its calls. Needs Linux and a C compiler.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("openpyxl")
from tests.reliability.writing_commands import COMMANDS

HERE = Path(__file__).parent
MOST = int(os.environ.get("COMMAND_KILLS", "0"))
FEW = ("expand", "review as a campaign", "revoke")
OPEN_CHANGE = 1
"""Exit code of `audit verify` for a record in which a change has no end."""


def check(result):
    """The rules for a run that was killed, and for the next one."""
    assert result["damaged"] == []
    assert "Traceback" not in result["text"]
    assert "has a defect" not in result["text"]
    assert result["again"] in result["allowed"]
    assert result["damaged again"] == []
    assert result["stray"] == []
    assert result["missing"] == []
    assert result["temporary"] == []
    assert result["verified"] in (0, OPEN_CHANGE)
    assert result["lakes"] == []


@pytest.mark.parametrize("command", COMMANDS if MOST else FEW)
def test_a_killed_command_is_ended_by_its_next_run(shim, scene, command):
    environment = {**os.environ, "LD_PRELOAD": str(shim)}
    words = [sys.executable, HERE / "killed_commands.py", scene, str(MOST or 3), command]
    done = subprocess.run(words, check=True, capture_output=True, text=True, env=environment)
    first, *results = (json.loads(line) for line in done.stdout.splitlines())
    assert first["code"] == 0, first
    faults = []
    for result in results:
        assert result["code"] in (-9, 0), result
        try:
            check(result)
        except AssertionError as error:
            faults.append(f"{result}: {error}")
    assert not faults, "\n".join(faults[:3])
    print(f"{command}: {len(results)} kills of {first['calls']} calls")
