"""Grants that are found by their keys are those that reading all of them finds, whatever their names."""

from contextlib import contextmanager
from itertools import chain, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.c1z.opening import open_store
from connector_host.c1z.pebble.database_writer import write_groups
from connector_host.c1z.pebble.pebble_database import open_pebble
from connector_host.c1z.types import EVERY_GRANT, EntitlementRow, GrantFilter
from connector_host.c1z.v3 import grant_streams, selected_grants
from connector_host.c1z.v3.grant_streams import key_of
from connector_host.c1z.v3.record_reader import RecordReader
from connector_host.c1z.v3.selected_grants import SelectedGrants, key_ranges
from connector_host.c1z.v3.sync_entries import SyncEntries, build_indexes
from tests.c1z.v3.test_grant_runs import PAGES, SYNC, direct, draft, members

GROUPS = 30


def written(folder, *pages):
    database = draft(*pages)
    direct(database)
    build_indexes(database, SYNC)
    write_groups(folder, SyncEntries(database, SYNC).groups())
    return open_pebble(folder)


def matches(where, row):
    wanted = (where.entitlement, where.resource_type, where.resource, where.principal)
    own = (row.entitlement, row.resource_type, row.resource, row.principal_id)
    return all(one in (None, other) for one, other in zip(wanted, own, strict=True))


def filters(rows):
    """Every filter that the values of some grants give, and some of nothing."""
    for row in [*rows[:: max(len(rows) // 4, 1)], *rows[-1:]]:
        choices = product(
            (None, row.entitlement), (None, row.resource_type), (None, row.resource), (None, row.principal_id)
        )
        for entitlement, resource_type, resource, principal in choices:
            yield GrantFilter(
                entitlement=entitlement, resource_type=resource_type, resource=resource, principal=principal
            )
    yield GrantFilter(resource_type="grou")
    yield GrantFilter(resource_type="group", resource="")


@settings(max_examples=25, deadline=None)
@given(st.lists(PAGES, max_size=3))
def test_they_are_those_of_a_scan(tmp_path_factory, pages):
    with written(tmp_path_factory.mktemp("written"), *pages) as database:
        reader = RecordReader(database)
        rows = list(grant_streams.grant_rows(reader))
        entitlements = {EntitlementRow(row.resource_type, row.resource, row.entitlement, b"", 0) for row in rows}
        selected = SelectedGrants(reader)
        for where, is_listed in product(filters(rows), (True, False)):
            listed = [row for row in entitlements if is_listed and row.id == where.entitlement]
            ranges = key_ranges(where, listed)
            if ranges is None:
                assert where.entitlement is None
                assert where.resource_type is None or where.principal is not None
                continue
            found = list(selected.rows(ranges, where))
            assert [row._replace(row=0) for row in found] == [
                row._replace(row=0) for row in rows if matches(where, row)
            ]
            known = list(selected.keys(ranges, where))
            assert [key[:3] for key in known] == [key_of(row)[:3] for row in found]
            holders = list(selected.principals(ranges, where))
            assert holders == list(dict.fromkeys(row.principal_id for row in found))
            assert [selected.at(row.row) for row in found] == found
            assert [key_of(selected.at(key.row)) for key in reversed(known)] == known[::-1]
        for grant_id in [*(row.id for row in rows[::5]), "", "group:"]:
            first = next((row._replace(row=0) for row in rows if row.id == grant_id), None)
            row = selected.find(grant_id)
            assert (row and row._replace(row=0)) == first
            assert row is None or selected.at(row.row) == row
        assert list(grant_streams.expandable_grants(reader)) == [row for row in rows if row.expansion is not None]


@pytest.fixture
def large_file(ask, tmp_path):
    """Grants in blocks of their own, some of which are passed on."""
    size = ("--users", "2000", "--groups", GROUPS, "--members", "300", "--nested", "2")
    assert ask("sync", "fake", *size, "--storage-engine", "pebble", "-f", tmp_path / "large.c1z").code == 0
    return tmp_path / "large.c1z"


@contextmanager
def viewed(path):
    with open_store(path) as store:
        yield store.view(store.syncs()[0])


def answers(view):
    on = GrantFilter(entitlement="group:g000003:member")
    of_resource = GrantFilter(resource_type="group", resource="g000004")
    rows = list(view.grants(on))
    holder = rows[7].principal_id
    pair = GrantFilter(entitlement=on.entitlement, principal=holder)
    found = [*rows, *view.grants(of_resource), *view.grants(pair)]
    assert [view.grant_at(row.row) for row in reversed(found)] == found[::-1]
    keys = [*view.grant_keys(on), *view.grant_keys(of_resource), *view.grant_keys(pair)]
    assert [key_of(view.grant_at(key.row)) for key in keys] == keys
    assert view.grant_at(-1_000_000) is None
    return {
        "rows": [row._replace(row=0) for row in found],
        "keys": [key[:3] for key in keys],
        "principals": [*view.principals(on), *view.principals(pair), *view.principals(GrantFilter(entitlement="none"))],
        "holders": [*view.holders(on), *view.holders(pair)],
        "passed on": [row._replace(row=0) for row in view.expandable_grants(on.entitlement)],
        "all passed on": [row.id for row in view.expandable_grants()],
        "found": [view.grant(row.id)._replace(row=0) for row in rows[::100]],
        "of one": [row.id for row in view.grants(GrantFilter(principal=holder))],
        "of one, ids": [key[:3] for key in view.grant_keys(GrantFilter(principal=holder))],
        "of one on one": [
            row.id for row in view.grants(GrantFilter(principal=holder, resource_type="group", resource="g000003"))
        ],
    }


def test_a_view_answers_by_keys_as_from_its_table(large_file, monkeypatch):
    with viewed(large_file) as view:
        by_keys = answers(view)
        assert all(row.row < 0 for row in view.grants(GrantFilter(entitlement="group:g000003:member")))
        key = next(view.grant_keys(GrantFilter(entitlement="group:g000003:member")))
        assert list(view.grants(GrantFilter(resource="g000001")))  # from the table
        assert key_of(view.grant_at(key.row)) == key
    monkeypatch.setattr(selected_grants, "MOST_QUESTIONS", 0)
    with viewed(large_file) as view:
        assert answers(view) == by_keys
    assert len(by_keys["passed on"]) == 2
    assert len(by_keys["rows"]) > 600
    assert len(by_keys["of one on one"]) == 1 < len(by_keys["of one"])


def test_after_many_questions_the_table_answers(large_file, monkeypatch):
    monkeypatch.setattr(selected_grants, "MOST_QUESTIONS", 2)
    with viewed(large_file) as view:
        for number, is_table in enumerate([False, False, True], start=1):
            keys = list(view.grant_keys(GrantFilter(entitlement=f"group:g{number:06d}:member")))
            assert len(keys) > 300
            assert all((key.row > 0) == is_table for key in keys)


def test_a_record_under_the_key_of_another_is_no_answer(tmp_path):
    with written(tmp_path, members("a", range(20)), members("b", range(20))) as database:
        reader = RecordReader(database)
        selected = SelectedGrants(reader)
        wrong = key_ranges(GrantFilter(resource_type="group", resource="b"), ())
        where = GrantFilter(resource_type="group", resource="a")
        assert not list(selected.rows(wrong, where))
        assert not list(selected.keys(wrong, where))
        both = list(chain(selected.keys(wrong, EVERY_GRANT), selected.rows(wrong, EVERY_GRANT)))
        assert len(both) == 40
