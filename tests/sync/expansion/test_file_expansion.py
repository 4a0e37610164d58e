"""Expansion of finished files: redone, taken back, on every golden file and on older formats."""

from pathlib import Path

import pytest

from connector_host import Run
from connector_host.errors import FileError, NotFoundInFile, PreconditionError, UnsupportedFormat
from connector_host.sync.expansion.file_expansion import expand_file, roll_back_file
from connector_host.sync.observers import Observers

GOLDEN = Path(__file__).parents[4] / "shared" / "golden"
golden = pytest.mark.skipif(not GOLDEN.is_dir(), reason="the golden files of the Go tools are not beside the checkout")
TABLES = ("resource_types", "resources", "entitlements", "grants")


def expand(path, sync_id, out=None):
    return expand_file(path, sync_id, out, Run(), Observers([]))


def rows(file):
    """All rows, expansion's own columns included."""
    return {table: file.rows(table) for table in TABLES}


def test_what_was_left_out_can_be_done_later(sync, toy, tmp_path, unpacked):
    _, whole = sync(toy, file=tmp_path / "whole.c1z")
    summary, before = sync(toy, skip_grant_expansion=True)
    assert before.runs()[-1]["supports_diff"] == 0
    result = expand(tmp_path / "sync.c1z", summary.sync_id)
    after = unpacked(tmp_path / "sync.c1z")
    assert rows(after) == rows(whole)
    assert result.added == len(whole.rows("grants")) - len(before.rows("grants"))
    assert after.runs()[-1]["supports_diff"] == 1
    assert after.runs()[-1]["stats"] == whole.runs()[-1]["stats"]


def test_doing_it_again_changes_nothing(sync, toy, tmp_path, unpacked):
    summary, whole = sync(toy)
    result = expand(tmp_path / "sync.c1z", summary.sync_id)
    assert (result.added, result.changed) == (0, 0)
    assert rows(unpacked(tmp_path / "sync.c1z")) == rows(whole)


def test_taken_back_and_done_again_gives_the_same_rows(sync, toy, tmp_path, unpacked):
    summary, whole = sync(toy)
    _, plain = sync(type(toy)(), file=tmp_path / "plain.c1z", skip_grant_expansion=True)
    result = roll_back_file(tmp_path / "sync.c1z", summary.sync_id, None)
    assert result.deleted == summary.totals["expanded"]
    assert rows(unpacked(tmp_path / "sync.c1z")) == rows(plain)
    expand(tmp_path / "sync.c1z", summary.sync_id)
    assert rows(unpacked(tmp_path / "sync.c1z")) == rows(whole)


def test_a_dry_run_says_the_same_and_writes_nothing(sync, toy, tmp_path):
    summary, _ = sync(toy)
    before = (tmp_path / "sync.c1z").read_bytes()
    result = roll_back_file(tmp_path / "sync.c1z", summary.sync_id, None, dry_run=True)
    assert result.deleted == summary.totals["expanded"] > 0
    assert (tmp_path / "sync.c1z").read_bytes() == before


def test_the_other_syncs_of_the_file_stay_in_place_and_are_left_out_of_a_new_file(sync, toy, tmp_path, unpacked):
    first, _ = sync(toy)
    second, both = sync(toy)
    roll_back_file(tmp_path / "sync.c1z", second.sync_id, tmp_path / "out.c1z")
    assert [run["sync_id"] for run in unpacked(tmp_path / "out.c1z").runs()] == [second.sync_id]
    roll_back_file(tmp_path / "sync.c1z", second.sync_id, None)
    after = unpacked(tmp_path / "sync.c1z")
    assert [run["sync_id"] for run in after.runs()] == [first.sync_id, second.sync_id]
    assert after.rows("grants", first.sync_id) == both.rows("grants", first.sync_id)
    assert not list(tmp_path.glob(".connector-host-*"))


