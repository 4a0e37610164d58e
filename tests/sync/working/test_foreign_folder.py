"""A working folder that another user may have made."""

import fcntl
import os

import pytest

from connector_host.errors import PreconditionError
from connector_host.sync.working.folder import WorkFolder


@pytest.fixture
def output(tmp_path):
    return tmp_path / "out.c1z"


def foreign(output, mode=0o777):
    folder = output.parent / ".out.c1z.work"
    folder.mkdir()
    (folder / "state.json").write_text("{}")
    (folder / "lock").touch()
    folder.chmod(mode)
    return folder


def test_it_is_moved_aside_and_a_private_one_made(output, caplog):
    folder = foreign(output)
    with WorkFolder(output) as work:
        assert not work.begun
        assert folder.stat().st_mode & 0o777 == 0o700
    (aside,) = output.parent.glob(".out.c1z.work.foreign-*")
    assert (aside / "state.json").exists()
    assert "every user of this computer can write to" in caplog.text


def test_a_file_in_it_that_others_can_write_is_enough(output):
    folder = foreign(output, 0o700)
    (folder / "sync.db").touch()
    (folder / "sync.db").chmod(0o666)
    with WorkFolder(output) as work:
        assert not work.begun


def test_one_that_is_in_use_is_refused(output):
    folder = foreign(output)
    handle = os.open(folder / "lock", os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(PreconditionError, match="is not used: every user .*a sync holds it"), WorkFolder(output):
        pass
    os.close(handle)
    assert (folder / "state.json").exists()


def test_a_link_to_a_place_of_others_is_not_followed(output, tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (output.parent / ".out.c1z.work").symlink_to(tmp_path / "open")
    with WorkFolder(output) as work:
        assert not work.path.is_symlink()
    assert list((tmp_path / "open").iterdir()) == []


def test_ours_is_kept(output):
    folder = foreign(output, 0o700)
    with WorkFolder(output) as work:
        assert work.begun
    assert list(output.parent.glob("*.foreign-*")) == []
    assert (folder / "state.json").exists()
