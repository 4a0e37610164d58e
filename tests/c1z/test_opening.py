"""Opening a file: the right reader, one clear error, and nothing left behind."""

import os
import stat

import pytest

from connector_host.c1z import container
from connector_host.c1z.opening import open_store
from connector_host.c1z.types import Store, View
from connector_host.c1z.v1 import reader
from connector_host.errors import FileError, UnsupportedFormat


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Where temporary folders go, empty."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("BATON_TMPDIR", str(folder))
    return folder


def test_reads_a_v1_file_and_leaves_nothing_behind(sync_file, scratch):
    before = sync_file.read_bytes()
    with open_store(sync_file) as store:
        assert list(scratch.iterdir()) == []  # gone while it is still being read
        assert store.engine == "sqlite"
        assert store.path == sync_file
        assert [sync.type for sync in store.syncs()] == ["full"]
        assert len(list(store.view(store.syncs()[0]).grants())) == 8
    assert list(scratch.iterdir()) == []
    assert sync_file.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"C1Z", b"SQLite format 3\x00", b"C1ZG\x00" + bytes(100)])
def test_what_is_no_c1z_is_a_file_error(tmp_path, content):
    path = tmp_path / "other.c1z"
    path.write_bytes(content)
    with pytest.raises(FileError, match="is empty|is not a c1z"), open_store(path):
        pass


def test_a_missing_file_and_a_folder_are_file_errors(tmp_path):
    with pytest.raises(FileError, match="does not exist"), open_store(tmp_path / "none.c1z"):
        pass
    with pytest.raises(FileError, match="folder"), open_store(tmp_path):
        pass


def test_a_v3_file_of_another_storage_engine_is_refused_by_name(tmp_path):
    path = tmp_path / "v3.c1z"
    path.write_bytes(b"C1Z3\x00\x00\x00\x00\x0b\x0a\x07rocksdb\x20\x05" + bytes(20))
    with pytest.raises(UnsupportedFormat, match="rocksdb"), open_store(path):
        pass


def test_only_the_magic_is_a_file_without_syncs(tmp_path):
    path = tmp_path / "magic.c1z"
    path.write_bytes(b"C1ZF\x00")
    with open_store(path) as store:
        assert store.syncs() == []


@pytest.mark.parametrize("cut", [6, 40, -10])
def test_a_truncated_file_leaves_nothing_behind(sync_file, scratch, cut):
    sync_file.write_bytes(sync_file.read_bytes()[:cut])
    with pytest.raises(FileError, match="truncated|damaged"), open_store(sync_file):
        pass
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, MemoryError])
def test_what_ends_the_unpacking_leaves_nothing_behind(sync_file, scratch, monkeypatch, stop):
    def unpack(path, target, *_):
        target.write_bytes(b"half")
        assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700
        raise stop

    monkeypatch.setattr(container, "unpack", unpack)
    with pytest.raises(stop), open_store(sync_file):
        pass
    assert list(scratch.iterdir()) == []


def test_what_ends_the_reading_leaves_nothing_behind(sync_file, scratch):
    def read():
        with open_store(sync_file) as store:
            next(store.view(store.syncs()[0]).grants())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        read()
    assert list(scratch.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_a_file_error(sync_file, scratch):  # pragma: no cover - not as root
    scratch.chmod(0o500)
    with pytest.raises(FileError, match="no temporary directory"), open_store(sync_file):
        pass


def test_a_temporary_folder_that_is_not_there_is_a_file_error(sync_file, scratch):
    scratch.rmdir()
    with pytest.raises(FileError, match="no temporary directory") as caught, open_store(sync_file):
        pass
    assert "TMPDIR" in caught.value.hint


def test_the_reader_has_what_the_interface_asks_for(sync_file):
    with open_store(sync_file) as store:
        view = store.view(store.syncs()[0])
        for protocol, thing in ((Store, store), (View, view)):
            wanted = {name for name in vars(protocol) if not name.startswith("_")}
            assert wanted
            assert not [name for name in wanted if not hasattr(thing, name)]


def test_the_private_folder_is_private(tmp_path):
    with reader.private_folder(tmp_path) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "more").write_bytes(b"x")
    assert list(tmp_path.iterdir()) == []
