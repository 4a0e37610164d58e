"""Changes between two days."""

import pytest

from connector_host.errors import PreconditionError
from connector_host.lake.file_adding import add_file
from connector_host.lake.lake_catalog import Lake, parse_date
from connector_host.lake.questions.change_questions import list_changes


def changes(lake, start, end):
    return list_changes(lake, parse_date(start, "--from"), parse_date(end, "--to"))


def test_grants_and_accounts_that_went(days_lake):
    table = changes(days_lake, "2026-03-01", "2026-03-02")
    assert [row[:7] for row in table.rows] == [
        ("removed", "grant", "payroll", "Bob", "Engineering", "member", "direct"),
        ("removed", "grant", "payroll", "Bob", "Payroll", "read", "inherited"),
    ]


def test_grants_that_came_and_an_account_that_went(days_lake):
    table = changes(days_lake, "2026-03-02", "2026-03-03")
    assert [row[:4] for row in table.rows] == [
        ("removed", "account", "payroll", "Bob"),
        ("added", "grant", "payroll", "Bob"),
        ("added", "grant", "payroll", "Bob"),
    ]
    assert "hr: no sync ended before 2026-03-02 23:59 UTC, so it is not compared." in table.notes


def test_a_removal_in_a_listing_that_was_not_read_is_unknown(days_lake, make_c1z, organisation):
    organisation.grants = [grant for grant in organisation.grants if grant.principal_id.resource != "u2"]
    token = '{"connector_host":{"connector":"payroll","account":"example.com","unread":["group:g1 (list_grants): forbidden"]}}'
    times = {"started_at": "2026-03-04 10:00:00", "ended_at": "2026-03-04 10:00:01", "sync_token": token}
    add_file(days_lake, make_c1z(organisation, name="p4.c1z", ids=("payroll4",), **times), source="payroll")
    rows = [
        row for row in changes(Lake.open(days_lake.store.url), "2026-03-03", "2026-03-04").rows if row[1] == "grant"
    ]
    assert {(row[0], row[3]) for row in rows} == {("unknown", "Bob")}
    assert "may still exist" in rows[0][6]


def test_a_status_and_a_way_of_holding_that_changed(days_lake, make_c1z, organisation):
    from msgspec.structs import replace

    resources = [item for item in organisation.resources if item.id.resource != "u3"]
    m = organisation.m
    organisation.resources = [replace(resources[0], status=m.Status(m.ResourceStatus.DISABLED)), *resources[1:]]
    organisation.grants[3] = organisation.grant(
        "group:g1:member", "user", "u1", sources={"group:g1:member": True, "group:g2:member": True}
    )
    times = {"started_at": "2026-03-04 10:00:00", "ended_at": "2026-03-04 10:00:01"}
    token = '{"connector_host":{"connector":"payroll","account":"example.com"}}'
    path = make_c1z(organisation, name="p4.c1z", ids=("payroll4",), **times, sync_token=token)
    add_file(days_lake, path, source="payroll")
    rows = changes(Lake.open(days_lake.store.url), "2026-03-03", "2026-03-04").rows
    assert [(*row[:2], row[6]) for row in rows] == [
        ("changed", "account", "status: enabled -> disabled"),
        ("changed", "grant", "inherited -> direct, inherited"),
    ]


def test_there_is_nothing_to_compare(days_lake):
    with pytest.raises(PreconditionError, match="no sync that ended before"):
        changes(days_lake, "2025-01-01", "2025-01-02")
