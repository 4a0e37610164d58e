"""Compaction: fewer files, the same rows, also when another process changes a sync meanwhile."""

from connector_host.lake import compaction
from connector_host.lake.compaction import compact_lake
from connector_host.lake.engines.engine_choice import open_reading
from connector_host.lake.lake_catalog import Lake
from connector_host.lake.lake_checks import verify_lake
from connector_host.lake.lake_pruning import RetentionPolicy, prune_lake

COUNTS = "select source, sync_id, count(*), count(distinct grant_id) from history.grants group by 1, 2 order by 1, 2"


def answers(lake):
    with open_reading(Lake.open(lake.store.url)) as reading:
        queries = (COUNTS, COUNTS.replace("history", "current"), "select * exclude (through) from access order by all")
        return [reading.engine.query(sql).rows for sql in queries]


def test_the_rows_stay_and_the_files_become_few(days_lake):
    before = answers(days_lake)
    result = compact_lake(days_lake, smaller_than=1_000_000)
    assert (result.syncs, result.files_after) == (5, 5)
    assert answers(days_lake) == before
    lake = Lake.open(days_lake.store.url)
    assert compact_lake(lake, smaller_than=1_000_000).syncs == 0
    assert [finding.severity for finding in verify_lake(lake)] == ["note"]


def test_syncs_can_be_removed_from_a_shared_file(days_lake):
    compact_lake(days_lake, smaller_than=1_000_000)
    from datetime import timedelta

    prune_lake(Lake.open(days_lake.store.url), RetentionPolicy(daily=1, monthly=0), grace=timedelta(0))
    history, current, _ = answers(days_lake)
    assert history == current
    assert list(verify_lake(Lake.open(days_lake.store.url))) == []


def test_a_sync_that_is_replaced_meanwhile_keeps_its_own_files(days_lake, monkeypatch):
    """The other process writes a revision after the files are merged and before they are committed."""
    before = answers(days_lake)
    merge = compaction._merge

    def slow(lake, commits):
        files = merge(lake, commits)
        from msgspec.json import encode
        from msgspec.structs import replace

        other = replace(commits[-1], revision=commits[-1].revision + 1)
        assert lake.store.create(other.key, encode(other))
        return files

    monkeypatch.setattr(compaction, "_merge", slow)
    assert compact_lake(days_lake, smaller_than=1_000_000).syncs == 4
    assert answers(days_lake) == before


def test_a_snapshot_stands_for_the_commits(days_lake, monkeypatch):
    compact_lake(days_lake, smaller_than=1)
    monkeypatch.setattr("connector_host.lake.lake_catalog.READERS", 2)
    lake = Lake.open(days_lake.store.url)
    monkeypatch.setattr(Lake, "_read_commit", lambda lake, key: 1 / 0)
    assert len(lake.commits) == 5
