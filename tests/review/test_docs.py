"""docs/reviewing.md says what there is."""

import re
from pathlib import Path

import click
import pytest

from connector_host.cli.commands.files.review import command
from connector_host.cli.commands.files.review_evidence import evidence_command
from connector_host.cli.commands.files.review_import import import_command
from connector_host.cli.commands.files.review_status import status_command
from connector_host.cli.commands.files.review_verify import verify_command
from connector_host.cli.main import root
from connector_host.review import ENDINGS
from connector_host.review.review_columns import COLUMNS, DECISIONS
from connector_host.review.review_model import ReviewOrder

TEXT = (Path(__file__).parents[2] / "docs" / "reviewing.md").read_text(encoding="utf-8")
SHEETS = ("Read me", "Summary", "Review", "By resource", "Changes")


def test_every_option_is_there():
    everywhere = {flag for one in root.params for flag in one.opts}  # a command gets them when it is run
    options = [
        one
        for of in (command, import_command, status_command, verify_command, evidence_command)
        for one in of.params
        if isinstance(one, click.Option)
    ]
    options = [one for one in options if everywhere.isdisjoint(one.opts)]
    assert len(options) > 6
    for option in options:
        assert any(re.search(rf"[` ]{flag}[` ]", TEXT) for flag in option.opts), option.opts


@pytest.mark.parametrize("word", [*DECISIONS, *(f"--by {order.value}" for order in ReviewOrder)])
def test_every_word_is_there(word):
    assert f"`{word}`" in TEXT


@pytest.mark.parametrize("name", SHEETS)
def test_every_sheet_is_there(name):
    assert f"| {name} | " in TEXT


def test_every_cell_to_fill_in_is_there():
    for column in COLUMNS:
        if column.filled:
            assert f"| {column.title} | " in TEXT


def test_every_form_is_there():
    for ending in ENDINGS:
        assert f"-o 2026-q1{ending}" in TEXT
