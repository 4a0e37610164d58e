"""Who holds only one of two entitlements."""

import json

import pytest

from connector_host.c1z.opening import open_store
from connector_host.model import GroupTrait, Resource, ResourceId
from connector_host.query.entitlement_comparison import ComparedEntitlement, compare_holders
from connector_host.query.sync_selection import choose_sync


def ids(found):
    return sorted(map(str, found.missing)), sorted(map(str, found.extra))


def test_the_same_id_is_the_same(view_of, organisation):
    view = view_of(organisation)
    found = compare_holders(ComparedEntitlement(view, "app:a1:read"), ComparedEntitlement(view, "group:g1:member"))
    assert ids(found) == (["group:g1"], ["group:g2"])
    assert not found.equal
    assert compare_holders(ComparedEntitlement(view, "app:a1:read"), ComparedEntitlement(view, "app:a1:read")).equal


@pytest.fixture
def other_file(make_c1z, organisation):
    """Another system's file: one holder of `theirs` for each (type, id, name, mail)."""
    import copy

    def write(*holders):
        other = copy.deepcopy(organisation)
        other.resources = [
            other.user(name, shown, mail)
            if kind == "user"
            else Resource(ResourceId(kind, name), shown, traits=(GroupTrait(),))
            for kind, name, shown, mail in holders
        ]
        other.resources.append(Resource(ResourceId("app", "x"), "Other app"))
        other.entitlements = [other.entitlement("app", "x", "theirs")]
        other.grants = [other.grant("app:x:theirs", kind, name) for kind, name, _, _ in holders]
        return make_c1z(other, name="other.c1z")

    return write


@pytest.mark.parametrize(
    ("holder", "matched"),
    [
        (("user", "x1", "Somebody", "ada@example.com"), True),
        (("user", "x1", "Ada Lovelace", "other@example.com"), True),
        (("user", "x1", "Somebody", "ADA@example.com"), False),
        (("group", "x1", "Ada Lovelace", ""), False),
        (("user", "u1", "Somebody else", "else@example.com"), True),
    ],
)
def test_users_match_by_address_else_name_and_never_a_group(view_of, organisation, other_file, holder, matched):
    view = view_of(organisation)
    with open_store(other_file(holder)) as store:
        found = compare_holders(
            ComparedEntitlement(view, "app:a1:write"),
            ComparedEntitlement(store.view(choose_sync(store).sync), "app:x:theirs"),
        )
    assert found.equal is matched


def test_one_may_match_several(view_of, organisation, other_file):
    organisation.grants = [organisation.grant("app:a1:write", "user", one) for one in ("u2", "u3")]
    view = view_of(organisation)
    with open_store(other_file(("user", "x1", "Bob", "b@example.com"))) as store:
        assert compare_holders(
            ComparedEntitlement(view, "app:a1:write"),
            ComparedEntitlement(store.view(choose_sync(store).sync), "app:x:theirs"),
        ).equal


def test_an_entitlement_nobody_holds_is_an_empty_side(view_of, organisation):
    view = view_of(organisation)
    assert ids(compare_holders(ComparedEntitlement(view, "app:a1:write"), ComparedEntitlement(view, "none"))) == (
        ["user:u1"],
        [],
    )


@pytest.mark.golden
def test_the_go_tools_find_the_same(golden_folder):
    folder = golden_folder / "onepassword-business"
    wanted = json.loads((folder / "compare-groups-1-2.json").read_text())

    def names(items):
        return sorted(
            ":".join((one["resource"]["id"]["resourceType"], one["resource"]["id"]["resource"])) for one in items
        )

    with open_store(folder / "sync.c1z") as store:
        view = store.view(choose_sync(store).sync)
        members = [row.id for row in view.entitlements("group") if row.id.endswith(":member")]
        holders = {one: sorted(map(str, ComparedEntitlement(view, one).holders())) for one in members}
        first = next(one for one in members if holders[one] == names(wanted["base"]))
        second = next(one for one in members if holders[one] == names(wanted["compared"]))
        found = compare_holders(ComparedEntitlement(view, first), ComparedEntitlement(view, second))
    assert ids(found) == (names(wanted["missing"]), names(wanted.get("extra", [])))
