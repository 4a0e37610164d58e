"""`access WHO`."""

import json

import pytest


def test_what_somebody_holds_and_through_what(ask, sync_file):
    told = ask("access", "ada@example.com", "-f", sync_file)
    assert told.code == 0
    assert told.lines[0] == "Ada Lovelace, ada@example.com, user:u1"
    assert told.lines[1].startswith("The sync ended 2026-01-01 10:00")
    table = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in told.lines[4:]]
    assert table == [
        ["Engineering", "Group", "Engineering member", "inherited", "Platform member", "group:g1:member"],
        ["Payroll", "Application", "Payroll read", "inherited", "Engineering member", "app:a1:read"],
        ["Payroll", "Application", "Payroll write", "direct", "app:a1:write"],
        ["Platform", "Group", "Platform member", "direct", "group:g2:member"],
    ]


def test_json_has_the_shape_of_baton_whether_named_or_by_id(ask, sync_file):
    by_name = ask("access", "Ada Lovelace", "-f", sync_file, "-o", "json").json
    by_id = ask("access", "-t", "user", "-r", "u1", "-f", sync_file, "-o", "json").json
    assert by_name == by_id
    assert [one["resource"]["displayName"] for one in by_name["access"]] == ["Payroll", "Engineering", "Platform"]


def test_records_say_more(ask, sync_file):
    found = {one["entitlementId"]: one for one in ask("access", "u1", "-f", sync_file, "-o", "jsonl").records}
    assert found["app:a1:read"]["direct"] is False
    assert found["app:a1:read"]["via"] == ["group:g1:member"]
    assert found["app:a1:write"] == {
        "grantId": "app:a1:write:user:u1",
        "entitlementId": "app:a1:write",
        "entitlement": "Payroll write",
        "resourceId": "app:a1",
        "resource": "Payroll",
        "resourceType": "app",
        "direct": True,
        "via": [],
    }


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nobody"], 5, "No principal or resource matches"),
        (["user:u9"], 5, "No principal or resource matches"),
        ([], 2, "No single principal is named"),
        (["-t", "user"], 2, "No single principal is named"),
        (["-t", "", "-r", ""], 2, "No single principal is named"),
        (["u1", "-t", "user", "-r", "u1"], 2, "No single principal is named"),
    ],
)
def test_nobody_or_not_one(ask, sync_file, words, code, message):
    told = ask("access", *words, "-f", sync_file)
    assert (told.code, told.out) == (code, "")
    assert message in told.err


def test_a_principal_that_only_grants_name_is_a_placeholder_as_in_baton(ask, make_c1z, organisation):
    organisation.grants.append(organisation.grant("app:a1:write", "user", "gone"))
    told = ask("access", "-t", "user", "-r", "gone", "-f", make_c1z(organisation), "-o", "json")
    assert told.code == 0
    assert told.json["principal"] == {
        "id": {"resourceType": "user", "resource": "gone"},
        "displayName": "MISSING RESOURCE (user:gone)",
    }
    assert len(told.json["access"]) == 1
    assert "user:gone" in told.err


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_principal_that_nothing_names_is_not_found(ask, sync_file, form):
    told = ask("access", "-t", "user", "-r", "gone", "-f", sync_file, "-o", form)
    assert (told.code, told.out) == (5, "")
    assert "No principal matches 'user:gone'" in told.err


def test_a_missing_entitlement_does_not_end_it(ask, make_c1z, organisation):
    organisation.entitlements = organisation.entitlements[:3]
    told = ask("access", "u1", "-f", make_c1z(organisation))
    assert told.code == 0
    assert "(missing) app:a1:write" in told.out


@pytest.mark.golden
def test_json_equals_that_of_the_go_tools(ask, golden_syncs):
    compared = 0
    for folder in golden_syncs:
        path = folder / "access.jsonl"
        for line in path.read_text().splitlines() if path.exists() else ():
            wanted = json.loads(line)
            who = wanted["principal"]["id"]
            told = ask(
                "access", "-t", who["resourceType"], "-r", who["resource"], "-f", folder / "sync.c1z", "-o", "json"
            )
            found = told.json
            assert found["principal"] == wanted["principal"]

            def by_resource(one):
                return one["resource"]["id"]["resourceType"], one["resource"]["id"]["resource"]

            assert found["access"] == sorted(found["access"], key=lambda one: ":".join(by_resource(one)))
            assert sorted(found["access"], key=by_resource) == sorted(wanted["access"], key=by_resource)
            compared += 1
    assert compared == 8


def test_the_known_gaps_come_first(ask, make_c1z, organisation):
    facts = {"account": "Example", "user": "guest@example.com", "limits": ["You are a guest."], "unread": ["vault v1"]}

    def limit(db):
        db.execute("update v1_sync_runs set sync_token = ?", (json.dumps({"connector_host": facts}),))

    path = make_c1z(organisation, tweak=limit)
    for words, place in ((["access", "u1"], 1), (["why", "u1", "Payroll"], 0), (["stats"], 0), (["validate"], 0)):
        lines = ask(*words, "-f", path).lines
        assert lines[place].startswith("Account Example, read as guest@example.com. The sync ended"), words
        assert lines[place + 1 : place + 3] == ["The connector reported: You are a guest.", "Not read: vault v1"], words
    told = ask("validate", "-f", path)
    assert "is sound" in told.lines[-1]
    assert "but incomplete: 2 known gaps" in told.lines[-1]
    assert ask("validate", "-f", path, "-o", "json").json["gaps"][1] == "Not read: vault v1"
    for words in (["grants"], ["principals"], ["matrix"], ["entitlements"], ["export", "csv", "--out", "-"]):
        assert "Warning: Not read: vault v1" in ask(*words, "-f", path).err, words
