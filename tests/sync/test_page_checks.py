"""What a connector may get wrong, and what the host makes of it."""

import pytest

from connector_host import (
    Annotation,
    Entitlement,
    External,
    ExternalResourceMatchID,
    Grant,
    GrantExpandable,
    NotFound,
    Page,
    Resource,
    ResourceId,
    ResourceType,
    Unavailable,
    hookimpl,
)
from connector_host.errors import PluginError


def member(toy):
    return toy.group("g0").ref("member")


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (lambda toy: ["u1"], r"list_resources of user, item 0: it is str, not Resource"),
        (lambda toy: [toy.user("u0"), toy.user("")], r"list_resources of user, item 1 \(user:\): its id is empty"),
        (lambda toy: [Resource(ResourceId("user", "x"))], r"item 0 \(user:x\): it has no UserTrait"),
        (lambda toy: [Resource("user:x")], r"item 0 \(user:x\): its id is str, not a ResourceId"),
        (lambda toy: [toy.user("u0", display_name=5)], r"item 0 \(user:u0\): .*display_name"),
        (lambda toy: [toy.user("ok"), toy.group("x", parent="org")], r"item 1 \(group:x\): .*parent"),
    ],
)
def test_a_wrong_resource_is_an_error_that_names_hook_subject_and_item(sync, toy, wrong, problem):
    toy.resources = lambda kind, parent: wrong(toy) if kind == "user" and parent is None else []
    with pytest.raises(PluginError, match=problem) as error:
        sync(toy, strict=True)
    assert "'toy'" in error.value.message
    assert error.value.exit_code == 70


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (lambda toy: [None], r"list_grants of group:g\d, item 0: it is nothing, not Grant"),
        (lambda toy: [Grant("group:g0:member", ResourceId("user", "u0"))], r"item 0.*: its entitlement is str"),
        (lambda toy: [Grant(member(toy), "u0")], r"item 0.*: its principal is str"),
        (lambda toy: [Grant(member(toy), ResourceId("", ""))], r"item 0.*: a grant has no principal"),
        (lambda toy: [Grant(member(toy), ResourceId("user", ""))], r"item 0.*: a grant has no principal"),
        (lambda toy: [Grant(member(toy), ResourceId("user", 7))], r"item 0.*: .*(resource|principal)"),
        (lambda toy: [Grant(member(toy), ResourceId("user", "u0"), id=9)], r"item 0.*: .*id"),
    ],
)
def test_a_wrong_grant_is_an_error_that_names_hook_subject_and_item(sync, toy, wrong, problem):
    toy.grants = lambda resource: wrong(toy)
    with pytest.raises(PluginError, match=problem):
        sync(toy, strict=True)


def test_a_wrong_entitlement_is_an_error_that_names_hook_subject_and_item(sync, toy):
    toy.entitlements = lambda resource: [Entitlement(resource, "a"), Entitlement("group:g0", "b", id="b")]
    with pytest.raises(PluginError, match=r"list_entitlements of group:g\d, item 1 \(b\): its resource is str"):
        sync(toy, strict=True)


def test_a_resource_type_without_id_is_an_error(sync, toy):
    toy.types = lambda: [ResourceType("")]
    with pytest.raises(PluginError, match="a resource type has no id"):
        sync(toy)


def test_an_error_leaves_the_file_that_was_there(sync, toy, tmp_path):
    sync(toy)
    before = (tmp_path / "sync.c1z").read_bytes()
    toy.grants = lambda resource: [None]
    with pytest.raises(PluginError):
        sync(toy)
    assert (tmp_path / "sync.c1z").read_bytes() == before


def test_rows_of_types_that_were_never_listed_are_left_out_counted_and_said(sync, toy):
    was = toy.grants
    toy.grants = lambda resource: [
        *was(resource),
        Grant(resource.ref("member"), ResourceId("robot", "r1")),
        Grant(Resource(ResourceId("cellar", "c1")).ref("key"), ResourceId("user", "u0")),
    ]
    entitlements = toy.entitlements
    toy.entitlements = lambda resource: [
        *entitlements(resource),
        Entitlement(Resource(ResourceId("cellar", "c1")), "key"),
    ]
    resources = toy.resources
    toy.resources = lambda kind, parent: [
        *resources(kind, parent),
        *([Resource(ResourceId("cellar", "c1"))] if kind == "group" else []),
    ]
    summary, file = sync(toy)
    assert summary.counters["dropped grants to:robot"] == 3
    assert summary.counters["dropped grants on:cellar"] == 3
    assert summary.counters["dropped entitlements:cellar"] == 3
    assert summary.counters["dropped resources:cellar"] == 1
    assert len([warning for warning in summary.warnings if "'cellar'" in warning or "'robot'" in warning]) == 4
    assert not any("robot" in name or "cellar" in name for name in file.rows("grants"))
    assert not any("cellar" in name for name in {**file.rows("resources"), **file.rows("entitlements")})


def test_a_principal_in_another_system_may_be_of_any_type(sync, toy):
    toy.grants = lambda resource: [
        Grant(resource.ref("member"), External(ResourceId("idp", "x"), ExternalResourceMatchID("x1")))
    ]
    _, file = sync(toy)
    assert "group:g0:member:idp:x" in file.rows("grants")


def test_a_grant_to_a_principal_whose_row_is_missing_is_kept(sync, toy):
    toy.grants = lambda resource: [Grant(resource.ref("member"), ResourceId("user", "nobody"))]
    _, file = sync(toy)
    assert "group:g0:member:user:nobody" in file.rows("grants")


