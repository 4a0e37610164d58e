"""Numbers over time, and who joined, moved and left."""

from connector_host.lake.lake_catalog import parse_date
from connector_host.lake.report.report_facts import day_numbers, people_changes


def test_the_numbers_of_each_day(reading):
    numbers = day_numbers(reading.engine, reading.history, 90)
    shown = [
        (entry.day, entry.source, entry.accounts, entry.active, entry.privileged, entry.grants) for entry in numbers
    ]
    assert shown == [
        ("2026-03-01", "payroll", 3, 2, 0, 8),
        ("2026-03-02", "payroll", 3, 2, 0, 6),
        ("2026-03-03", "bank", 2, 2, 0, 2),
        ("2026-03-03", "hr", 4, 4, 0, 0),
        ("2026-03-03", "payroll", 2, 1, 0, 8),
    ]


def changes(lake, start, end, against=None):
    moments = parse_date(start, "--from"), parse_date(end, "--to")
    return people_changes(lake, *moments, engine="duckdb", mappings=(), against=against)


def test_somebody_left_and_sources_without_a_sync_are_named(shared_lake):
    found = changes(shared_lake, "2026-03-02", "2026-03-03")
    assert [row[:5] for row in found.table.rows] == [("left", "robert@example.com", "Bob", 0, 0)]
    assert found.counts == {"joined": 0, "moved": 0, "left": 1}
    assert found.table.notes == ("Without a sync by 2026-03-02, so not compared: bank, hr.",)


def test_somebody_moved(days_lake, make_c1z, organisation):
    from connector_host.lake.file_adding import add_file
    from connector_host.lake.lake_catalog import Lake

    organisation.grants.pop()
    organisation.resources.append(organisation.user("u9", "New", "new@example.com"))
    times = {"started_at": "2026-03-05 10:00:00", "ended_at": "2026-03-05 10:00:01"}
    token = '{"connector_host":{"connector":"payroll","account":"example.com"}}'
    path = make_c1z(organisation, name="p5.c1z", ids=("payroll5",), **times, sync_token=token)
    add_file(days_lake, path, source="payroll")
    found = changes(Lake.open(days_lake.store.url), "2026-03-03", "2026-03-05")
    assert [row[:5] for row in found.table.rows] == [
        ("joined", "new@example.com", "New", 0, 0),
        ("joined", "robert@example.com", "Bob", 0, 0),
        ("moved", "ada@example.com", "Ada Lovelace", 0, 1),
    ]
    found = changes(Lake.open(days_lake.store.url), "2026-03-03", "2026-03-05", "hr")
    assert [row[:2] for row in found.table.rows] == [("moved", "ada@example.com")]
