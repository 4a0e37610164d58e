"""`diff [A [B]]`."""

import copy
import json

import pytest


@pytest.fixture
def two_syncs(make_c1z, organisation):
    other = copy.deepcopy(organisation)
    other.resources[0] = other.user(
        "u1", "Ada King", "ada@example.com", last_name="King", first_name="Ada", user_id="u1"
    )
    del other.resources[2]
    other.grants[2] = other.grant("group:g1:member", "user", "u3")
    return make_c1z(organisation, other, name="two.c1z")


@pytest.fixture
def ids(ask, two_syncs):
    return [one["id"] for one in ask("syncs", "-f", two_syncs, "-o", "json").json["syncs"]]


def test_people_read_sections_and_a_summary(ask, two_syncs):
    told = ask("diff", "-f", two_syncs)
    assert told.code == 0
    assert told.lines[0] == "Principals"
    assert "name: Ada Lovelace → Ada King; profile.last_name: Lovelace → King" in told.out
    assert told.lines[-2:] == ["Principals: 1 changed, 1 removed", "Memberships: 1 added, 1 removed"]
    assert "Grants" not in told.out


def test_exit_code_only_when_asked_for(ask, two_syncs, ids):
    for form in ("table", "json", "jsonl", "csv", "md", "html"):
        assert ask("diff", "-f", two_syncs, "-o", form).code == 0
        assert ask("diff", "-f", two_syncs, "-o", form, "--exit-code").code == 1
    same = ask("diff", two_syncs, two_syncs, "--exit-code")
    assert (same.code, same.out) == (0, "No differences.\n")
    assert ask("diff", two_syncs, two_syncs, "--exit-code", "-o", "json").json == {
        "resources": {},
        "entitlements": {},
        "grants": {},
    }


def test_sides_are_files_or_ids(ask, two_syncs, ids, make_c1z, organisation):
    wanted = ask("diff", "-f", two_syncs, "-o", "json").json
    assert ask("diff", *ids, "-f", two_syncs, "-o", "json").json == wanted
    assert ask("diff", ids[0], "-f", two_syncs, "-o", "json").json == wanted
    old = make_c1z(organisation, name="old.c1z")
    assert ask("diff", old, two_syncs, "-o", "json").json == wanted
    assert ask("diff", old, "-f", two_syncs, "-o", "json").json == wanted
    assert ask("diff", old, ids[1], "-f", two_syncs, "-o", "json").json == wanted
    back = ask("diff", ids[1], ids[0], "-f", two_syncs, "-o", "json").json
    assert back["resources"]["created"] == wanted["resources"]["deleted"]


def test_a_file_goes_before_an_id_of_that_name(ask, two_syncs, ids, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ids[0]).write_bytes(b"not a c1z")
    assert "is not a c1z" in ask("diff", ids[0], "-f", two_syncs).err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["unknown"], 5, "holds no sync 'unknown'"),
        (["missing.c1z", "other.c1z"], 2, "missing.c1z does not exist"),
        (["missing.c1z@unknown"], 2, "missing.c1z does not exist"),
        (["folder/missing"], 2, "folder/missing does not exist"),
    ],
)
def test_sides_that_are_not_there(ask, two_syncs, words, code, message):
    told = ask("diff", *words, "-f", two_syncs)
    assert told.code == code
    assert message in told.err


def test_two_names_without_a_file(ask, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = ask("diff", "old", "new")
    assert told.code == 2
    assert "'old' does not exist" in told.err


def test_one_sync_or_the_same_twice_cannot_be_compared(ask, sync_file, two_syncs, ids, make_c1z, organisation):
    told = ask("diff", "-f", sync_file)
    assert told.code == 9
    assert "one finished full sync only" in told.err
    told = ask("diff", ids[1], "-f", two_syncs)
    assert told.code == 2
    assert "Both sides are the sync" in told.err
    assert ask("diff", "-f", make_c1z(organisation, ended_at=None)).code == 9


def test_records_and_csv_are_flat(ask, two_syncs):
    records = ask("diff", "-f", two_syncs, "-o", "jsonl").records
    assert [(one["section"], one["change"], one["id"]) for one in records] == [
        ("Principals", "changed", "user:u1"),
        ("Principals", "removed", "user:u3"),
        ("Memberships", "removed", "group:g1:member:user:u2"),
        ("Memberships", "added", "group:g1:member:user:u3"),
    ]
    assert records[0]["details"][0] == {"field": "name", "before": "Ada Lovelace", "after": "Ada King"}
    assert len(ask("diff", "-f", two_syncs, "-o", "csv").lines) == 5


def test_markdown_and_html_have_a_title(ask, two_syncs, ids):
    assert ask("diff", "-f", two_syncs, "-o", "md").lines[0] == f"# From sync {ids[0]} to {ids[1]}"
    assert f"<h1>From sync {ids[0]} to {ids[1]}</h1>" in ask("diff", "-f", two_syncs, "-o", "html").out


@pytest.mark.golden
def test_json_equals_that_of_the_go_tools(ask, golden_folder):
    folder = golden_folder / "two-syncs"
    found, wanted = (
        ask("diff", "-f", folder / "sync.c1z", "-o", "json").json,
        json.loads((folder / "diff.json").read_text()),
    )

    def multiset(document):
        return {
            kind: {mark: sorted(json.dumps(one, sort_keys=True) for one in items) for mark, items in lists.items()}
            for kind, lists in document.items()
        }

    assert multiset(found) == multiset(wanted)
