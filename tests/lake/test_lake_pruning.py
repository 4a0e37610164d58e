"""Pruning: what the policy keeps, what grace protects, and what goes."""

from datetime import UTC, datetime, timedelta

import pytest

from connector_host.errors import FileError
from connector_host.lake.lake_catalog import Lake
from connector_host.lake.lake_checks import verify_lake
from connector_host.lake.lake_pruning import RetentionPolicy, prune_lake, syncs_to_remove
from connector_host.lake.sync_commits import SyncCommit

NO_GRACE = timedelta(0)


def commits(*days):
    return [
        SyncCommit(source="hr", sync_id=f"s{number}", revision=1, ended_at=datetime(2026, month, day, hour, tzinfo=UTC))
        for number, (month, day, hour) in enumerate(days)
    ]


def kept(policy, *days):
    syncs = commits(*days)
    removed = {commit.sync_id for commit in syncs_to_remove(syncs, policy)}
    return [(commit.end.month, commit.end.day, commit.end.hour) for commit in syncs if commit.sync_id not in removed]


def test_the_last_sync_of_a_day_and_of_a_month_is_kept():
    days = ((1, 5, 8), (1, 20, 8), (2, 3, 8), (2, 3, 20), (2, 4, 8), (2, 4, 9))
    assert kept(RetentionPolicy(daily=2, monthly=2), *days) == [(1, 20, 8), (2, 3, 20), (2, 4, 9)]
    assert kept(RetentionPolicy(daily=0, monthly=0), *days) == [(2, 4, 9)]
    assert kept(RetentionPolicy(daily=9, monthly=0), *days) == [(1, 5, 8), (1, 20, 8), (2, 3, 20), (2, 4, 9)]


def test_removed_syncs_are_invisible_at_once_and_deleted_after_the_grace(days_lake):
    before = {stored.key for stored in days_lake.store.list("")}
    policy = RetentionPolicy(daily=1, monthly=0)
    pruned = prune_lake(days_lake, policy, grace=timedelta(days=1))
    assert [commit.sync_id for commit in pruned.syncs] == ["payroll1", "payroll2"]
    assert pruned.objects == 0
    assert len(Lake.open(days_lake.store.url).commits) == 3
    assert before <= {stored.key for stored in days_lake.store.list("")}
    later = prune_lake(
        Lake.open(days_lake.store.url), policy, grace=timedelta(days=1), now=datetime.now(UTC) + timedelta(days=2)
    )
    assert later.syncs == ()
    assert later.objects == 2 * 5 + 4  # files of five tables, two commits, two endings
    lake = Lake.open(days_lake.store.url)
    assert [commit.sync_id for commit in lake.commits] == ["bank1", "hr1", "payroll3"]
    assert list(verify_lake(lake)) == []


def test_a_dry_run_changes_nothing(days_lake):
    before = {stored.key for stored in days_lake.store.list("")}
    pruned = prune_lake(days_lake, RetentionPolicy(daily=0, monthly=0), grace=NO_GRACE, dry_run=True)
    assert len(pruned.syncs) == 2
    assert {stored.key for stored in days_lake.store.list("")} == before


def test_files_of_a_killed_writer_go(days_lake):
    days_lake.store.create("data/grants/hr/x/1.parquet", b"half")
    assert prune_lake(days_lake, RetentionPolicy(), grace=timedelta(days=1)).objects == 0
    assert prune_lake(days_lake, RetentionPolicy(), grace=NO_GRACE).objects == 1


def test_a_prune_that_breaks_off_leaves_a_whole_lake(days_lake, monkeypatch):
    real = type(days_lake.store).delete
    left = iter(range(3))

    def failing(store, key):
        if next(left, None) is None:
            raise FileError("gone")
        real(store, key)

    monkeypatch.setattr(type(days_lake.store), "delete", failing)
    with pytest.raises(FileError):
        prune_lake(days_lake, RetentionPolicy(daily=1, monthly=0), grace=NO_GRACE)
    monkeypatch.undo()
    lake = Lake.open(days_lake.store.url)
    assert [commit.sync_id for commit in lake.commits] == ["bank1", "hr1", "payroll3"]
    assert [finding for finding in verify_lake(lake) if finding.severity == "error"] == []
