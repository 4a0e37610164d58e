"""`lake add`, `lake stats` and `lake verify` on the command line."""


def test_files_are_added_and_counted(ask, sync_file):
    result = ask("lake", "add", sync_file, "--source", "hr", "-o", "json")
    assert result.code == 0, result.err
    (added,) = result.json["added"]
    assert (added["source"], added["result"], added["grants"]) == ("hr", "added", 8)
    (source,) = ask("lake", "stats", "-o", "json").json["sources"]
    assert (source["source"], source["syncs"], source["grants"]) == ("hr", 1, 8)
    (sync,) = ask("lake", "stats", "--syncs", "-o", "jsonl").records
    assert sync["ended"] == "2026-01-01T10:00:01.500000Z"
    checked = ask("lake", "verify")
    assert checked.code == 0
    assert "complete and unaltered" in checked.out


def test_one_bad_file_does_not_stop_the_others(ask, sync_file, tmp_path):
    bad = tmp_path / "bad.c1z"
    bad.write_bytes(b"nonsense")
    result = ask("lake", "add", bad, sync_file, "--source", "hr")
    assert result.code == 2
    assert "1 of 2 files could not be added" in result.err
    assert "hr" in result.out


def test_there_is_no_lake(ask):
    result = ask("lake", "stats", "--lake", "nowhere")
    assert result.code == 9
    assert "nowhere holds no lake" in result.err
    assert "lake add FILE" in result.err
