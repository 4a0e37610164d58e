"""docs/provisioning.md says what there is."""

import importlib
import re
from pathlib import Path

import click
import pytest

from connector_host.cli.commands import SECTIONS
from connector_host.model import Outcome

TEXT = (Path(__file__).parents[2] / "docs" / "provisioning.md").read_text(encoding="utf-8")
COMMANDS = SECTIONS["Change the application"]
OF_ALL = {
    "--config",
    "--plugins-dir",
    "--trace-hooks",
    "--log-format",
    "--log-level",
    "--debug",
    "--sync",
    "--file",
    "--output",
    "--account-login",
}
OTHER_SPELLINGS = {"--account-name", "--resource-type", "-f", "-o"}


def test_the_table_has_every_command_and_no_other():
    assert set(re.findall(r"^\| `([a-z-]+) NAME`", TEXT, re.MULTILINE)) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_there(name):
    group = importlib.import_module(f"connector_host.cli.{COMMANDS[name][0]}").command
    made = group.get_command(click.Context(group), "fake")
    flags = {flag for option in made.params if option not in made.own for flag in option.opts}
    assert {flag for flag in flags if flag not in TEXT} <= OF_ALL | OTHER_SPELLINGS


def test_every_outcome_is_there():
    assert {str(outcome) for outcome in Outcome} <= set(re.findall(r"`(\w+)`", TEXT))


def test_every_page_it_links_is_there():
    for link in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert (Path(__file__).parents[2] / "docs" / link).is_file()
