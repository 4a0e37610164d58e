"""Every command that writes, with one call that changes files failing: exit 2 with a sentence, and nothing half done.

The suite fails a few calls of some commands. `FAILING_CALLS=4 pytest tests/reliability/test_failing_calls.py` fails four of
each kind in every command (`tox -e soak`), `FAILING_CALLS=1000` all of them. Needs Linux and a C compiler.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import click
import pytest

from connector_host.cli.app import App
from connector_host.cli.commands.connectors.connector_group import ConnectorGroup
from connector_host.cli.main import root

pytest.importorskip("openpyxl")
from tests.reliability import writing_commands

HERE = Path(__file__).parent
MOST = int(os.environ.get("FAILING_CALLS", "0"))
FEW = ("sync onto a file", "convert to v3")
COMMANDS = {**writing_commands.COMMANDS, **writing_commands.READING}
OPEN_CHANGE = 1
"""Exit code of `audit verify` for a record in which a change has no end."""
LATE = ("is written, but ", "out.json cannot be written")
"""Errors after the result was written: of its folder, of the lake, and of the metrics."""


READ_ONLY = {
    *("access", "capabilities", "check", "completion", "config", "diff", "entitlements", "health-check", "matrix"),
    *("principals compare", "resource-types", "resources", "serve", "stats", "syncs", "tickets get", "tickets schemas"),
    *("why", "audit verify", "review status", "review verify", "explore"),
    *(f"lake {name}" for name in ("access", "diff", "dormant", "orphans", "people", "privileged", "sod", "stats")),
    *(f"lake {name}" for name in ("timeline", "verify", "who")),
    *("plugins add", "plugins remove", "service"),  # tests/plugins, tests/remote/test_killed_hosts.py and tests/service
}
"""Commands that write no file but temporary ones, and those whose kills other tests make."""


def check(result):
    """The rules for a run of which one call failed."""
    command, text = COMMANDS[result["command"]], result["text"]
    assert result["code"] in {0} | command.failures
    assert "Traceback" not in text
    assert "has a defect" not in text
    assert not result["left"]
    assert not result["gone"]
    assert set(result["new"]) <= command.results | command.kept
    assert result["verified"] in {0, OPEN_CHANGE}
    assert result["lakes"] == []
    if result["code"] == 2:
        error, hint = text.strip().splitlines()[-2:]
        assert error.startswith("Error: "), text
        assert hint
        assert ".connector-host-" not in error
        assert "packed" not in error
        if not any(text in error for text in LATE):
            assert not set(result["new"]) & command.results
            assert set(result["changed"]) <= command.kept


@pytest.mark.parametrize("command", COMMANDS if MOST else FEW)
def test_a_failing_call_is_exit_2_with_a_sentence(shim, scene, command):
    environment = {**os.environ, "LD_PRELOAD": str(shim)}
    words = [sys.executable, HERE / "failing_calls.py", scene, str(MOST or 2), command]
    done = subprocess.run(words, check=True, capture_output=True, text=True, env=environment)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert results[0]["code"] == 0
    assert not results[0]["left"]
    faults = []
    for result in results:
        try:
            check(result)
        except AssertionError as error:
            faults.append(f"{result}: {error}")
    codes = Counter(result["code"] for result in results[1:])
    print(f"| `{command}` | {codes.total()} | {codes.total() - codes[0]} | {codes[0]} |")
    assert not faults, "\n".join(faults[:3])
    few = min(3, codes.total() // 2)  # `lake sql` makes 5 calls
    assert codes.total() - codes[0] >= few, "the shim should have met some calls that matter"


def test_the_documentation_has_the_table_of_all_commands():
    page = (HERE.parents[1] / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = page.partition("| command | runs |")[2].partition("\n\n")[0].splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list(COMMANDS)


def test_every_command_is_in_the_list_or_writes_nothing():
    """A new command fails here until `writing_commands.py` has it, or READ_ONLY."""
    context = click.Context(root, info_name="connector-host", obj=App())
    listed = {" ".join(part for part in command.words if part != "fake") for command in COMMANDS.values()}
    names = {" ".join(name) for name in command_names(root, context)}
    assert {
        name for name in names - READ_ONLY if not any(f"{words} ".startswith(f"{name} ") for words in listed)
    } == set()
    assert names >= READ_ONLY


def command_names(command, context):
    """Yield the path of every command; a group whose members are connectors counts as one command."""
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        if not isinstance(inner, click.Group) or isinstance(inner, ConnectorGroup):
            yield [name]
            continue
        yield from ([name, *rest] for rest in command_names(inner, click.Context(inner, parent=context, obj=App())))
