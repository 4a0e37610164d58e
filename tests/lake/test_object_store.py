"""Object stores: everything works without rename, and a store that goes away in the middle leaves the lake as it was."""

import itertools
import uuid

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from connector_host.c1z.opening import open_store
from connector_host.errors import ConfigError, FileError
from connector_host.lake.compaction import compact_lake
from connector_host.lake.engines.engine_choice import open_reading
from connector_host.lake.file_adding import add_file, open_lake_for_adding
from connector_host.lake.lake_catalog import Lake
from connector_host.lake.lake_checks import verify_lake
from connector_host.lake.object_store import RemoteStore, open_object_store
from connector_host.lake.questions.access_questions import list_access
from connector_host.lake.questions.sql_questions import run_sql


class FlakyFileSystem(MemoryFileSystem):
    """A store that is gone after some calls, and has no rename."""

    protocol = "flaky"
    store, pseudo_dirs = {}, [""]
    calls = None

    def _count(self):
        if self.calls is not None and next(self.calls) <= 0:
            raise ConnectionError("the network is unreachable")

    def cat_file(self, path, **arguments):
        self._count()
        return super().cat_file(path, **arguments)

    def pipe_file(self, path, value, **arguments):
        self._count()
        return super().pipe_file(path, value, **arguments)

    def put_file(self, lpath, rpath, **arguments):
        self._count()
        return super().put_file(lpath, rpath, **arguments)

    def find(self, path, **arguments):
        self._count()
        return super().find(path, **arguments)

    def mv(self, *arguments, **more):
        raise NotImplementedError("no rename")

    cp_file = mv


@pytest.fixture
def url():
    """The URL of a new place in such a store."""
    fsspec.register_implementation("flaky", FlakyFileSystem, clobber=True)
    FlakyFileSystem.calls = None
    yield f"flaky://{uuid.uuid4().hex}/lake"
    FlakyFileSystem.calls = None


def keys(url):
    return sorted(stored.key for stored in open_object_store(url).list(""))


def test_a_lake_in_an_object_store(url, make_c1z, organisation):
    path = make_c1z(organisation, organisation)
    lake = open_lake_for_adding(url)
    assert [added.outcome for added in add_file(lake, path, source="hr")] == ["added", "added"]
    assert [added.outcome for added in add_file(lake, path, source="hr")] == ["present", "present"]
    assert list(verify_lake(Lake.open(url))) == []
    compact_lake(Lake.open(url), smaller_than=1_000_000)
    with open_reading(Lake.open(url)) as reading:
        assert len(list_access(reading, "ada@example.com").rows) == 4
        assert run_sql(reading, "select count(*) from history.grants").rows == [(16,)]
        for outside in (f"{url}/lake.json", "/etc/passwd", f"{url}/data/grants/*"):
            with pytest.raises(ConfigError, match="reads outside the lake"):
                run_sql(reading, f"select * from read_text('{outside}')")


def test_a_store_that_goes_away_leaves_the_lake_as_it_was(url, make_c1z, organisation):
    path = make_c1z(organisation, organisation)
    add_file(open_lake_for_adding(url), path, source="hr", sync_id="3MWRtDetLctzq8JyqM0nzwImSJz")
    for calls in itertools.count(1):
        FlakyFileSystem.calls = itertools.count(calls, -1)
        try:
            add_file(open_lake_for_adding(url), path, source="hr")
            break
        except FileError as error:
            text = f"{error.message} {error.hint}"
        finally:
            FlakyFileSystem.calls = None
        assert "network is unreachable" in text
        assert "The lake is as it was" in text or "not known whether the sync was added" in text
        lake = Lake.open(url)
        assert len(lake.commits) == 1
        assert [finding for finding in verify_lake(lake) if finding.severity == "error"] == []
    assert calls > 8
    assert len(Lake.open(url).commits) == 2


def test_a_store_that_goes_away_while_it_is_asked(url, sync_file):
    add_file(open_lake_for_adding(url), sync_file, source="hr")
    with open_reading(Lake.open(url)) as reading:
        FlakyFileSystem.store.clear()
        with pytest.raises(FileError, match="flaky://"):
            run_sql(reading, "select * from current.grants")


def test_the_second_of_two_writers_of_a_key_is_refused(url):
    first, second = open_object_store(url), open_object_store(url)
    assert first.create("commits/a/b.1.json", b"1")
    assert not second.create("commits/a/b.1.json", b"2")
    assert second.read("commits/a/b.1.json") == b"1"


