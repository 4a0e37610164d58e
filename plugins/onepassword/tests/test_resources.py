from __future__ import annotations

import pytest
from connector_host_onepassword import access_grants, permissions, resources
from connector_host_onepassword.op_cli.responses import GroupMember, OpAccount, OpGroup, OpUser, OpVault, VaultAccessor
from hypothesis import given
from hypothesis import strategies as st

from connector_host import Purpose, Resource, ResourceId, ResourceStatus

PARENT = ResourceId("account", "ACC")
VAULT = resources.plain_vault(OpVault("vid", "Box", ""), PARENT)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Ann Lee", "Ann", "Lee"),
        ("Ann van Lee", "Ann", "van Lee"),
        ("Ann", "Ann", ""),
        ("", "", ""),
        ("A  B", "A", " B"),
    ],
)
def test_names_are_split_at_the_first_blank(name, first, last):
    made = resources.plain_user(OpUser("U", name, "a@example.com", "MEMBER", "ACTIVE"), PARENT)
    assert (made.profile["first_name"], made.profile["last_name"]) == (first, last)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("ACTIVE", ResourceStatus.ENABLED),
        ("RECOVERY_STARTED", ResourceStatus.ENABLED),
        ("SUSPENDED", ResourceStatus.DISABLED),
        ("INACTIVE", ResourceStatus.DISABLED),
        ("RECOVERY_ACCEPTED", ResourceStatus.UNSPECIFIED),
        ("PENDING", ResourceStatus.UNSPECIFIED),
        ("TRANSFER_SUSPENDED", ResourceStatus.UNSPECIFIED),
        ("DELETED", ResourceStatus.UNSPECIFIED),
        ("A_STATE_OF_TOMORROW", ResourceStatus.UNSPECIFIED),
        ("", ResourceStatus.UNSPECIFIED),
    ],
)
def test_states(state, status):
    made = resources.plain_user(OpUser("U", "A B", "a@example.com", "MEMBER", state), PARENT)
    assert made.status.status is status
    assert made.traits[0].status.status is ResourceStatus.ENABLED


def test_a_user_without_an_address_has_none():
    made = resources.plain_user(OpUser("U", "Robot", "", "SERVICE_ACCOUNT", "ACTIVE"), PARENT)
    assert made.traits[0].emails == ()
    assert made.profile["login"] == ""


def test_the_account_announces_its_children_in_order():
    assert resources.account_resource(OpAccount("A", "n", "d", "TEAM")).child_types == ("group", "user", "vault")


def test_entitlements():
    member, manager = access_grants.entitlements(resources.plain_group(OpGroup("g", ""), PARENT), ("member", "manager"))
    assert (member.id, member.purpose, member.display_name) == ("group:g:member", Purpose.ASSIGNMENT, " group member")
    assert (manager.id, manager.purpose, manager.description) == (
        "group:g:manager",
        Purpose.PERMISSION,
        "1Password  group",
    )


@pytest.mark.parametrize(("plan", "count"), [("BUSINESS", 13), ("TEAM", 4), ("FAMILY", 4), ("INDIVIDUAL", 4), ("", 4)])
def test_a_vaults_entitlements_follow_the_plan(plan, count):
    assert len(access_grants.vault_permissions(plan, (), None)) == count


def test_a_permission_that_is_seen_is_an_entitlement():
    seen = [VaultAccessor("x", ("move_items", "view_items")), VaultAccessor("y", ("allow_viewing", "summon_demons"))]
    assert access_grants.vault_permissions("BUSINESS", seen, None)[13:] == (
        "allow viewing",
        "move items",
        "summon demons",
    )


@pytest.mark.parametrize("empty", ["", "_", "__", " "])
def test_no_slug_is_ever_empty(empty):
    assert "" not in access_grants.vault_permissions("TEAM", [VaultAccessor("x", (empty,))], None)
    grants = access_grants.vault_grants(VAULT, [VaultAccessor("x", (empty, "view_items"))], (), None)
    assert [grant.entitlement.slug for grant in grants.grants] == ["member", "view items"]


def test_the_limit_counts_for_entitlements_and_grants():
    accessor, limit = (
        VaultAccessor("x", ("view_items", "move_items", "edit_items")),
        frozenset({"view_items", "move_items"}),
    )
    assert access_grants.vault_permissions("BUSINESS", [accessor], limit) == ("view items", "move items")
    grants = access_grants.vault_grants(VAULT, [accessor], [accessor], limit)
    assert [grant.entitlement.slug for grant in grants.grants] == ["view items", "move items"] * 2


def test_what_a_group_holds_is_expandable_and_what_a_user_holds_is_not():
    user, group = access_grants.vault_grants(VAULT, [VaultAccessor("U", ())], [VaultAccessor("g", ())], None).grants
    assert (user.principal, user.expandable) == (ResourceId("user", "U"), None)
    assert group.principal == ResourceId("group", "g")
    assert group.expandable.entitlement_ids == ("group:g:member",)
    assert (group.expandable.shallow, group.expandable.resource_type_ids) == (True, ("user",))


def test_a_manager_is_a_member_too():
    group = resources.plain_group(OpGroup("g", "G"), PARENT)
    grants = access_grants.group_grants(group, [GroupMember("A", True), GroupMember("B", False)])
    assert [(grant.entitlement.slug, grant.principal.resource) for grant in grants.grants] == [
        ("member", "A"),
        ("manager", "A"),
        ("member", "B"),
    ]


NAMES = st.lists(st.sampled_from([*permissions.KNOWN, "summon_demons", "_", "member"]), max_size=8)


@given(
    st.lists(st.tuples(st.text("abc", min_size=1), NAMES), max_size=5),
    st.sampled_from(["BUSINESS", "TEAM"]),
    st.none() | st.frozensets(st.sampled_from([*permissions.KNOWN])),
)
def test_every_grant_is_of_an_entitlement_that_is_listed(accessors, plan, limit):
    rows = [VaultAccessor(name, tuple(dict.fromkeys(held))) for name, held in accessors]
    slugs = access_grants.vault_permissions(plan, rows, limit)
    assert len(set(slugs)) == len(slugs)
    grants = access_grants.vault_grants(Resource(ResourceId("vault", "v")), rows, rows, limit)
    assert {grant.entitlement.slug for grant in grants.grants} <= set(slugs)


def test_close_names():
    assert permissions.closest("veiw_items") == "view_items"
    assert permissions.closest("summon_demons") == ""
    assert permissions.slug("view_and_copy_passwords") == "view and copy passwords"


def test_a_role_that_was_not_reported_is_a_gap_and_not_a_no():
    group = resources.plain_group(OpGroup("g", "G"), PARENT)
    listed = access_grants.group_grants(
        group, [GroupMember("A", None), GroupMember("B", True), GroupMember("C", False)]
    )
    assert [str(grant.entitlement.slug) for grant in listed.grants] == ["member", "member", "manager", "member"]
    assert listed.gaps == ("op did not report the role of 1 of 3 members, so its managers are not fully known",)


def test_permissions_that_were_not_reported_are_a_gap_and_not_a_no():
    rows = [VaultAccessor("A", None), VaultAccessor("B", ("view_items",)), VaultAccessor("C", ())]
    listed = access_grants.vault_grants(VAULT, rows, [VaultAccessor("g", None)], None)
    assert [grant.entitlement.slug for grant in listed.grants] == ["member", "member", "view items", "member", "member"]
    assert listed.gaps == ("op did not report the permissions of 1 user and 1 group with access",)
    assert access_grants.vault_grants(VAULT, rows, [], frozenset({"member"})).gaps == ()
