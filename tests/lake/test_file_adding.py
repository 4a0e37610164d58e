"""Adding: what the tables hold, once and whole, whatever happens meanwhile."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from connector_host.errors import ConfigError, FileError, PreconditionError, UnsupportedFormat
from connector_host.lake import file_adding
from connector_host.lake.file_adding import add_file, open_lake_for_adding
from connector_host.lake.lake_catalog import Lake
from connector_host.lake.lake_checks import verify_lake

EARLIER, NEWEST = "3MWRtDetLctzq8JyqM0nzwImSJz", "3MWRtRojxq56xa3PVgmKtzUUSt8"


@pytest.fixture
def lake(tmp_path):
    return open_lake_for_adding(str(tmp_path / "lake"))


def rows(lake, table, number=-1):
    commit = lake.commits[number]
    keys = [file.key for file in commit.files if file.table == table]
    return [row for key in keys for row in pq.read_table(lake.store.location(key)).to_pylist()]


def objects(lake):
    return sorted(stored.key for stored in lake.store.list(""))


def test_the_rows_of_a_sync_are_written(lake, sync_file):
    (added,) = add_file(lake, sync_file, source="hr")
    assert added.outcome == "added"
    assert added.commit.counts == {"resource_types": 3, "resources": 6, "entitlements": 4, "grants": 8}
    grants = {(row["entitlement"], row["principal"]): row for row in rows(lake, "grants")}
    assert len(grants) == 8
    inherited = grants["app:a1:read", "u1"]
    assert (inherited["direct"], inherited["inherited"], inherited["through"]) == (False, True, ["group:g1:member"])
    direct = grants["app:a1:write", "u1"]
    assert (direct["direct"], direct["inherited"], direct["through"], direct["grant_id"]) == (True, False, None, None)
    ada = next(row for row in rows(lake, "resources") if row["resource"] == "u1")
    assert (ada["name"], ada["email"], ada["login"], ada["status"]) == (
        "Ada Lovelace",
        "ada@example.com",
        "ada",
        "enabled",
    )
    assert ada["is_account"]
    assert json.loads(ada["profile"])["last_name"] == "Lovelace"
    (sync,) = rows(lake, "syncs")
    assert (sync["source"], sync["sync_id"], sync["grants"]) == ("hr", NEWEST, 8)


def test_an_unusual_grant_id_is_kept(lake, make_c1z, organisation):
    from msgspec.structs import replace

    organisation.grants = [replace(organisation.grants[-1], id="G-1")]
    add_file(lake, make_c1z(organisation), source="hr")
    assert [row["grant_id"] for row in rows(lake, "grants")] == ["G-1"]


def test_owners_are_the_direct_holders_of_an_ownership_entitlement(lake, make_c1z, organisation):
    organisation.entitlements.append(organisation.entitlement("app", "a1", "owner"))
    organisation.grants.append(organisation.grant("app:a1:owner", "user", "u2"))
    organisation.grants.append(organisation.grant("app:a1:owner", "user", "u3", sources={"group:g1:member": True}))
    add_file(lake, make_c1z(organisation), source="hr")
    payroll = next(row for row in rows(lake, "resources") if row["resource"] == "a1")
    assert payroll["owners"] == ["user:u2"]


def test_every_finished_sync_of_a_file_is_added_once(lake, make_c1z, organisation):
    path = make_c1z(organisation, organisation)
    assert [(added.commit.sync_id, added.outcome) for added in add_file(lake, path, source="hr")] == [
        (EARLIER, "added"),
        (NEWEST, "added"),
    ]
    before = objects(lake)
    assert [added.outcome for added in add_file(lake, path, source="hr")] == ["present", "present"]
    assert objects(lake) == before
    assert [commit.sync_id for commit in lake.current()] == [NEWEST]


def test_replacing_writes_a_new_revision(lake, sync_file):
    add_file(lake, sync_file, source="hr")
    (added,) = add_file(lake, sync_file, source="hr", replace_existing=True)
    assert (added.outcome, added.commit.revision) == ("replaced", 2)
    (commit,) = Lake.open(lake.store.url).commits
    assert commit.revision == 2


def test_a_second_writer_of_the_same_sync_changes_nothing(lake, sync_file, monkeypatch):
    """The other process commits after this one has looked, and before it commits."""
    write = file_adding._write_tables

    def slow(*arguments):
        monkeypatch.setattr(file_adding, "_write_tables", write)
        add_file(Lake.open(lake.store.url), sync_file, source="hr")
        return write(*arguments)

    monkeypatch.setattr(file_adding, "_write_tables", slow)
    (added,) = add_file(lake, sync_file, source="hr")
    assert added.outcome == "present"
    (commit,) = lake.commits
    named = {file.key for file in commit.files}
    assert named == {key for key in objects(lake) if key.startswith("data/")}


@pytest.mark.parametrize("point", range(1, 7))
def test_an_error_while_writing_leaves_the_lake_as_it_was(lake, make_c1z, organisation, monkeypatch, point):
    path = make_c1z(organisation, organisation)
    add_file(lake, path, source="hr", sync_id=EARLIER)
    before = objects(lake)
    left = iter(range(point - 1))
    method = "create" if point == 6 else "upload"
    real = getattr(type(lake.store), method)

    def failing(store, *arguments):
        if point == 6 or next(left, None) is None:
            raise FileError("the disk is full")
        return real(store, *arguments)

    monkeypatch.setattr(type(lake.store), method, failing)
    with pytest.raises(FileError, match="disk is full"):
        add_file(lake, path, source="hr")
    assert objects(lake) == before
    monkeypatch.undo()
    assert [added.outcome for added in add_file(lake, path, source="hr")] == ["present", "added"]


def test_what_a_killed_writer_left_is_invisible_and_noted(lake, sync_file):
    add_file(lake, sync_file, source="hr")
    lake.store.create("data/grants/hr/2abc/0.parquet", b"half")
    assert len(Lake.open(lake.store.url).commits) == 1
    assert [finding.severity for finding in verify_lake(lake)] == ["note"]


def test_a_file_without_origin_needs_a_name(lake, sync_file):
    with pytest.raises(ConfigError, match="does not record its connector") as failure:
        add_file(lake, sync_file)
    assert "--source" in failure.value.hint
    assert objects(lake) == ["lake.json"]


@pytest.mark.parametrize("name", ["", "HR", "../hr", "a b", "x" * 101])
def test_a_bad_name_of_a_source_is_refused(lake, sync_file, name):
    with pytest.raises(ConfigError):
        add_file(lake, sync_file, source=name)
    assert objects(lake) == ["lake.json"]


def test_a_clash_of_source_names_is_refused(lake, make_c1z, organisation):
    token = '{"connector_host":{"connector":"okta","account":"%s"}}'
    first = make_c1z(organisation, name="a.c1z", ids=(EARLIER,), sync_token=token % "one")
    second = make_c1z(organisation, name="b.c1z", ids=(NEWEST,), sync_token=token % "two")
    (added,) = add_file(lake, first)
    assert added.commit.source == "okta-one"
    with pytest.raises(PreconditionError, match="connector okta, account one; the file is from") as failure:
        add_file(lake, second, source="okta-one")
    assert "--source NAME" in failure.value.hint


def test_one_sync_under_two_names_is_refused(lake, sync_file):
    add_file(lake, sync_file, source="hr")
    before = objects(lake)
    with pytest.raises(PreconditionError, match="under the source 'hr'"):
        add_file(lake, sync_file, source="other")
    assert objects(lake) == before


def test_an_unfinished_sync_is_refused(lake, make_c1z, organisation):
    with pytest.raises(PreconditionError, match="no finished full sync"):
        add_file(lake, make_c1z(organisation, ended_at=None), source="hr")


def test_a_sync_id_from_outside_cannot_leave_the_folder(lake, make_c1z, organisation, tmp_path):
    add_file(lake, make_c1z(organisation, ids=("../../../../evil",)), source="hr")
    assert {path.name for path in tmp_path.iterdir()} >= {"lake"}
    assert not list(tmp_path.glob("**/evil*"))
    assert [commit.sync_id for commit in Lake.open(lake.store.url).commits] == ["../../../../evil"]


def test_a_sync_without_an_id_is_refused(lake, make_c1z, organisation):
    with pytest.raises(PreconditionError, match="a sync without an id"):
        add_file(lake, make_c1z(organisation, ids=("",)), source="hr")
    assert not Lake.open(lake.store.url).commits


def test_a_lake_of_a_newer_version_is_refused(lake, sync_file):
    Path(lake.store.location("lake.json")).write_text('{"format": 2, "created_by": "connector-host 9"}')
    with pytest.raises(UnsupportedFormat, match="lake format 2"):
        Lake.open(lake.store.url)


def test_a_commit_of_a_newer_version_is_refused(lake, sync_file):
    (added,) = add_file(lake, sync_file, source="hr")
    path = Path(lake.store.location(added.commit.key))
    path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":7', 1))
    with pytest.raises(UnsupportedFormat, match="lake format 7"):
        _ = Lake.open(lake.store.url).commits


def test_files_of_the_go_tools(lake, golden_folder):
    for number, name in enumerate(("synthetic/sync.c1z", "synthetic/sync-v3.c1z")):
        add_file(lake, golden_folder / name, source=f"go{number}")
    first, second = ([{**row, "source": "", "sync_id": ""} for row in rows(lake, "grants", n)] for n in (0, 1))
    assert first == second
    assert len(first) == 297
