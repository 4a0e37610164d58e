"""What somebody holds in every source, and who holds something."""

import pytest

from connector_host.errors import ConfigError, NotFoundInFile
from connector_host.lake.engines.engine_choice import open_reading
from connector_host.lake.lake_catalog import parse_date
from connector_host.lake.questions.access_questions import list_access, list_holders


def held(table):
    return [(row[1], row[3], row[5], row[7], row[8]) for row in table.rows]


@pytest.mark.parametrize(
    "text", ["ada@example.com", "ADA@example.com", "u1", "user:u1", "lovelace ada", "payroll:user:u1"]
)
def test_access_of_a_person_in_every_source(reading, text):
    assert held(list_access(reading, text)) == [
        ("bank", "Ledger", "approve", "direct", []),
        ("payroll", "Engineering", "member", "inherited", ["Platform member"]),
        ("payroll", "Payroll", "read", "inherited", ["Engineering member"]),
        ("payroll", "Payroll", "write", "direct", []),
        ("payroll", "Platform", "member", "direct", []),
    ]


def test_access_in_one_source(reading):
    assert held(list_access(reading, "ada@example.com", "bank")) == [("bank", "Ledger", "approve", "direct", [])]


def test_the_notes_name_accounts_and_ages(reading):
    notes = list_access(reading, "ada@example.com").notes
    assert "bank:user:a" in notes[0]
    assert "3 sources; the oldest sync is of payroll, 2026-03-03 10:00 UTC" in notes[1]


def test_nobody_has_this_name(reading):
    with pytest.raises(NotFoundInFile, match="matches 'ada@exmple.com'") as failure:
        list_access(reading, "ada@exmple.com")
    assert "ada@example.com" in failure.value.hint


def test_several_people_have_this_name(reading):
    with pytest.raises(ConfigError, match="2 people match 'carol dee'") as failure:
        list_access(reading, "carol dee")
    assert "c.dee@example.com" in failure.value.hint


def test_a_quote_in_a_name_is_only_text(reading):
    with pytest.raises(NotFoundInFile):
        list_access(reading, "' or '1'='1")


def test_access_on_a_day(days_lake):
    with open_reading(days_lake, moment=parse_date("2026-03-02", "--at")) as reading:
        assert held(list_access(reading, "ada@example.com"))[0][0] == "payroll"
        assert list_access(reading, "bob@example.com").rows == []


def test_holders_of_a_resource(reading):
    rows = list_holders(reading, "ledger", source=None, permission=None).rows
    assert [(row[0], row[1], row[5]) for row in rows] == [
        ("ada@example.com", "bank", "approve"),
        ("robot@example.com", "bank", "approve"),
    ]
    assert [row[0] for row in list_holders(reading, "app:a1", source="payroll", permission="write").rows] == [
        "ada@example.com"
    ]


def test_groups_are_no_people(reading):
    assert {row[0] for row in list_holders(reading, "Payroll", source=None, permission="read").rows} == {
        "ada@example.com",
        "bob@example.com",
    }


@pytest.mark.parametrize(("resource", "permission"), [("Ledgre", None), ("Ledger", "aprove")])
def test_unknown_names_are_suggested(reading, resource, permission):
    with pytest.raises(NotFoundInFile) as failure:
        list_holders(reading, resource, source=None, permission=permission)
    assert "Did you mean" in failure.value.hint
