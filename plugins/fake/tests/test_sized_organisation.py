import pytest
from connector_host_fake.sized_organisation import BLOCK, KEPT_BLOCKS, STEP, SizedOrganisation, Sizes
from hypothesis import given
from hypothesis import strategies as st

from connector_host import ConfigError, ResourceId


def test_values_are_those_of_the_description(open_session, walk):
    seen = walk(open_session(users=50, groups=12, members=20, nested=2))
    users, groups = seen.resources[:50], seen.resources[50:]
    assert [item.display_name for item in seen.types] == ["User", "Group"]
    assert [item.id.resource for item in users] == [f"u{i:07d}" for i in range(50)]
    assert [item.id.resource for item in groups] == [f"g{i:06d}" for i in range(12)]
    user = users[7]
    assert user.display_name == "User u0000007"
    assert user.profile == {
        "first_name": "User",
        "last_name": "u0000007",
        "login": "u0000007@example.com",
        "user_id": "u0000007",
    }
    assert groups[3].profile == {"group_name": "g000003", "group_id": "g000003"}
    member = seen.entitlements[3]
    assert (member.id, member.display_name, member.description, member.grantable_to) == (
        "group:g000003:member",
        "Group g000003 member",
        "Member of Group g000003",
        ("user",),
    )
    of_three = [one for one in seen.grants if one.entitlement.id == member.id]
    assert [one.principal.resource for one in of_three] == [
        *(f"u{(3 * 37 + i * 13) % 50:07d}" for i in range(20)),
        "g000007",
        "g000008",
    ]
    assert of_three[-1].expandable.entitlement_ids == ("group:g000008:member",)
    assert of_three[-1].expandable.resource_type_ids == ("user",)
    assert not of_three[-1].expandable.shallow
    assert len([one for one in seen.grants if one.expandable]) == 11, "a tree: every group but the first is nested once"


def test_nested_groups_come_with_the_first_page(connector, open_session):
    session = open_session(users=50, groups=12, members=20, nested=2)
    group = connector.get_resource(session, ResourceId("group", "g000000"), None)
    first = connector.list_grants(session, group, None, 7)
    second = connector.list_grants(session, group, first.next_token, 7)
    assert [one.principal.resource_type for one in first.items] == ["user"] * 7 + ["group"] * 2
    assert {one.principal.resource_type for one in second.items} == {"user"}
    nobody = open_session(groups=3, nested=2)
    alone = connector.list_grants(nobody, group, None, 7)
    assert [one.principal.resource for one in alone.items] == ["g000001", "g000002"]


@given(
    st.integers(1, 60),
    st.integers(0, 6),
    st.integers(0, 40),
    st.integers(0, 3),
    st.integers(1, 50),
)
def test_pages_put_together_are_the_whole(users, groups, members, nested, size):
    made = SizedOrganisation(Sizes(users=users, groups=groups, members=members, nested=nested))
    for number in range(groups):
        group = ResourceId("group", f"g{number:06d}")
        listing = made.grants(group)
        whole = listing.read(0, listing.total)
        cut = listing.read(0, min(size, members))
        for start in range(size, members, size):
            cut += listing.read(start, min(start + size, members))
        assert sorted(whole, key=_key) == sorted(cut, key=_key)
        assert len(whole) == members + len([k for k in range(1, nested + 1) if number * nested + k < groups])


def _key(grant):
    return (grant.principal.resource_type, grant.principal.resource)


def test_one_resource(connector, open_session):
    session = open_session(users=5, groups=2)

    def get(kind, name):
        return connector.get_resource(session, ResourceId(kind, name), None)

    assert get("user", "u0000004").display_name == "User u0000004"
    assert get("group", "g000001").display_name == "Group g000001"
    wrong = ["u0000005", "u4", "g000001", "u", "", "u" + "\u0660" * 6 + "1", "u-000001", "u" + "9" * 5000, "u00000004"]
    assert [get("user", name) for name in wrong] == [None] * len(wrong)
    assert get("robot", "u0000001") is None


def test_grants_of_a_group_share_one_entitlement(connector, open_session):
    session = open_session(users=500, groups=2, members=400)
    group = connector.get_resource(session, ResourceId("group", "g000001"), None)
    first = connector.list_grants(session, group, None, None)
    second = connector.list_grants(session, group, first.next_token, None)
    assert len(first.items) == len(second.items) == 200
    assert len({id(one.entitlement) for one in [*first.items, *second.items]}) == 1


@pytest.mark.parametrize(
    ("users", "members"),
    [(1, 3), (12, 30), (BLOCK, 500), (BLOCK + 1, 900), (3 * BLOCK + 7, 2000), (BLOCK * KEPT_BLOCKS, BLOCK * 5)],
)
@pytest.mark.parametrize("group", [0, 1, 999])
def test_members_are_every_thirteenth_user(users, members, group):
    organisation = SizedOrganisation(Sizes(users=users, groups=1000, members=members))
    listing = organisation.grants(ResourceId("group", f"g{group:06d}"))
    start = members // 3
    found = [grant.principal.resource for grant in listing.read(start, members)]
    assert found == [f"u{(group * 37 + at * STEP) % users:07d}" for at in range(start, members)]


def test_sizes_may_be_left_out(open_session, walk):
    assert walk(open_session(users=3)).grants == []
    assert len(walk(open_session(users=0)).resources) == 0
    with pytest.raises(ConfigError, match="groups with members need users"):
        open_session(groups=2, members=3)
    with pytest.raises(ConfigError, match="--users -1 is negative"):
        Sizes(users=-1)
