"""A full disk while a file is made: an error with figures, and room for the next run to begin."""

import errno

import apsw
import pytest

from connector_host.c1z import transactions
from connector_host.c1z.publish import disk_space
from connector_host.c1z.publish.disk_space import explained_full_disk
from connector_host.errors import FileError


@pytest.fixture
def work(tmp_path, working):
    """The working folder of a collected sync, with the drafts of a run that failed."""
    folder = tmp_path / "out" / ".sync.c1z.work"
    folder.mkdir(parents=True)
    working(folder / "sync.db", grants=300)
    for name in ("draft.db", "draft.db-journal", "earlier-new"):
        (folder / name).write_bytes(b"draft")
    return folder


def fail(work, cause, engine="sqlite"):
    output = work.parent / "sync.c1z"
    with (
        pytest.raises(FileError) as caught,
        explained_full_disk(work / "sync.db", output, work, engine=engine, limit=10 << 30),
        transactions.on_disk_errors(str(output)),
    ):
        raise cause
    return caught.value.hint


@pytest.mark.parametrize("engine", ["sqlite", "pebble"])
@pytest.mark.parametrize("cause", [apsw.FullError("full"), OSError(errno.ENOSPC, "No space left on device")])
def test_the_error_says_how_much_is_needed_and_the_drafts_go(work, cause, engine):
    hint = fail(work, cause, engine)
    assert hint.startswith(transactions.ROOM)
    assert f"in {work.parent}, where " in hint
    assert " are free" in hint
    assert [path.name for path in work.iterdir()] == ["sync.db"]


def test_the_folder_of_temporary_files_is_named_when_it_is_another_disk(work, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert "TMPDIR" not in fail(work, apsw.FullError("full"))
    shared = [path for path in ("/dev/shm",) if disk_space.Path(path).is_dir()]
    if not shared or disk_space.Path(shared[0]).stat().st_dev == work.stat().st_dev:
        pytest.skip("this system has no second file system")
    monkeypatch.setenv("TMPDIR", shared[0])
    assert f"in {shared[0]}, where " in fail(work, apsw.FullError("full"))


def test_other_errors_stay_as_they_are(work):
    assert fail(work, apsw.IOError("bad sector")) == transactions.ROOM
    assert (work / "draft.db").exists()


def test_what_cannot_be_measured_is_left_out(work):
    (work / "sync.db").unlink()
    assert fail(work, apsw.FullError("full"), "pebble") == transactions.ROOM
