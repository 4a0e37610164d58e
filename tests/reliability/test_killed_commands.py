"""Every command that writes, killed before a call that changes files: the next run ends it, and nothing is half done.

The suite kills each of a few commands three times. `COMMAND_KILLS=1000 pytest tests/reliability/test_killed_commands.py`, or
`tox -e soak`, kills every command at each of its calls. Needs Linux and a C compiler.
"""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

openpyxl = pytest.importorskip("openpyxl")
HERE = Path(__file__).parent
MOST = int(os.environ.get("COMMAND_KILLS", "0"))
FEW = ("expand", "review as a campaign", "revoke")
ALL = (
    *FEW,
    *("convert to v3", "export c1z", "review as a workbook", "sync", "sync onto a file", "sync onto a v3 file"),
    *("sync with metrics", "expand to a file", "expand a v3 file"),
    *("rollback-expansion", "convert to v1", "export c1z of v3", "export csv", "export xlsx", "review as a page"),
    *("grant", "revoke a plan", "set-status", "delete", "rotate-credentials", "create-account", "events"),
    *("review import", "review evidence", "lake add", "new"),
)
OPEN_CHANGE = 1
"""Exit code of `audit verify` for a record in which a change has no end."""


@pytest.fixture(scope="module")
def whole_scene(scene):
    """The files that the commands start from."""
    folder = scene / "scene"
    if (folder / "scenario.json").exists():
        return scene
    resources = [{"type": "user", "id": f"u{n}", "display_name": f"User {n}"} for n in (1, 2, 3)]
    on = {"type": "app", "id": "a1"}
    scenario = {
        "resource_types": [{"id": "user", "traits": ["user"]}, {"id": "app"}],
        "resources": [*resources, {**on, "display_name": "Payroll"}],
        "entitlements": [{"resource": on, "slug": slug} for slug in ("read", "write")],
        "grants": [
            {"entitlement": f"app:a1:{slug}", "principal": {"type": "user", "id": "u1"}} for slug in ("read", "write")
        ],
    }
    (folder / "scenario.json").write_text(json.dumps(scenario))
    (folder / "plan.jsonl").write_text('{"grant": "app:a1:write:user:u1"}\n{"grant": "app:a1:read:user:u1"}\n')
    for words in (
        ("sync", "fake", "--scenario", "scenario.json", "-f", "reviewed.c1z"),
        ("sync", "fake", "--scenario", "scenario.json", "-f", "changed.c1z"),
        ("review", "-f", "reviewed.c1z", "-o", "book.xlsx"),
    ):
        subprocess.run([sys.executable, "-m", "connector_host", *words], check=True, capture_output=True, cwd=folder)
    book = openpyxl.load_workbook(folder / "book.xlsx")
    sheet = book["Review"]
    columns = {str(cell.value).partition(" (")[0]: cell.column for cell in sheet[1]}
    for title, value in (("Decision", "revoke"), ("Reviewer", "Rita"), ("Date", datetime.date.today())):
        sheet.cell(2, columns[title]).value = value
    book.save(folder / "book.xlsx")
    return scene


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


@pytest.mark.parametrize("command", ALL if MOST else FEW)
def test_a_killed_command_is_ended_by_its_next_run(shim, whole_scene, command):
    environment = {**os.environ, "LD_PRELOAD": str(shim)}
    words = [sys.executable, HERE / "killed_commands.py", whole_scene, str(MOST or 3), command]
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
