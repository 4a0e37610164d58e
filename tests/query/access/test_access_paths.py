"""Each path that leads to what somebody holds."""

import itertools

import pytest

from connector_host import model as m
from connector_host.c1z.opening import open_store
from connector_host.model import ResourceId
from connector_host.query.access import access_paths as module
from connector_host.query.access.access_paths import explain_access
from connector_host.query.sync_selection import choose_sync
from connector_host.wire import stored_grants

ADA, BOB = ResourceId("user", "u1"), ResourceId("user", "u2")


def paths(view, who, what, most=100):
    """Each path as the entitlements on it."""
    found = explain_access(view, who, what, most)
    return [[one.direct.entitlement, *(edge.target for edge in one.edges)] for one in found.reasons]


def test_a_path_leads_from_the_direct_grant_through_groups(view_of, organisation):
    view = view_of(organisation)
    assert paths(view, ADA, "app:a1:read") == [["group:g2:member", "group:g1:member", "app:a1:read"]]
    assert paths(view, BOB, "app:a1:read") == [["group:g1:member", "app:a1:read"]]
    assert paths(view, ADA, "app:a1:write") == [["app:a1:write"]]
    found = explain_access(view, ADA, "app:a1:read", 10)
    assert found.grant.id == "app:a1:read:user:u1"
    assert (found.unexplained, found.cut) == ((), False)
    assert [edge.grant.id for edge in found.reasons[0].edges] == ["group:g1:member:group:g2", "app:a1:read:group:g1"]


def test_the_shortest_path_comes_first(view_of, organisation):
    organisation.grants += [
        organisation.grant("app:a1:read", "group", "g2", expand=("group:g2:member",)),
        organisation.grant("group:g1:member", "user", "u1", sources={"group:g1:member": True, "group:g2:member": True}),
    ]
    del organisation.grants[3]
    assert paths(view_of(organisation), ADA, "app:a1:read") == [
        ["group:g1:member", "app:a1:read"],
        ["group:g2:member", "app:a1:read"],
        ["group:g2:member", "group:g1:member", "app:a1:read"],
    ]


def test_a_group_is_a_principal_too(view_of, organisation):
    view = view_of(organisation)
    assert paths(view, ResourceId("group", "g2"), "app:a1:read") == [["group:g1:member", "app:a1:read"]]


def test_who_does_not_hold_it_has_no_path(view_of, organisation):
    found = explain_access(view_of(organisation), ResourceId("user", "u3"), "app:a1:read", 10)
    assert (found.grant, found.reasons) == (None, ())


def test_a_shallow_link_passes_on_direct_holders_only(view_of, organisation):
    organisation.grants[4] = organisation.grant("app:a1:read", "group", "g1", expand=("group:g1:member",), shallow=True)
    organisation.grants = [one for one in organisation.grants if one.id != "app:a1:read:user:u1"]
    view = view_of(organisation)
    assert paths(view, ADA, "app:a1:read") == []
    assert paths(view, BOB, "app:a1:read") == [["group:g1:member", "app:a1:read"]]


def test_of_a_shallow_and_a_deep_link_the_deep_one_counts(view_of, organisation):
    organisation.resources.append(m.Resource(ResourceId("group", "g3"), "Third"))
    shallow = organisation.grant("app:a1:read", "group", "g3", expand=("group:g1:member",), shallow=True)
    for grants in ([*organisation.grants, shallow], [shallow, *organisation.grants]):
        organisation.grants = grants
        assert ["group:g2:member", "group:g1:member", "app:a1:read"] in paths(view_of(organisation), ADA, "app:a1:read")


def test_a_link_for_some_types_passes_on_only_those(view_of, organisation):
    organisation.grants[4] = organisation.grant(
        "app:a1:read", "group", "g1", expand=("group:g1:member",), only=("group",)
    )
    organisation.grants = [one for one in organisation.grants if not one.id.startswith("app:a1:read:user")]
    view = view_of(organisation)
    assert paths(view, ADA, "app:a1:read") == []
    assert paths(view, ResourceId("group", "g2"), "app:a1:read") == [["group:g1:member", "app:a1:read"]]


def test_a_sync_that_was_not_expanded_has_the_same_paths(view_of, organisation):
    organisation.grants = [one for one in organisation.grants if not one.sources]
    found = explain_access(view_of(organisation), ADA, "app:a1:read", 10)
    assert found.grant is None
    assert len(found.reasons[0].edges) == 2


