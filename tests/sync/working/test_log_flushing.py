"""The log of a running sync reaches the disk beside the collection."""

import os
import threading
from contextlib import closing

import apsw
import pytest

from connector_host.sync.working import log_flushing


@pytest.fixture
def database(tmp_path):
    return tmp_path / "sync.db"


@pytest.fixture
def synced(monkeypatch):
    """The paths that were synced, and an event for the first."""
    paths, first, real = [], threading.Event(), os.fdatasync

    def fdatasync(descriptor):
        paths.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)
        first.set()

    monkeypatch.setattr(log_flushing, "PAUSE", 0.001)
    monkeypatch.setattr(os, "fdatasync", fdatasync)
    return paths, first


def test_the_log_alone_is_synced_while_the_block_runs(database, synced):
    paths, first = synced
    with closing(apsw.Connection(str(database))) as db:
        db.pragma("journal_mode", "wal")
        db.execute("create table t (a)")
        with log_flushing.flushed_early(database):
            assert first.wait(10)
            db.execute("insert into t values (1)")
        assert set(paths) == {f"{database}-wal"}
        number = len(paths)
        with closing(apsw.Connection(str(database))) as other:  # the locks are as they were
            db.execute("begin immediate")
            with pytest.raises(apsw.BusyError):
                other.execute("begin immediate")
            db.execute("commit")
        assert len(paths) == number


def test_a_log_that_is_not_there_yet_or_fails_harms_nothing(database, synced, monkeypatch):
    paths, _ = synced
    with log_flushing.flushed_early(database):
        pass
    assert paths == []

    failed = threading.Event()

    def fail(_descriptor):
        failed.set()
        raise OSError(5, "Input/output error")

    database.with_name("sync.db-wal").write_bytes(b"log")
    monkeypatch.setattr(os, "fdatasync", fail)
    with log_flushing.flushed_early(database):
        assert failed.wait(10)
    assert not [thread for thread in threading.enumerate() if thread.name == "flushing"]
