"""Private directories: of this user only, gone afterwards, and removed by the next process when one was killed."""

import os
import signal
import stat
import subprocess
import sys

import pytest

from connector_host.c1z.private_folder import known_path, private_folder
from connector_host.errors import FileError

HOLDER = """
import sys, time
from pathlib import Path
from connector_host.c1z.private_folder import private_folder
with private_folder(Path(sys.argv[1])) as folder:
    (folder / "db").write_text("secret")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds a private directory in `tmp_path`."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_it_is_private_and_gone_afterwards(tmp_path):
    with private_folder(tmp_path) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "db").write_text("x")
    with pytest.raises(ValueError, match="x"), private_folder(tmp_path):
        raise ValueError("x")
    assert not list(tmp_path.iterdir())


def test_that_of_a_killed_process_is_removed_by_the_next_one(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert len(list(tmp_path.iterdir())) == 1
    with private_folder(tmp_path):
        assert len(list(tmp_path.iterdir())) == 1
    assert not list(tmp_path.iterdir())


def test_that_of_a_running_process_stays(tmp_path, holder):
    with private_folder(tmp_path):
        assert len(list(tmp_path.glob("*/db"))) == 1
    assert holder.poll() is None
    assert len(list(tmp_path.glob("*/db"))) == 1


def test_what_only_looks_like_one_stays(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    place = tmp_path / "place"
    place.mkdir()
    (place / ".connector-host-link").symlink_to(elsewhere)
    (place / ".connector-host-file").write_text("x")
    (place / ".connector-host-open").mkdir(mode=0o755)
    (place / ".connector-host-open").chmod(0o755)
    with private_folder(place):
        pass
    assert {entry.name for entry in place.iterdir()} == {
        ".connector-host-link",
        ".connector-host-file",
        ".connector-host-open",
    }
    assert elsewhere.is_dir()


def test_a_missing_place_is_a_file_error(tmp_path, monkeypatch):
    monkeypatch.setenv("BATON_TMPDIR", str(tmp_path / "absent"))
    with pytest.raises(FileError, match="no temporary directory can be created") as caught, private_folder(None):
        pass
    assert "TMPDIR" in caught.value.hint


def test_messages_name_the_folder_that_the_person_chose(tmp_path):
    with private_folder(tmp_path) as folder:
        assert known_path(folder / "packed") == f"a temporary file in {tmp_path}"
        assert known_path(folder / "packed.pebble" / "000001.sst") == f"a temporary file in {tmp_path}"
    assert known_path(tmp_path / ".sync.c1z.work" / "packed.c1z") == f"a temporary file in {tmp_path}"
    assert known_path(tmp_path / "packed.c1z") == str(tmp_path / "packed.c1z")
