"""Windows: runs with what only POSIX has hidden. `.ci/run` checks the types for Windows and macOS."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from connector_host import operating_system
from connector_host.operating_system import PathLock, portable_file_name, read_at, sync_directory, user_name

WITHOUT_POSIX = Path(__file__).parent / "without_posix.py"


@pytest.fixture
def hidden(tmp_path):
    """Runs `connector-host` without what only POSIX has, apart from processes that lock folders in the POSIX way."""
    (tmp_path / "temporary").mkdir()

    def run(*words, **environ):
        return subprocess.run(
            [sys.executable, str(WITHOUT_POSIX), *words],
            cwd=tmp_path,
            env={**os.environ, "TMPDIR": str(tmp_path / "temporary"), **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_a_sync_is_written_read_compared_and_changed_without_posix(hidden, tmp_path):
    for _ in range(2):
        done = hidden("sync", "fake", "-f", "a.c1z")
        assert done.returncode == 0, done.stderr
    assert not (tmp_path / ".a.c1z.work").exists()
    assert list(tmp_path.rglob(".connector-host-*")) == []
    for words in (
        ("grants", "-f", "a.c1z"),
        ("validate", "-f", "a.c1z"),
        ("diff", "-f", "a.c1z"),
        ("review", "-f", "a.c1z", "--out", "review.html"),
        ("check", "fake"),
    ):
        done = hidden(*words)
        assert done.returncode == 0, (words, done.stderr)


def test_format_v3_works_without_posix(hidden):
    done = hidden("sync", "fake", "-f", "a.c1z", "--storage-engine", "pebble")
    assert done.returncode == 0, done.stderr
    done = hidden("grants", "-f", "a.c1z")
    assert done.returncode == 0, done.stderr
    done = hidden("convert", "a.c1z", "b.c1z", "--to", "v1")
    assert done.returncode == 0, done.stderr


def test_a_change_is_recorded_without_posix(hidden, tmp_path):
    scenario = tmp_path / "scenario.json"
    done = hidden("sync", "fake", "-f", "a.c1z")
    assert done.returncode == 0, done.stderr
    done = hidden(
        "grant", "fake", "-f", "a.c1z", "--principal", "user:amara.okafor", "--entitlement", "role:administrator:assigned",
        "--dry-run", "--audit", "audit.jsonl",
    )  # fmt: skip
    assert "defect" not in done.stderr, done.stderr
    assert done.returncode in (0, 2, 4, 5), done.stderr
    assert not scenario.exists()


def test_a_second_sync_into_the_same_output_is_refused_without_posix(hidden, tmp_path):
    (tmp_path / ".a.c1z.work").mkdir(mode=0o700)
    lock = PathLock(tmp_path / ".a.c1z.work" / "lock", create=True)
    assert lock.acquire()
    done = hidden("sync", "fake", "-f", "a.c1z")
    lock.close()
    assert done.returncode == 9, done.stderr
    assert "another sync into" in done.stderr


# ------------------------------------------------------------------------------------------------- the functions


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_lock_excludes_other_holders_until_it_is_closed(tmp_path, is_folder):
    path = tmp_path / "locked"
    path.mkdir() if is_folder else path.touch()
    first, second = PathLock(path), PathLock(path)
    assert first.acquire()
    assert not second.acquire()
    assert first.is_current()
    first.close()
    first.close()
    assert second.acquire(wait=True)
    second.close()


def test_a_lock_file_is_created_for_the_owner_only_and_never_through_a_link(tmp_path):
    lock = PathLock(tmp_path / "lock", create=True)
    assert lock.acquire()
    assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o600
    (tmp_path / "lock").unlink()
    with pytest.raises(FileNotFoundError):
        lock.is_current()
    lock.close()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="link"):
        PathLock(tmp_path / "link", create=True)


def test_two_readers_may_share_a_lock(tmp_path):
    (tmp_path / "lock").touch()
    locks = [PathLock(tmp_path / "lock") for _ in range(3)]
    assert locks[0].acquire(shared=True)
    assert locks[1].acquire(shared=True)
    assert not locks[2].acquire()
    for lock in locks:
        lock.close()


def test_reading_at_a_position_needs_no_pread(tmp_path, monkeypatch):
    path = tmp_path / "data"
    path.write_bytes(bytes(range(256)) * 100)
    monkeypatch.delattr(os, "pread", raising=False)
    wrong = []
    with path.open("rb", buffering=0) as file:

        def read(start):
            for offset in range(start, 25_000, 7):
                data = read_at(file.fileno(), 3, offset)
                if data != bytes((offset + n) % 256 for n in range(3)):
                    wrong.append(offset)

        threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_directory_is_synchronised_only_where_that_is_possible(tmp_path, monkeypatch):
    sync_directory(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_directory(tmp_path / "none")
    monkeypatch.setattr(operating_system, "DIRECTORY", 0)
    sync_directory(tmp_path / "none")


def test_the_user_has_a_name_everywhere(monkeypatch):
    assert user_name()
    monkeypatch.delattr(os, "geteuid", raising=False)
    monkeypatch.setenv("LOGNAME", "ada")
    assert user_name() == "ada"
    assert user_name(12345) == "12345"


@pytest.mark.parametrize("engine", ["sqlite", "pebble"])
def test_where_open_files_cannot_be_removed_nothing_is_left_after_closing(tmp_path, monkeypatch, engine):
    from connector_host.c1z.opening import open_store
    from connector_host.c1z.v1 import reader as v1_reader
    from connector_host.c1z.v3 import reader as v3_reader

    command = [sys.executable, "-m", "connector_host", "sync", "fake", "-f", "a.c1z", "--storage-engine", engine]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("BATON_TMPDIR", str(tmp_path / "temporary"))
    for module in (v1_reader, v3_reader):
        monkeypatch.setattr(module, "REMOVES_OPEN_FILES", False)
    with open_store(tmp_path / "a.c1z") as store:
        assert len(list(store.view(store.syncs()[-1]).resource_types())) == 6
        assert list((tmp_path / "temporary").iterdir())
    assert list((tmp_path / "temporary").iterdir()) == []


HOSTILE_NAMES = [
    *("a:b", "a/b\\c", "..", ".", "", "con", "CON", "nul.txt", "Com1", "lpt9.tar.gz", "aux ", "a ", "a.", "-rf"),
    *("a\x00b", 'q"<>|?*', "\u202eb", "ж" * 300, "x" * 300, "conin$", "café", ".hidden", "a\nb"),
]


@pytest.mark.parametrize("text", HOSTILE_NAMES)
def test_a_file_name_is_one_that_every_system_accepts(text):
    name = portable_file_name(text)
    assert name
    assert len(name) <= 90
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name)
    assert not name.endswith((".", " "))
    stem = name.split(".")[0].lower()
    assert stem not in {
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)),
    }
