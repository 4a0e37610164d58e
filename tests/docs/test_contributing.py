"""The recipes of CONTRIBUTING.md are true: each is followed here, in a copy of the source, and must have its effect."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FAKE = "plugins/fake/connector_host_fake"


def recipe(title):
    """Return the text of one recipe."""
    _, found, text = PAGE.partition(f"\n### {title}\n")
    assert found, f"CONTRIBUTING.md has no recipe {title!r}"
    return text.partition("\n### ")[0]


class SourceCopy:
    """A copy of host and fake connector; only files that the recipe names are changed."""

    def __init__(self, folder, title):
        self.folder, self.text = folder, recipe(title)
        for package in ("connector_host", FAKE):
            shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))

    def _named(self, path):
        name = path.rpartition("/")[2]
        assert path in self.text or f"`{name}`" in self.text, f"the recipe does not name {path}"
        return self.folder / path

    def write(self, path, text):
        """Write a new file that the recipe names."""
        file = self._named(path)
        assert not file.exists()
        file.write_text(text, encoding="utf-8")

    def insert(self, path, anchor, text):
        """Insert text behind the first line that matches a pattern."""
        file = self._named(path)
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        number = next((number for number, line in enumerate(lines) if re.search(anchor, line)), None)
        assert number is not None, f"{path} has no line like {anchor!r}"
        lines.insert(number + 1, text)
        file.write_text("".join(lines), encoding="utf-8")

    def run(self, *words, code=0):
        """Run the changed program."""
        path = os.pathsep.join([str(self.folder), str(self.folder / "plugins" / "fake")])
        environ = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "connector_host", *map(str, words)]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == code, done.stderr
        return done


def test_add_a_command(tmp_path, sync_file):
    source = SourceCopy(tmp_path / "source", "Add a command")
    model = (ROOT / "connector_host/cli/commands/reading/resource_types.py").read_text(encoding="utf-8")
    text = model.replace('name="resource-types"', 'name="owners"').replace('"resourceTypes"', '"owners"')
    source.write("connector_host/cli/commands/reading/owners.py", text)
    line = '        "owners": CommandEntry("reading.owners", "List the owners."),\n'
    source.insert("connector_host/cli/command_table.py", r'^ +"resource-types": ', line)
    assert "List the owners." in source.run("--help").stdout
    assert len(json.loads(source.run("owners", "-f", sync_file, "-o", "json").stdout)["owners"]) == 3


def test_add_an_output_format(tmp_path, sync_file):
    source = SourceCopy(tmp_path / "source", "Add an output format")
    text = """import json

from .screen import write_pieces


def write(document, out, screen):
    values = json.loads(b"".join(document.document()))
    write_pieces((f"{key}: {json.dumps(value)}\\n".encode() for key, value in values.items()), out)
"""
    source.write("connector_host/output/yaml_format.py", text)
    source.insert("connector_host/output/writers.py", r"^BUILT_IN = ", 'BUILT_IN += ("yaml",)\n')
    assert "yaml" in source.run("resources", "--help").stdout
    assert source.run("resource-types", "-f", sync_file, "-o", "yaml").stdout.startswith("resourceTypes: [{")


def test_add_a_column_to_a_listing(tmp_path, sync_file):
    source = SourceCopy(tmp_path / "source", "Add a column to a listing")
    column = '    ListColumn("shouted", "Shouted", lambda row: row.object.name.upper()),\n'
    source.insert("connector_host/query/listing/listing_columns.py", r"^TYPE_COLUMNS\b", column)
    assert "SHOUTED" in source.run("resource-types", "-f", sync_file).stdout
    assert source.run("resource-types", "-f", sync_file, "-o", "csv").stdout.startswith("Shouted,")


def test_add_a_hook(tmp_path):
    source = SourceCopy(tmp_path / "source", "Add a hook")
    text = '''
@hookspec(firstresult=True)
def list_tickets(session: Any, page_token: str | None) -> Page[Any]:
    """One page of tickets."""
    raise NotImplementedError


'''
    source.insert("connector_host/hookspecs.py", r"^# -+ provision", text)
    connector = """import connector_host as ch

@ch.hookimpl
def connector_info():
    return ch.ConnectorInfo("Tickets", api=ch.HOST_API)

@ch.hookimpl
def list_resource_types():
    return [ch.ResourceType("user", "User", (ch.Trait.USER,))]

@ch.hookimpl
def list_tickets(page_token):
    return []
"""
    (tmp_path / "ticketed.py").write_text(connector)
    words = ("--plugins-dir", tmp_path, "capabilities", "ticketed")
    source.run(*words)
    unchanged = SourceCopy(tmp_path / "unchanged", "Add a hook")
    assert "list_tickets" in unchanged.run(*words, code=70).stderr


def test_add_a_fault_to_the_fake_connector(tmp_path):
    source = SourceCopy(tmp_path / "source", "Add a fault to the fake connector")
    source.insert(f"{FAKE}/faults.py", r'^    WRONG_TYPE = "wrong_type"', '    TRUNCATED = "truncated"\n')
    faults = source.folder / FAKE / "faults.py"
    text = faults.read_text().replace("RESULT_FAULTS = (", "RESULT_FAULTS = (FaultKind.TRUNCATED, ")
    faults.write_text(text)
    case = "    if fault.kind is FaultKind.TRUNCATED:\n        return Page(page.items[:-1], page.next_token)\n"
    source.insert(f"{FAKE}/session.py", r"^def _apply_result_fault", case)
    plan = '[{"hook": "list_resource_types", "kind": "truncated"}]'
    words = ("sync", "fake", "--skip-entitlements-and-grants", "-o", "json", "-f", tmp_path / "sync.c1z")
    whole = json.loads(source.run(*words).stdout)["totals"]["resource_types"]
    less = json.loads(source.run(*words, "--allow-shrink", "--faults", plan).stdout)["totals"]["resource_types"]
    assert less == whole - 1


@pytest.mark.parametrize("command", re.findall(r"`(?:pytest|tox|ruff|mypy|python) [^`]+`", PAGE))
def test_commands_name_files_and_environments_that_exist(command):
    words = command.strip("`").split()
    if words[0] == "tox":
        assert f"[testenv:{words[2]}]" in (ROOT / "tox.ini").read_text(encoding="utf-8")
    for word in words[1:]:
        if "/" in word:
            assert (ROOT / word).exists(), command