def test_types_never_listed_leave_the_filter_of_an_expansion_and_an_empty_filter_ends_it(sync, toy):
    def grants(resource):
        if resource.id.resource != "g0":
            return []
        inner = ResourceId("group", "g1")
        one = GrantExpandable(("group:g1:member",), False, ("user", "robot"))
        none = GrantExpandable(("group:g2:member",), False, ("robot",))
        return [
            Grant(resource.ref("member"), inner, one),
            Grant(resource.ref("member"), ResourceId("group", "g2"), none),
        ]

    toy.grants = grants
    summary, file = sync(toy)
    rows = file.rows("grants")
    assert b"robot" not in rows["group:g0:member:group:g1"]["expansion"]
    assert rows["group:g0:member:group:g2"]["expansion"] is None
    assert summary.counters["dropped expansion types"] == 2
    assert summary.counters["dropped expansions"] == 1


def test_a_name_that_is_too_long_is_stored_whole_and_counted(sync, toy):
    toy.resources = lambda kind, parent: [toy.user("u0", display_name="é" * 600)] if kind == "user" else []
    summary, file = sync(toy)
    assert "é".encode() * 600 in file.rows("resources")["user:u0"]["data"]
    assert summary.counters["long names:resources"] == 1


def test_ids_with_separators_and_beyond_ascii_come_through(sync, toy):
    odd = "a:b/ü 漢\n"
    toy.resources = lambda kind, parent: [toy.user(odd)] if kind == "user" else [toy.group("g0:x"), toy.group("g0")]
    toy.grants = lambda resource: [Grant(resource.ref("me:mber"), ResourceId("user", odd))]
    toy.entitlements = lambda resource: [Entitlement(resource, "me:mber")]
    _, file = sync(toy)
    assert f"user:{odd}" in file.rows("resources")
    row = file.rows("grants")[f"group:g0:x:me:mber:user:{odd}"]
    assert (row["resource_id"], row["entitlement_id"], row["principal_resource_id"]) == (
        "g0:x",
        "group:g0:x:me:mber",
        odd,
    )


@pytest.mark.parametrize("length", [1, 2, 5])
def test_page_tokens_that_come_back_are_an_error_that_names_them(sync, toy, length):
    class Looping(type(toy)):
        @hookimpl
        def list_grants(self, session, resource, page_token):
            return Page([], str((int(page_token or 0) + 1) % length))

    with pytest.raises(
        PluginError, match=r"'toy'.*list_grants of group:g\d returned the page token '\d' a second time"
    ):
        sync(Looping())


def test_a_listing_whose_subject_is_gone_is_skipped_and_counted(sync, toy):
    def asked(hook, subject, token):
        if hook == "list_grants" and subject == "g1":
            raise NotFound("group g1 is gone")

    toy.asked = asked
    summary, file = sync(toy)
    assert summary.counters["not found:list_grants"] == 1
    assert any("list_grants" in warning for warning in summary.warnings)
    assert not any(row["resource_id"] == "g1" for row in file.rows("grants").values())


def test_too_many_of_them_fail_the_run(sync, toy):
    toy.resources = lambda kind, parent: [] if kind == "user" else [toy.group(f"g{i}") for i in range(30)]
    toy.grants = lambda resource: []

    def asked(hook, subject, token):
        if hook == "list_grants":
            raise NotFound("gone")

    toy.asked = asked
    with pytest.raises(Unavailable, match="listings were not found"):
        sync(toy)


def test_a_child_type_that_was_never_listed_is_said(sync, toy):
    toy.resources = lambda kind, parent: [toy.group("g0", child_types=("room",))] if kind == "group" else []
    summary, _ = sync(toy)
    assert summary.counters["unlisted child types:room"] == 1
    assert any("'room'" in warning for warning in summary.warnings)


def test_a_defect_of_the_connector_names_the_hook_and_what_was_listed(sync, toy):
    def asked(hook, subject, token):
        if hook == "list_entitlements":
            raise ZeroDivisionError("oh")

    toy.asked = asked
    with pytest.raises(PluginError, match=r"'toy': list_entitlements of group:g\d failed: ZeroDivisionError: oh"):
        sync(toy)


def test_the_mark_that_only_the_sdk_writes_is_refused(sync, toy):
    toy.resources = lambda kind, parent: [toy.group("g0", annotations=(Annotation.of("BatonID"),))]
    with pytest.raises(PluginError, match=r"list_resources of .*\(group:g0\): it has the annotation BatonID"):
        sync(toy)


def test_a_trait_may_be_an_annotation_but_not_twice(sync, toy):
    scope = Annotation.of("GroupTrait", {"group_source_type": "okta"})
    group = Resource(ResourceId("group", "g0"), "G", annotations=(scope,))
    toy.resources = lambda kind, parent: [group] if kind == "group" else []
    toy.grants = lambda resource: []
    assert list(sync(toy)[1].rows("resources")) == ["group:g0"]
    group = toy.group("g0", annotations=(scope,))
    with pytest.raises(PluginError, match=r"\(group:g0\): it has a GroupTrait among its traits and another"):
        sync(toy)


@pytest.mark.parametrize(
    ("annotation", "says"),
    [
        (Annotation.of("ExternalLink", {"ulr": "x"}), "ExternalLink.*its fields: url"),
        (Annotation.of("ExternLink"), "did you mean ExternalLink"),
        ("ExternalLink", "Annotation"),
    ],
)
def test_a_wrong_annotation_names_its_item(sync, toy, annotation, says):
    toy.resources = lambda kind, parent: (
        [toy.group("g0"), toy.group("g1", annotations=(annotation,))] if kind == "group" else []
    )
    with pytest.raises(PluginError, match=rf"list_resources of group, item 1 \(group:g1\): .*{says}"):
        sync(toy, strict=True)
