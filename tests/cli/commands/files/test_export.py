"""`export csv|xlsx|c1z`, `principals compare` and `validate`."""

import copy
import json
import zipfile

import pytest


def test_csv_goes_to_a_file_or_to_standard_output(ask, sync_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = ask("export", "csv", "-f", sync_file)
    assert (told.code, told.out) == (0, "")
    text = (tmp_path / "sync.csv").read_text(encoding="utf-8")
    assert text.startswith("Type,Last Name,First Name,User ID,")
    assert len(text.splitlines()) == 14
    assert ask("export", "csv", "-f", sync_file, "--out", "-").out == text
    assert ask("export", "csv", "-f", sync_file, "--out", "other.csv").code == 0
    assert (tmp_path / "other.csv").read_text(encoding="utf-8") == text


def test_csv_that_fails_leaves_the_earlier_file(ask, make_c1z, organisation, tmp_path):
    out = tmp_path / "out.csv"
    out.write_text("before")
    path = make_c1z(organisation, tweak=lambda db: db.execute("update v1_entitlements set data = x'0a7f'"))
    told = ask("export", "csv", "-f", path, "--out", out)
    assert told.code == 2
    assert out.read_text() == "before"
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".out")]


def test_xlsx_has_the_same_rows(ask, sync_file, tmp_path):
    out = tmp_path / "out.xlsx"
    assert ask("export", "xlsx", "-f", sync_file, "--out", out).code == 0
    with zipfile.ZipFile(out) as book:
        assert book.read("xl/worksheets/sheet1.xml").decode().count("<row ") == 14


def test_c1z_is_one_sync_alone(ask, make_c1z, organisation, tmp_path):
    other = copy.deepcopy(organisation)
    other.resources = other.resources[:2]
    path, out = make_c1z(organisation, other), tmp_path / "one.c1z"
    assert ask("export", "c1z", "-f", path, "--out", out).code == 0
    assert ask("resources", "-f", out, "-o", "json").json == ask("resources", "-f", path, "-o", "json").json
    assert len(ask("syncs", "-f", out).lines) == 2
    told = ask("export", "c1z", "-f", path, "--out", out)
    assert told.code == 2
    assert "exists already" in told.err
    first = ask("syncs", "-f", path, "-o", "json").json["syncs"][0]["id"]
    assert ask("export", "c1z", "-f", path, "--sync-id", first, "--out", tmp_path / "first.c1z").code == 0
    assert len(ask("resources", "-f", tmp_path / "first.c1z").lines) == 7


@pytest.mark.parametrize(
    ("columns", "words", "code", "message"),
    [
        ({"sync_type": "partial"}, [], 9, "no finished full sync"),
        ({"ended_at": None}, ["--sync-id", "3MWRtRojxq56xa3PVgmKtzUUSt8"], 9, "is not finished"),
        ({}, ["--sync-id", "unknown"], 5, "holds no sync"),
    ],
)
def test_c1z_of_what_is_not_finished_full_or_there(
    ask, make_c1z, organisation, tmp_path, columns, words, code, message
):
    told = ask("export", "c1z", "-f", make_c1z(organisation, **columns), "--out", tmp_path / "x.c1z", *words)
    assert told.code == code
    assert message in told.err
    assert not (tmp_path / "x.c1z").exists()


@pytest.mark.golden
def test_the_sync_that_the_go_tools_export_is_ours(ask, golden_folder, tmp_path):
    out = tmp_path / "latest.c1z"
    assert ask("export", "c1z", "-f", golden_folder / "two-syncs" / "sync.c1z", "--out", out).code == 0
    for command in ("resource-types", "resources", "entitlements", "grants", "syncs", "stats"):
        theirs = ask(command, "-f", golden_folder / "two-syncs" / "latest.c1z", "-o", "json").json
        assert ask(command, "-f", out, "-o", "json").json == theirs


# ----------------------------------------------------------------------------------------------- compare