def test_a_commit_whose_answer_is_lost(url, make_c1z, organisation, monkeypatch):
    """The store has written the commit. It is read again, or, if the store stays away, its files are kept."""
    path = make_c1z(organisation, organisation)
    pipe, cat = FlakyFileSystem.pipe_file, FlakyFileSystem.cat_file
    is_away = []

    def losing(self, path, value, **arguments):
        pipe(self, path, value, **arguments)
        if "/commits/" in path:
            is_away[:] = goes_away
            raise OSError("connection reset")

    def reading(self, path, **arguments):
        if is_away:
            raise OSError("network is unreachable")
        return cat(self, path, **arguments)

    monkeypatch.setattr(FlakyFileSystem, "pipe_file", losing)
    monkeypatch.setattr(FlakyFileSystem, "cat_file", reading)
    first, second = (commit.id for commit in _syncs(path))
    goes_away = []
    assert [added.outcome for added in add_file(open_lake_for_adding(url), path, source="hr", sync_id=first)] == [
        "added"
    ]
    goes_away = ["away"]
    with pytest.raises(FileError, match="connection reset") as failure:
        add_file(open_lake_for_adding(url), path, source="hr", sync_id=second)
    assert "It is not known whether the sync was added" in failure.value.hint
    is_away.clear()
    assert [added.outcome for added in add_file(open_lake_for_adding(url), path, source="hr")] == ["present"] * 2
    assert list(verify_lake(Lake.open(url))) == []


def test_a_put_that_is_repeated_is_not_refused(url, monkeypatch):
    """The package of a store repeats a put whose answer was lost, and finds the object that it wrote."""
    pipe = FlakyFileSystem.pipe_file

    def twice(self, path, value, **arguments):
        pipe(self, path, value, **arguments)
        pipe(self, path, value, **arguments)

    monkeypatch.setattr(FlakyFileSystem, "pipe_file", twice)
    assert open_object_store(url).create("commits/a/b.1.json", b"1")
    assert not open_object_store(url).create("commits/a/b.1.json", b"2")


def _syncs(path):
    with open_store(path) as store:
        return store.syncs()


def test_what_does_not_exist(url):
    store = open_object_store(url)
    assert store.read("nothing") is None
    assert list(store.list("nothing/")) == []
    store.delete("nothing")
    with store.local_copy("nothing") as path:
        assert path is None


def test_a_url_of_an_unknown_kind():
    with pytest.raises(ConfigError, match="Protocol not known: ftpx") as failure:
        open_object_store("ftpx://host/lake")
    assert "s3://, gs:// or az://" in failure.value.hint


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(fsspec.core, "url_to_fs", lambda *words, **more: (_ for _ in ()).throw(ImportError("gcsfs")))
    with pytest.raises(FileError, match="gcsfs is not installed") as failure:
        open_object_store("gs://bucket/lake")
    assert failure.value.hint == "Install it: pip install gcsfs"


def test_credentials_are_named():
    store = RemoteStore("s3://bucket/lake", FlakyFileSystem(), "bucket/lake", "s3fs")
    FlakyFileSystem.calls = itertools.count(0, -1)
    with pytest.raises(FileError, match="s3://bucket/lake: cannot read lake.json") as failure:
        store.read("lake.json")
    assert "AWS_ACCESS_KEY_ID" in failure.value.hint


@pytest.mark.parametrize("key", ["../x", "data/../../x", "/etc/passwd", "c:x", "a\\b"])
def test_a_key_that_leads_out_of_the_lake(url, tmp_path, key):
    for place in (url, str(tmp_path / "lake")):
        with pytest.raises(FileError, match="not the key of an object"):
            open_object_store(place).read(key)


def test_a_commit_that_names_a_file_outside(tmp_path, sync_file):
    lake = open_lake_for_adding(str(tmp_path / "lake"))
    (added,) = add_file(lake, sync_file, source="hr")
    path = tmp_path / "lake" / added.commit.key
    path.write_bytes(path.read_bytes().replace(added.commit.files[0].key.encode(), b"../../etc/passwd"))
    with pytest.raises(FileError, match="is damaged"), open_reading(Lake.open(str(tmp_path / "lake"))):
        pass
