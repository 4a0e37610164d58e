"""Format v3 on the command line: written by sync, converted, read, changed in place."""

import json

import pytest

from connector_host.c1z import container
from connector_host.c1z.publish.conversion import convert

NEWEST = "3MWRtRojxq56xa3PVgmKtzUUSt8"
SYNC = ("sync", "fake", "--users", "12", "--groups", "3", "--members", "4", "--nested", "1", "--page-size", "5", "-f")


def kind(path):
    return container.sniff(path).format


def rows(ask, path):
    return {command: ask(command, "-f", path, "-o", "json").json for command in ("resources", "stats")}


@pytest.fixture
def v3_file(sync_file, tmp_path):
    convert(sync_file, tmp_path / "v3.c1z", "v3", NEWEST)
    return tmp_path / "v3.c1z"


def test_sync_writes_the_format_it_is_told_to_and_keeps_that_of_a_file(ask, tmp_path, monkeypatch):
    path = tmp_path / "sync.c1z"
    assert ask(*SYNC, path, "--storage-engine", "pebble").code == 0
    assert kind(path) is container.FileFormat.V3
    again = ask(*SYNC, path)
    assert again.code == 0
    assert kind(path) is container.FileFormat.V3
    assert "Removed an older sync from the file" in again.err
    assert "a file of format v3 holds one sync" in again.err
    assert "change" in again.out
    assert ask(*SYNC, path, "--storage-engine", "sqlite").code == 0
    assert kind(path) is container.FileFormat.V1
    assert len(ask("syncs", "-f", path, "-o", "json").json["syncs"]) == 2
    monkeypatch.setenv("BATON_STORAGE_ENGINE", "pebble")
    assert ask(*SYNC, tmp_path / "other.c1z").code == 0
    assert kind(tmp_path / "other.c1z") is container.FileFormat.V3
    assert ask(*SYNC, path, "--storage-engine", "rocksdb").code == 2


def test_the_shrink_guard_reads_the_v3_file_before(ask, tmp_path):
    path = tmp_path / "sync.c1z"
    words = [
        "sync",
        "fake",
        "--groups",
        "1",
        "--members",
        "1",
        "--nested",
        "0",
        "--storage-engine",
        "pebble",
        "-f",
        path,
    ]
    assert ask(*words, "--users", "60").code == 0
    before = path.read_bytes()
    told = ask(*words, "--users", "6")
    assert told.code == 7
    assert path.read_bytes() == before
    assert ask(*words, "--users", "6", "--allow-shrink").code == 0
    assert ask("stats", "-f", path, "-o", "json").json["stats"]["resources"] == "7"


def test_a_partial_sync_is_not_put_over_a_whole_one(ask, tmp_path):
    path = tmp_path / "sync.c1z"
    assert ask(*SYNC, path, "--storage-engine", "pebble").code == 0
    before = path.read_bytes()
    told = ask(*SYNC, path, "--sync-resources", "user:u0000001")
    assert told.code == 9
    assert "a file of format v3 holds one" in told.err
    assert path.read_bytes() == before
    assert not [entry for entry in tmp_path.iterdir() if entry.name.endswith(".work")]


def test_convert_says_what_does_not_fit(ask, make_c1z, organisation, tmp_path):
    path = make_c1z(organisation, organisation)
    told = ask("convert", path, tmp_path / "3.c1z", "--to", "v3")
    assert told.code == 0
    assert f"sync {NEWEST}" in told.out
    assert "3MWRtDetLctzq8JyqM0nzwImSJz was left out" in told.err
    assert "4 copies of resources and resource types inside entitlements and grants" in told.err
    assert "sorted by their keys" in told.err
    back = ask("convert", tmp_path / "3.c1z", tmp_path / "1.c1z", "--to", "v1")
    assert (back.code, back.err) == (0, "")
    assert ask("diff", path, tmp_path / "1.c1z", "--exit-code").code == 0
    assert ask("convert", path, tmp_path / "1.c1z", "--to", "v3").code == 2
    assert ask("convert", path, tmp_path / "x.c1z", "--to", "v1").code == 2
    assert ask("convert", path, tmp_path / "x.c1z").code == 2
    assert ask("convert", path, tmp_path / "x.c1z", "--to", "v3", "--sync-id", "none").code == 5


COMMANDS = [
    ("resource-types",),
    ("resources",),
    ("resources", "--resource-type", "user"),
    ("principals",),
    ("access", "u1"),
    ("why", "u1", "app:a1:read"),
    ("stats",),
    ("syncs",),
    ("export", "csv", "--out", "-"),
    ("graph", "u1"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=[" ".join(words) for words in COMMANDS])
def test_commands_say_the_same_of_both_formats(ask, sync_file, v3_file, command):
    found = [ask(*command, "-f", path) for path in (sync_file, v3_file)]
    assert [one.code for one in found] == [0, 0]
    said = [sorted(one.out.replace("pebble", "sqlite").split("\n")) for one in found]
    assert said[0] == said[1]


def test_both_formats_are_sound_and_say_the_same_of_each_other(ask, sync_file, v3_file):
    assert ask("validate", v3_file).code == ask("validate", sync_file).code == 0
    for one, other in ((sync_file, v3_file), (v3_file, sync_file)):
        assert ask("diff", one, other, "--exit-code").code == 0
        assert ask("diff", one, other, "-o", "json").json == {"resources": {}, "entitlements": {}, "grants": {}}
    told = ask("grants", "-f", v3_file, "-o", "json").json["grants"]
    (expandable,) = [one["grant"] for one in told if one["grant"]["id"] == "app:a1:read:group:g1"]
    assert expandable["annotations"][-1]["@type"].endswith("GrantExpandable")
    assert expandable["principal"] == {"id": {"resourceType": "group", "resource": "g1"}}


def test_a_change_between_formats_is_seen(ask, make_c1z, organisation, v3_file):
    organisation.grants = organisation.grants[:-1]
    organisation.resources[0] = organisation.user("u1", "Augusta", "ada@example.com")
    path = make_c1z(organisation, name="less.c1z")
    told = ask("diff", v3_file, path, "-o", "json").json
    assert [one["id"]["resource"] for one in told["resources"]["modified"]] == ["u1"]
    assert [one["id"] for one in told["grants"]["deleted"]] == ["app:a1:write:user:u1"]
    assert told["entitlements"] == {}


def test_expansion_is_taken_back_and_done_again_in_the_files_own_format(ask, tmp_path):
    path, direct = tmp_path / "sync.c1z", tmp_path / "direct.c1z"
    assert ask(*SYNC, path, "--storage-engine", "pebble").code == 0
    before = ask("grants", "-f", path, "-o", "json").json
    back = ask("rollback-expansion", "-f", path, "--out", direct)
    assert (back.code, kind(direct)) == (0, container.FileFormat.V3)
    assert 0 < len(ask("grants", "-f", direct, "-o", "json").json["grants"]) < len(before["grants"])
    assert ask("expand", "-f", direct).code == 0
    assert kind(direct) is container.FileFormat.V3
    assert ask("grants", "-f", direct, "-o", "json").json == before
    assert ask("validate", direct).code == 0


def test_export_copies_the_sync(ask, v3_file, tmp_path):
    assert ask("export", "c1z", "-f", v3_file, "--out", tmp_path / "one.c1z").code == 0
    assert kind(tmp_path / "one.c1z") is container.FileFormat.V3
    assert json.dumps(rows(ask, tmp_path / "one.c1z")) == json.dumps(rows(ask, v3_file))
