"""docs/provisioning.md says what there is; docs/reference/commands.md has every option."""

import re
from pathlib import Path

from connector_host.cli.command_table import SECTIONS
from connector_host.model import Outcome

TEXT = (Path(__file__).parents[2] / "docs" / "provisioning.md").read_text(encoding="utf-8")


def test_the_table_has_every_command_and_no_other():
    assert set(re.findall(r"^\| `([a-z-]+) (?:NAME|verify)`", TEXT, re.MULTILINE)) == set(
        SECTIONS["Change the application"]
    )


def test_every_outcome_is_there():
    assert {str(outcome) for outcome in Outcome} <= set(re.findall(r"`(\w+)`", TEXT))