def test_compare_shows_who_holds_only_one(ask, sync_file):
    words = ("principals", "compare", "-e", "app:a1:read", "--compare-entitlement", "group:g1:member", "-f", sync_file)
    told = ask(*words)
    assert told.lines == [
        "Missing: hold the first only",
        "NAME         TYPE   E-MAIL  STATE  ID",
        "Engineering  Group                 group:g1",
        "",
        "Extra: hold the second only",
        "NAME      TYPE   E-MAIL  STATE  ID",
        "Platform  Group                 group:g2",
    ]
    found = ask(*words, "-o", "json").json
    assert {key: len(items) for key, items in found.items()} == {"missing": 1, "extra": 1, "base": 3, "compared": 3}
    assert [one["compare"] for one in ask(*words, "-o", "jsonl").records] == ["missing", "extra"]
    assert ask(*words, "-o", "csv").lines[1] == "missing,Engineering,Group,,,group:g1"


def test_compare_of_the_same_matches(ask, sync_file):
    words = ("principals", "compare", "-e", "app:a1:read", "--compare-entitlement", "app:a1:read", "-f", sync_file)
    assert ask(*words).out == "The principals of these entitlements match.\n"
    assert list(ask(*words, "-o", "json").json) == ["base", "compared"]
    assert ask("principals", "compare", "-f", sync_file, "-o", "json").code == 2


def test_compare_looks_up_types_and_parents_in_their_own_file(ask, sync_file, make_c1z, organisation):
    organisation.types = [type(one)(one.id, f"Their {one.display_name}", one.traits) for one in organisation.types]
    organisation.grants.append(organisation.grant("app:a1:write", "group", "g1"))
    other = make_c1z(organisation, name="other.c1z")
    words = ("-e", "app:a1:write", "--compare-entitlement", "app:a1:write", "-f", sync_file, "--compare-file", other)
    told = ask("principals", "compare", *words)
    assert told.lines[-1] == "Engineering  Their Group                 group:g1"


@pytest.mark.golden
def test_compare_equals_the_go_tools(ask, golden_folder):
    folder = golden_folder / "onepassword-business"
    wanted = json.loads((folder / "compare-groups-1-2.json").read_text())
    members = [
        one["entitlement"]["id"]
        for one in json.loads((folder / "entitlements.json").read_text())["entitlements"]
        if one["entitlement"]["slug"] == "member" and one["resourceType"]["id"] == "group"
    ]
    found = {}
    for first in members:
        for second in members:
            words = ("-e", first, "--compare-entitlement", second, "-f", folder / "sync.c1z", "-o", "json")
            answer = ask("principals", "compare", *words).json
            if answer.get("base") == wanted["base"] and answer.get("compared") == wanted["compared"]:
                found[first, second] = answer
    assert len(found) == 1
    (answer,) = found.values()
    for side in ("missing", "extra"):
        ours, theirs = (
            [json.dumps(one, sort_keys=True) for one in document.get(side, [])] for document in (answer, wanted)
        )
        assert sorted(ours) == sorted(theirs)


# ----------------------------------------------------------------------------------------------- validate

GOOD_STATS = (
    '{"resource_types":3,"resources":6,"entitlements":4,"grants":8,"resources_by_resource_type":{"app":1,"group":2,"user":3},'
    '"grants_by_resource_type":{"app":4,"group":4},"entitlements_by_resource_type":{"app":2,"group":2}}'
)


def test_validate_says_that_a_file_is_sound(ask, make_c1z, organisation):
    path = make_c1z(organisation, stats=GOOD_STATS)
    told = ask("validate", path)
    assert told.code == 0
    assert told.lines[-1] == f"{path} is sound."
    assert ask("validate", path, "-o", "json").json["findings"] == []


def test_validate_exits_1_with_findings_and_not_for_notes(ask, make_c1z, organisation):
    assert ask("validate", "-f", make_c1z(organisation)).code == 0
    organisation.resources = organisation.resources[1:]
    path = make_c1z(organisation)
    told = ask("validate", path)
    assert told.code == 1
    assert told.lines[-1] == f"{path}: 1 warning, 1 note"
    found = ask("validate", path, "-o", "json")
    assert found.code == 1
    assert found.json["findings"][0]["count"] == 4
    assert found.json["sync"]["stats"]["grants"] == "8"
    assert ask("validate", path, "-o", "jsonl").records == found.json["findings"]
    assert ask("validate", path, "-o", "csv").lines[0] == "Severity,Finding,Times,For example"


def test_validate_of_an_empty_file_and_of_an_unknown_sync(ask, make_c1z, organisation):
    told = ask("validate", make_c1z(ids=()))
    assert told.code == 1
    assert "the file holds no sync" in told.out
    assert ask("validate", make_c1z(organisation), "--sync-id", "x").code == 5
