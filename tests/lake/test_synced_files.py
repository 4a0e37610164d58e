"""A sync that adds its file to a lake."""

from pathlib import Path


def test_a_sync_is_added(ask):
    result = ask("sync", "fake", "--lake", "lake")
    assert result.code == 0, result.err
    assert "Added to the lake lake as source fake-larkfield-robotics" in result.err
    assert ask("lake", "stats", "-o", "json").json["sources"][0]["syncs"] == 1


def test_a_lake_that_cannot_be_reached_costs_no_sync(ask, tmp_path):
    (tmp_path / "file").write_text("")
    result = ask("sync", "fake", "--lake", tmp_path / "file")
    assert result.code == 2
    assert "cannot read lake.json" in result.err
    assert not Path("sync.c1z").exists()


def test_a_file_that_cannot_be_added_is_written_all_the_same(ask, sync_file):
    ask("lake", "add", sync_file, "--source", "taken")
    result = ask("sync", "fake", "--lake", "lake", "--lake-source", "taken")
    assert result.code == 9
    assert "sync.c1z is written, but it is not in the lake" in result.err
    assert "connector-host lake add sync.c1z --lake lake" in result.err
    assert Path("sync.c1z").exists()
