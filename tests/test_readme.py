"""What the README shows works, and is what the check of a fresh clone runs."""

import importlib.util
import re
from pathlib import Path

import pytest

from connector_host import Run
from connector_host.cli.command_table import built_in
from connector_host.options import Options
from connector_host.plugins.loading import make_connector
from connector_host.sync.engine import SyncSettings, run_sync
from connector_host.testing import ContractTests

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


@pytest.fixture
def staff(tmp_path):
    """The connector it shows, imported."""
    path = tmp_path / "connector_host_staff.py"
    path.write_text(re.search(r"```python\n(.*?)```", README, re.DOTALL)[1])
    spec = importlib.util.spec_from_file_location("connector_host_staff", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestTheConnectorItShows(ContractTests):
    @pytest.fixture(autouse=True)
    def _staff(self, staff, monkeypatch):
        monkeypatch.setattr(type(self), "connector", staff, raising=False)


def test_the_connector_it_shows_syncs(staff, tmp_path):
    connector = make_connector(staff, "staff", version="1", distribution="connector-host-staff")
    summary = run_sync(connector, Options({}), SyncSettings(file=tmp_path / "sync.c1z"), Run())
    assert summary.totals == {"resource_types": 2, "resources": 4, "entitlements": 2, "grants": 3, "expanded": 0}


def test_the_check_of_a_fresh_clone_runs_its_two_commands_the_tests_first():
    commands = [line.strip() for line in README.splitlines() if line.startswith("    python3.11 -m venv")]
    script = (ROOT / ".ci" / "run").read_text().replace('"$PYTHON" ', "python3.11 ")
    steps = [line for line in script.splitlines() if line.startswith("python3.11")]
    assert len(commands) == 2
    assert steps == [commands[1], commands[0]]


def test_the_check_of_a_fresh_clone_hides_no_failure():
    script = (ROOT / ".ci" / "run").read_text()
    assert "set -euo pipefail" in script
    assert not re.findall(r"\|\|\s*(true|:)|2>\s*/dev/null|&>\s*/dev/null|set \+e", script)


def test_every_command_is_in_the_table():
    table = README.partition("## Commands")[2].partition("## ")[0]
    assert [name for name in built_in() if not re.search(rf"`{name}[ `]", table)] == []


def test_every_exit_code_of_an_error_is_in_the_list():
    listed = {int(number) for number in re.findall(r"\b(\d+)\b", README[README.index("Exit codes:") :][:500])}
    assert {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 70, 130, 143} <= listed
