"""Syncs and counts as JSON."""

import pytest

from connector_host.c1z.sync_stats import Stats
from connector_host.c1z.types import SyncRun
from connector_host.query.sync_json import sync_counts, sync_json, sync_seconds, sync_stats_json


def test_what_is_empty_is_left_out():
    assert sync_json(SyncRun(id="x")) == {"id": "x", "syncType": "full"}
    whole = SyncRun(id="x", type="partial", started_at="a", ended_at="b", token="t", parent_id="p")
    assert list(sync_json(whole)) == ["id", "startedAt", "endedAt", "syncToken", "syncType", "parentSyncId"]


def test_numbers_are_text_and_maps_sorted():
    stats = Stats(resource_types=2, grants=1, resources_by_resource_type={"b": 0, "a": 3})
    assert sync_stats_json(SyncRun(id="x"), stats)["stats"] == {
        "resourceTypes": "2",
        "grants": "1",
        "resourcesByResourceType": {"a": "3", "b": "0"},
    }


def test_stored_counts_are_taken_as_they_are(view_of, organisation):
    assert sync_counts(view_of(organisation, stats='{"resource_types":3,"grants":99}')).grants == 99


@pytest.mark.parametrize("stats", [None, "", "{}", "{", '{"grants":99}', '{"grants":"many"}', "[1]"])
def test_counts_that_are_not_there_or_no_counts_are_made(view_of, organisation, stats):
    assert sync_counts(view_of(organisation, stats=stats)).grants == 8


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2026-01-01T10:00:00Z", "2026-01-01T10:00:01.500Z", 1.5),
        ("2026-01-01T10:00:00Z", "", None),
        ("nonsense", "2026-01-01T10:00:00Z", None),
        ("2026-01-01T10:00:00", "2026-01-01T10:00:00Z", None),
    ],
)
def test_how_long_it_took(start, end, seconds):
    assert sync_seconds(SyncRun(id="x", started_at=start, ended_at=end)) == seconds
