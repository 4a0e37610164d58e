"""Privileged access, and access that rules separate, across sources."""

from datetime import date

import pytest

from connector_host.errors import NotFoundInFile
from connector_host.lake.questions.rule_questions import list_privileged, list_separation
from connector_host.query.rules.rules_file import read_rules

RULES = """
format = 1
[[privileged]]
name = "Money"
entitlements = ["approve"]
[[separation]]
name = "Write and approve"
severity = "high"
reason = "Nobody approves what he wrote."
never-together = [{ entitlement = "write", connector = "payroll" }, { entitlement = "approve", connector = "bank" }]
"""
EXCEPTION = """
[[separation.exceptions]]
principal = "ada@example.com"
until = 2026-12-31
reason = "Closes the year alone."
"""


@pytest.fixture
def rules(tmp_path):
    def write(text):
        (tmp_path / "rules.toml").write_text(text)
        return read_rules(tmp_path / "rules.toml")

    return write


def test_nobody_is_privileged_by_name(reading):
    assert list_privileged(reading).rows == []


def test_privileged_by_rule(reading, rules):
    rows = list_privileged(reading, rules(RULES)).rows
    assert [(row[0], row[2], row[5], row[6]) for row in rows] == [
        ("ada@example.com", "bank", "approve", "Money"),
        ("robot@example.com", "bank", "approve", "Money"),
    ]


def test_one_person_holds_both_in_two_sources(reading, rules):
    (row,) = list_separation(reading, rules(RULES), date(2026, 6, 1)).rows
    assert row[:3] == ("high", "Write and approve", "ada@example.com")
    assert row[4] == ["Payroll write (payroll, direct)", "Ledger approve (bank, direct)"]
    assert row[-1] is True


@pytest.mark.parametrize(("day", "is_open", "text"), [(1, False, "allowed until"), (31, True, "ended on")])
def test_an_exception(reading, rules, day, is_open, text):
    today = date(2026 if day == 1 else 2027, 6, day if day == 1 else 30)
    (row,) = list_separation(reading, rules(RULES + EXCEPTION), today).rows
    assert row[-1] is is_open
    assert text in row[5]


def test_a_misspelt_entitlement(reading, rules):
    with pytest.raises(NotFoundInFile, match="no entitlement in the lake matches 'aprove'") as failure:
        list_separation(
            reading, rules(RULES.replace('entitlement = "approve"', 'entitlement = "aprove"')), date.today()
        )
    assert "approve" in failure.value.hint
