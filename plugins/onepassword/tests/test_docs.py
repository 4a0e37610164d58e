"""What the documentation says is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from connector_host_onepassword.op_cli.error_rules import RULES
from connector_host_onepassword.options import OPTIONS

TEXT = (Path(__file__).parents[3] / "docs" / "onepassword.md").read_text()
STANDIN = (Path(__file__).parent / "standin" / "README.md").read_text()


@pytest.mark.parametrize("name", [option.name for option in OPTIONS])
def test_every_option_is_explained(name):
    assert f"`--{name}`" in TEXT


@pytest.mark.parametrize("message", [rule.message for rule in RULES])
def test_every_message_is_explained(message):
    assert message.partition(",")[0].partition(":")[0] in TEXT


def test_every_part_of_the_stand_ins_plan_is_explained():
    code = "".join(path.read_text() for path in (Path(__file__).parent / "standin").glob("*.py"))
    for part in code.split('plan.get("')[1:]:
        assert f"`{part.partition(chr(34))[0]}`" in STANDIN


def test_the_fault_table_names_tests_that_there_are():
    table = TEXT.partition("## Faults\n")[2].partition("## Messages\n")[0]
    named = set(re.findall(r"`(test_\w+)`", table))
    assert named
    assert named <= {path.stem for path in Path(__file__).parent.rglob("test_*.py")}
