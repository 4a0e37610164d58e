"""Every command that writes, with one call that changes files failing: exit 2 with a sentence, and nothing half done.

The suite fails a few calls of some commands. `FAILING_CALLS=9 pytest tests/reliability/test_failing_calls.py` fails nine of
each kind in every command, `FAILING_CALLS=1000` all of them. Needs Linux and a C compiler.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MOST = int(os.environ.get("FAILING_CALLS", "0"))
FEW = ("sync onto a file", "expand", "convert to v3", "export xlsx", "validate")
ALL = (
    *FEW,
    *("sync", "sync onto a v3 file", "expand to a file", "expand a v3 file", "rollback-expansion", "convert to v1"),
    *("export c1z", "export c1z of v3", "export csv", "review as a workbook", "review as a page", "grants"),
)
WORK = {".new.c1z.work", ".v1.c1z.work", ".v3.c1z.work"}
OUTPUTS = {"new.c1z", "out.c1z", "out.csv", "out.xlsx", "out.html"}


def check(result):
    """The rules for a run of which one call failed."""
    text = result["text"]
    assert result["code"] in {0, 2}
    assert "Traceback" not in text
    assert "has a defect" not in text
    assert not result["left"]
    assert not result["gone"]
    assert set(result["new"]) <= OUTPUTS | WORK
    if result["code"]:
        error, hint = text.strip().splitlines()[-2:]
        assert error.startswith("Error: "), text
        assert hint
        assert ".connector-host-" not in error
        assert "packed" not in error
        if "is written, but its folder cannot be synchronised" not in error:
            assert not set(result["new"]) & OUTPUTS
            assert not result["changed"]


@pytest.mark.parametrize("command", ALL if MOST else FEW)
def test_a_failing_call_is_exit_2_with_a_sentence(shim, scene, command):
    environment = {**os.environ, "LD_PRELOAD": str(shim)}
    words = [sys.executable, HERE / "failing_calls.py", scene, str(MOST or 2), command]
    done = subprocess.run(words, check=True, capture_output=True, text=True, env=environment)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert results[0]["code"] == 0
    assert not results[0]["left"]
    for result in results:
        try:
            check(result)
        except AssertionError as error:
            pytest.fail(f"{result}: {error}")
    failed = [result for result in results if result["code"] == 2]
    assert len(failed) >= 3, "the shim should have met some calls that matter"
