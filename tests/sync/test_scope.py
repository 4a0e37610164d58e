"""Syncs of a part of the application."""

import json

import pytest

from connector_host import Entitlement, Grant, Purpose, ResourceId, ResourceType, Trait
from connector_host.errors import ConfigError, ConnectorHostError
from connector_host.sync.scope import Scope

TABLES = ("resource_types", "resources", "entitlements", "grants")


def test_without_entitlements_and_grants_only_resources_are_read(sync, toy, tmp_path):
    _, whole = sync(type(toy)(), file=tmp_path / "whole.c1z")
    summary, file = sync(toy, skip_entitlements_and_grants=True)
    assert {hook for hook, _, _ in toy.calls} == {"list_resource_types", "list_resources"}
    for table in TABLES[:2]:
        assert file.rows(table) == whole.rows(table) != {}
    for table in TABLES[2:]:
        assert file.rows(table) == {}
    (run,) = file.runs()
    assert (run["sync_type"], run["supports_diff"], run["parent_sync_id"]) == ("resources_only", 0, "")
    assert "needs_expansion" not in json.loads(run["sync_token"])
    assert summary.totals["resources"] == 10
    assert summary.totals["grants"] == 0


def test_a_sync_of_resources_joins_a_full_one_and_is_not_taken_for_shrunk(sync, toy):
    toy.grants = lambda resource: [Grant(resource.ref("member"), ResourceId("user", f"x{i}")) for i in range(30)]
    sync(toy)
    _, file = sync(type(toy)(), skip_entitlements_and_grants=True)
    assert [run["sync_type"] for run in file.runs()] == ["full", "resources_only"]


def chosen(rows, types):
    """The rows whose every type is one of `types`."""
    names = ("resource_type_id", "principal_resource_type_id")
    return {name: row for name, row in rows.items() if all(row[one] in types for one in names if one in row)}


@pytest.mark.parametrize("types", [("group",), ("user",), ("user", "group"), ("group", "group")])
def test_only_the_types_named_are_stored(sync, toy, tmp_path, types):
    _, whole = sync(type(toy)(), file=tmp_path / "whole.c1z", skip_grant_expansion=True)
    summary, file = sync(toy, resource_types=types, skip_grant_expansion=True)
    assert set(file.rows("resource_types")) == set(types)
    for table in TABLES[1:]:
        assert file.rows(table) == chosen(whole.rows(table), types)  # what can be granted to whom stays as it is
    assert {subject for hook, subject, _ in toy.calls if hook == "list_resources"} == set(types)
    assert summary.counters.get("dropped grants to:user", 0) == (7 if set(types) == {"group"} else 0)
    assert file.runs()[-1]["sync_type"] == "full"


def test_what_leads_to_other_types_is_left_out(sync, toy):
    toy.resources = lambda kind, parent: (
        [toy.user("u0")] if kind == "user" else [toy.group("g0", child_types=("user",))] if parent is None else []
    )
    summary, file = sync(toy, resource_types=("group",))
    assert list(file.rows("resources")) == ["group:g0"]
    assert not any(name.startswith("unlisted") for name in summary.counters)


@pytest.mark.parametrize("cut", ["list_resources", "list_entitlements", "list_grants"])
def test_a_part_is_resumed_as_a_part(sync, toy, tmp_path, cut):
    def asked(hook, subject, token):
        if hook == cut:
            raise ZeroDivisionError

    _, whole = sync(type(toy)(), file=tmp_path / "whole.c1z", resource_types=("group",))
    toy.asked = asked
    with pytest.raises(ConnectorHostError):
        sync(toy, resource_types=("group",))
    summary, file = sync(type(toy)(), resource_types=("group",))
    assert summary.resumed
    assert file.everything() == whole.everything()


@pytest.mark.parametrize("other", [{}, {"resource_types": ("user",)}, {"skip_entitlements_and_grants": True}])
def test_another_scope_does_not_go_on_with_it(sync, toy, other):
    def asked(hook, subject, token):
        if hook == "list_grants":
            raise ZeroDivisionError

    toy.asked = asked
    with pytest.raises(ConnectorHostError):
        sync(toy, resource_types=("group",))
    summary, _ = sync(type(toy)(), **other)
    assert not summary.resumed
    assert "its options" in summary.warnings[0]


def test_a_type_the_connector_does_not_have_ends_the_sync(sync, toy, tmp_path):
    with pytest.raises(ConfigError, match="invalid resource type 'robot' in filter") as caught:
        sync(toy, resource_types=("user", "robot"))
    assert caught.value.exit_code == 2
    assert "group, user" in caught.value.hint
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".sync", "sync"))]
    assert toy.calls == [("list_resource_types", "", None)]


def test_entitlements_name_the_types_outside_the_scope_in_full(sync, toy):
    toy.types = lambda: [ResourceType("role", "Role", (Trait.ROLE,)), ResourceType("group", "Group", (Trait.GROUP,))]
    toy.entitlements = lambda resource: [Entitlement(resource, "member", Purpose.ASSIGNMENT, grantable_to=("role",))]
    _, file = sync(toy, resource_types=("group",))
    assert all(b"Role" in row["data"] for row in file.rows("entitlements").values())
    assert list(file.rows("resource_types")) == ["group"]


def test_a_scope_says_what_is_in_it():
    assert "user" in Scope()
    assert "user" not in Scope(resource_types=frozenset({"group"}))
    Scope(resource_types=frozenset({"group"})).check({"group"})