def test_a_circle_of_groups_ends_and_its_sources_are_explained(view_of, organisation):
    organisation.grants += [organisation.grant("group:g2:member", "group", "g1", expand=("group:g1:member",))]
    # as expansion leaves it: the circle counts as one group
    organisation.grants[6] = organisation.grant("app:a1:read", "user", "u1", sources={"group:g2:member": True})
    found = explain_access(view_of(organisation), ADA, "app:a1:read", 10)
    assert [[edge.source for edge in one.edges] for one in found.reasons] == [
        ["group:g2:member"],
        ["group:g2:member", "group:g1:member"],
    ]
    assert found.reasons[0].edges[0].grant is None
    assert found.unexplained == ()


def test_sources_that_lead_nowhere_are_named(view_of, organisation):
    organisation.grants[6] = organisation.grant("app:a1:read", "user", "u1", sources={"gone:x:member": True})
    organisation.grants[4] = organisation.grant("app:a1:read", "group", "g1")
    found = explain_access(view_of(organisation), ADA, "app:a1:read", 10)
    assert (found.reasons, found.unexplained) == ((), ("gone:x:member",))


def ladder(organisation, steps, width):
    """Groups in levels, each of a level in each of the next: width ** steps paths."""
    levels = [[f"l{level}w{number}" for number in range(width)] for level in range(steps)]
    for name in (name for level in levels for name in level):
        organisation.resources.append(m.Resource(ResourceId("group", name), name))
        organisation.entitlements.append(organisation.entitlement("group", name, "member"))
    grants = [organisation.grant(f"group:{name}:member", "user", "u3") for name in levels[0]]
    for lower, upper in itertools.pairwise(levels):
        grants += [
            organisation.grant(f"group:{high}:member", "group", low, expand=(f"group:{low}:member",))
            for high in upper
            for low in lower
        ]
    grants += [organisation.grant("app:a1:read", "group", low, expand=(f"group:{low}:member",)) for low in levels[-1]]
    organisation.grants = grants
    return organisation


def test_no_more_paths_than_asked_for_are_found_and_quickly(view_of, organisation):
    view = view_of(ladder(organisation, steps=12, width=6))
    found = explain_access(view, ResourceId("user", "u3"), "app:a1:read", 50)
    assert len(found.reasons) == 50
    assert {len(one.edges) for one in found.reasons} == {12}
    assert found.cut


def test_all_paths_are_found_where_there_are_few(view_of, organisation):
    found = explain_access(
        view_of(ladder(organisation, steps=3, width=3)), ResourceId("user", "u3"), "app:a1:read", 100
    )
    assert len(found.reasons) == 27
    assert not found.cut
    assert len({one.edges for one in found.reasons}) == 27


def test_a_walk_that_meets_too_much_is_cut_short_and_says_so(view_of, organisation, monkeypatch):
    monkeypatch.setattr(module, "MOST_ENTITLEMENTS", 2)
    assert explain_access(view_of(organisation), ADA, "app:a1:read", 10).cut
    monkeypatch.setattr(module, "MOST_ENTITLEMENTS", 1000)
    monkeypatch.setattr(module, "MOST_STEPS", 5)
    assert explain_access(
        view_of(ladder(organisation, steps=4, width=4)), ResourceId("user", "u3"), "app:a1:read", 100
    ).cut


@pytest.mark.golden
@pytest.mark.parametrize("name", ["scenario-cycles", "scenario-nested", "onepassword-edge", "synthetic"])
def test_every_grant_of_the_go_tools_is_explained(golden_folder, name):
    """Each derived grant has a path for every source it names; each direct one is its own path."""
    with open_store(golden_folder / name / "sync.c1z") as store:
        view = store.view(choose_sync(store).sync)
        for row in view.grants():
            sources = stored_grants.sources(row.data)
            found = explain_access(view, row.principal_id, row.entitlement, 100)
            direct = not sources or row.entitlement in sources
            assert direct == any(not one.edges for one in found.reasons), row.id
            assert not found.unexplained
            last = {one.edges[-1].source for one in found.reasons if one.edges}
            assert set(sources) - {row.entitlement} <= last or found.cut, row.id
