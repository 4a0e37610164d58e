"""Accounts without a person, and accounts without a sign-in."""

from datetime import UTC, datetime

from connector_host.lake.engines.engine_choice import open_reading
from connector_host.lake.file_adding import add_file
from connector_host.lake.lake_catalog import Lake
from connector_host.lake.questions.account_questions import list_dormant, list_orphans

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_accounts_without_a_person_in_hr(reading):
    rows = list_orphans(reading, "hr").rows
    assert [(row[0], row[1], row[6], row[8]) for row in rows] == [("bank", "r", 1, "not in hr")]


def test_sources_that_report_no_sign_in_are_named(reading):
    table = list_dormant(reading, 90, NOW, never=False)
    assert table.rows == []
    assert any("report no sign-in: bank, hr, payroll" in note for note in table.notes)
    assert [row[1] for row in list_dormant(reading, 90, NOW, never=True).rows] == ["a", "r", "10", "7", "8", "9", "u1"]


def test_an_old_sign_in(days_lake, make_c1z, organisation):
    m = organisation.m
    organisation.types = organisation.types[:1]
    organisation.entitlements, organisation.grants = [], []
    organisation.resources = [
        m.Resource(
            m.ResourceId("user", name), name, traits=(m.UserTrait(last_login=datetime(2026, month, 1, tzinfo=UTC)),)
        )
        for name, month in (("old", 1), ("recent", 5))
    ]
    add_file(days_lake, make_c1z(organisation, ids=("crm1",)), source="crm")
    with open_reading(Lake.open(days_lake.store.url)) as reading:
        rows = list_dormant(reading, 90, NOW, never=False).rows
    assert [(row[1], row[5]) for row in rows] == [("old", 151)]
