"""The folder of a service: private, one for each client id, cleared of what is too old."""

import os
import stat
import time

import pytest

from connector_host.errors import FileError
from connector_host.service.conductorone.sync_files import SyncFiles

TASK = "3MfX7rfjdMZFEVRPEV12fbMYlPI"


def test_each_client_has_a_private_folder(tmp_path):
    first, second = SyncFiles("a@host/x", tmp_path), SyncFiles("b@host/x", tmp_path)
    assert first.path != second.path
    assert SyncFiles("a@host/x", tmp_path).path == first.path
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o700


def test_the_variable_names_the_place(tmp_path, monkeypatch):
    monkeypatch.setenv("BATON_TMPDIR", str(tmp_path))
    assert SyncFiles("a@host/x").path.parent == tmp_path


def test_each_scope_has_its_file(tmp_path):
    files = SyncFiles("a@host/x", tmp_path)
    assert files.unfinished("fake", ["a"]) == files.unfinished("fake", ["a"])
    assert len({files.unfinished("fake", ["a"]), files.unfinished("fake", ["b"]), files.unfinished("x", ["a"])}) == 3


def test_a_folder_that_others_can_write_to_is_refused(tmp_path):
    files = SyncFiles("a@host/x", tmp_path)
    files.path.chmod(0o777)
    with pytest.raises(FileError, match="is not used"):
        SyncFiles("a@host/x", tmp_path)


def test_a_place_that_is_missing_is_named(tmp_path):
    with pytest.raises(FileError, match="cannot be made"):
        SyncFiles("a@host/x", tmp_path / "missing")


def test_what_is_too_old_is_removed(tmp_path):
    files = SyncFiles("a@host/x", tmp_path)
    old, new, running = (files.ready(name) for name in ("old", "new", TASK))
    work = files.path / ".sync-1.c1z.work"
    work.mkdir()
    for path in (old, new, running):
        path.touch()
    for path, days in ((old, 2), (running, 2), (work, 8)):
        os.utime(path, times=(time.time() - days * 86400,) * 2)
    files.remove_old([TASK])
    assert sorted(path.name for path in files.path.iterdir()) == sorted([new.name, running.name])
