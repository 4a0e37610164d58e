"""`matrix`, `stats --findings`, and the filters of `diff`: what the pages of `explore` show, on the command line."""

import csv
import io

import pytest


def test_the_matrix_says_who_holds_what_where(ask, sync_file):
    told = ask("matrix", "-f", sync_file, "-o", "csv")
    rows = list(csv.reader(io.StringIO(told.out)))
    assert rows[0] == ["Principal", "Principal ID", "Engineering (Group)", "Payroll (Application)", "Platform (Group)"]
    assert rows[1] == ["Ada Lovelace", "user:u1", "member", "read, write", "member"]
    assert [row[1] for row in rows[1:]] == ["user:u1", "user:u2"]
    everybody = ask("matrix", "-f", sync_file, "--principal-type", "*", "-o", "jsonl").records
    assert everybody[-1]["principalId"] == "group:g2"
    assert ask("matrix", "-f", sync_file, "--text", "bob", "-o", "json").json == {
        "principals": [
            {"principal": "Bob", "principalId": "user:u2", "held": {"group:g1": ["member"], "app:a1": ["read"]}}
        ]
    }
    assert ask("matrix", "-f", sync_file, "--text", "nobody").lines[1:] == []


def test_the_matrix_has_no_more_resources_than_asked_for_and_says_so(ask, sync_file):
    told = ask("matrix", "-f", sync_file, "-o", "csv", "--most", "1", "--skip", "1")
    assert told.lines[0] == "Principal,Principal ID,Payroll (Application)"
    assert "1 more resources are not shown" in told.err
    assert ask("matrix", "-f", sync_file, "--skip", "99", "-o", "csv").lines[0] == "Principal,Principal ID"


def test_the_matrix_of_many_principals_is_whole(ask, make_c1z, organisation):
    organisation.resources += [organisation.user(f"x{n:04}", f"X {n:04}", f"x{n}@example.com") for n in range(1100)]
    organisation.grants += [organisation.grant("group:g2:member", "user", f"x{n:04}") for n in range(1100)]
    found = ask("matrix", "-f", make_c1z(organisation), "--text", "user:x", "-o", "jsonl").records
    assert [one["principalId"] for one in found] == [f"user:x{n:04}" for n in range(1100)]


def test_findings(ask, make_c1z, organisation):
    organisation.grants.append(organisation.grant("app:gone:read", "user", "gone"))
    path = make_c1z(organisation)
    found = {one["finding"]: one["count"] for one in ask("stats", "-f", path, "--findings", "-o", "jsonl").records}
    assert found["Disabled accounts with grants"] == 1
    assert found["Resources that grants name but the sync does not hold"] == 2
    assert found["Entitlements that grants name but the sync does not hold"] == 1
    assert 0 not in found.values()
    told = ask("stats", "-f", path, "--findings", "--text", "x")
    assert told.code == 2


@pytest.fixture
def two(make_c1z, organisation):
    """A file with two syncs, and one with the newer of them."""
    import copy

    later = copy.deepcopy(organisation)
    m = organisation.m
    later.resources.append(m.Resource(m.ResourceId("user", "eve"), "Eve", traits=(m.UserTrait(),)))
    later.grants.append(later.grant("app:a1:write", "user", "eve"))
    later.grants = [one for one in later.grants if one.id != "app:a1:write:user:u1"]
    return make_c1z(organisation, later), make_c1z(later, name="other.c1z")


def test_changes_are_picked(ask, two):
    def marks(*words):
        return [(one["section"], one["change"]) for one in ask("diff", "-f", two[0], "-o", "jsonl", *words).records]

    every = marks()
    assert ("Principals", "added") in every
    assert marks("--section", "Principals") == [("Principals", "added")]
    assert set(marks("--change", "added")) == {one for one in every if one[1] == "added"}
    assert len(marks("--text", "EVE")) >= 2
    assert marks("--text", "nobody at all") == []
    assert "No changes match this selection." in ask("diff", "-f", two[0], "--text", "nobody at all").out
    assert ask("diff", "-f", two[0], "--exit-code", "--text", "nobody at all").code == 0
    assert ask("diff", "-f", two[0], "--exit-code", "--section", "Principals").code == 1
    assert "cannot hold a selection" in ask("diff", "-f", two[0], "--text", "eve", "-o", "json").err


def test_a_side_can_be_a_sync_of_a_file(ask, two):
    syncs = [one["id"] for one in ask("syncs", "-f", two[0], "-o", "jsonl").records]
    told = ask("diff", f"{two[0]}@{syncs[0]}", f"{two[1]}@{syncs[1]}", "-o", "jsonl")
    assert told.code == 0, told.err
    assert told.records == ask("diff", "-f", two[0], "-o", "jsonl").records
    assert ask("diff", f"{two[0]}@{syncs[1]}", f"{two[1]}@{syncs[1]}", "-o", "jsonl").records == []
    assert ask("diff", f"{two[0]}@nothing", str(two[1])).code == 5
    assert ask("diff", f"{two[0]}@{syncs[1]}", f"{two[0]}@{syncs[1]}").code == 2


# ----------------------------------------------------------------------------------------------- narrow terminals


@pytest.fixture
def narrow(monkeypatch):
    """`narrow(columns)`: standard output is a terminal of this width."""
    from connector_host.output.screen import Screen

    def make(columns):
        screen = Screen(terminal=True, width=columns)
        monkeypatch.setattr(Screen, "of", classmethod(lambda _cls, _stream: screen))

    return make


def test_the_matrix_is_a_list_on_a_narrow_terminal(ask, make_c1z, organisation, narrow):
    m = organisation.m
    for number in range(14):
        box = m.Resource(m.ResourceId("app", f"b{number:02}"), f"Box {number:02}", traits=(m.AppTrait(),))
        organisation.resources.append(box)
        organisation.entitlements.append(m.Entitlement(box, "open", display_name="Open"))
        organisation.grants.append(m.Grant(m.EntitlementRef(box, "open"), m.ResourceId("user", "u2")))
    path = make_c1z(organisation)
    narrow(80)
    lines = ask("matrix", "-f", path).lines
    assert lines[0].split("  ")[0] == "Principal"
    assert lines[2].split() == ["Ada", "Lovelace", "user:u1", "Engineering", "(Group)", "member"]
    assert sum("user:u2" in line for line in lines) == 16
    assert max(map(len, lines)) <= 80
    narrow(1000)
    assert "Box 13 (Application)" in " ".join(ask("matrix", "-f", path).lines[:3])


def test_access_by_resource_leaves_out_ids_on_a_narrow_terminal(ask, sync_file, narrow):
    narrow(80)
    lines = ask("grants", "--by-resource", "-f", sync_file).lines
    assert {"Principal", "Resource", "Access", "Privileged", "Through"} <= set(lines[0].split())
    assert "ID" not in lines[0]
    assert "Not shown, because the terminal is narrow:" in " ".join(lines)
    narrow(200)
    assert "Resource ID" in ask("grants", "--by-resource", "-f", sync_file).lines[0]


def test_a_terminal_too_narrow_for_columns_shows_each_row_as_a_list(ask, sync_file, narrow):
    narrow(30)
    lines = ask("grants", "-f", sync_file).lines
    assert "Principal: Ada Lovelace" in lines
    assert "Entitlement: Platform member" in lines
    assert max(map(len, lines)) <= 30