def test_what_cannot_be_done_is_said_and_leaves_the_file(sync, toy, tmp_path):
    summary, _ = sync(toy, skip_grant_expansion=True)
    path = tmp_path / "sync.c1z"
    before = path.read_bytes()
    with pytest.raises(PreconditionError, match="never expanded"):
        roll_back_file(path, summary.sync_id, None)
    with pytest.raises(NotFoundInFile, match="no sync 'x'"):
        expand(path, "x")
    with pytest.raises(FileError, match="exists already"):
        expand(path, summary.sync_id, path)
    assert path.read_bytes() == before
    (tmp_path / "v3.c1z").write_bytes(b"C1Z3\0\0\0\0\x0b\x0a\x07rocksdb\x20\x05")
    with pytest.raises(UnsupportedFormat):
        expand(tmp_path / "v3.c1z", "x")


def test_a_stop_leaves_the_file(sync, toy, tmp_path):
    summary, _ = sync(toy, skip_grant_expansion=True)
    before = (tmp_path / "sync.c1z").read_bytes()
    run = Run()
    run.stop()
    with pytest.raises(Exception, match="the file is as it was"):
        expand_file(tmp_path / "sync.c1z", summary.sync_id, None, run, Observers([]))
    assert (tmp_path / "sync.c1z").read_bytes() == before
    assert not list(tmp_path.glob(".connector-host-*"))


@golden
@pytest.mark.golden
@pytest.mark.parametrize(
    "name",
    [
        "onepassword-business",
        "onepassword-edge",
        "onepassword-limited",
        "onepassword-team",
        "scenario-nested",
        "scenario-cycles",
        "synthetic",
        "two-syncs",
    ],
)
def test_every_golden_file_comes_back_after_its_expansion_was_taken_back(tmp_path, unpacked, name):
    source = GOLDEN / name / "sync.c1z"
    theirs = unpacked(source)
    sync_id = theirs.runs()[-1]["sync_id"]
    roll_back_file(source, sync_id, tmp_path / "plain.c1z")
    assert len(unpacked(tmp_path / "plain.c1z").rows("grants")) < len(theirs.rows("grants"))
    expand(tmp_path / "plain.c1z", sync_id, tmp_path / "again.c1z")
    assert rows(unpacked(tmp_path / "again.c1z")) == rows(theirs)
    assert unpacked(tmp_path / "again.c1z").runs()[-1]["stats"] == theirs.runs()[-1]["stats"]


@golden
@pytest.mark.golden
@pytest.mark.parametrize("name", ["wal-mode", "two-frames-no-size"])
def test_older_files_are_brought_up_to_date_on_the_way(tmp_path, unpacked, name):
    theirs = unpacked(GOLDEN / "onepassword-team" / "sync.c1z")
    source = GOLDEN / "variants" / f"{name}.c1z"
    sync_id = unpacked(source).runs()[-1]["sync_id"]
    expand(source, sync_id, tmp_path / "new.c1z")
    roll_back_file(tmp_path / "new.c1z", sync_id, tmp_path / "plain.c1z")
    expand(tmp_path / "plain.c1z", sync_id, tmp_path / "again.c1z")
    again = unpacked(tmp_path / "again.c1z")
    assert again.rows("grants") == theirs.rows("grants")
    assert again.runs()[-1]["grants_backfilled"] == 1


@golden
@pytest.mark.golden
def test_a_file_of_an_old_schema_gets_the_columns_it_lacks(tmp_path, unpacked):
    source = GOLDEN / "variants" / "old-schema.c1z"  # without expansions: its writer had lost them
    sync_id = unpacked(source).runs()[-1]["sync_id"]
    assert expand(source, sync_id, tmp_path / "new.c1z").added == 0
    new, team = unpacked(tmp_path / "new.c1z"), unpacked(GOLDEN / "onepassword-team" / "sync.c1z")
    lost = {"expansion": None, "needs_expansion": 0}
    assert new.rows("grants") == {name: {**row, **lost} for name, row in team.rows("grants").items()}
    assert new.runs()[-1]["grants_backfilled"] == 1
