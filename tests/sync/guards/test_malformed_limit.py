"""Items that break the contract are skipped, counted and named; many of them, or --strict, end the run."""

import pytest

from connector_host import (
    Annotation,
    Entitlement,
    External,
    ExternalResourceMatchID,
    Grant,
    Page,
    Purpose,
    Resource,
    ResourceId,
    ResourceType,
    RoleTrait,
    Trait,
    hookimpl,
)
from connector_host.errors import NotFound, PluginError
from connector_host.sync.guards import malformed_limit


def many_users(toy, bad, number=100):
    """Users of whom the one at each position in `bad` is replaced."""
    return [bad.get(index) or toy.user(f"u{index}") for index in range(number)]


def only_users(toy, items):
    toy.resources = lambda type_id, parent: items if type_id == "user" and parent is None else []


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda toy: toy.user(""), "item 1 (user:): its id is empty"),
        (lambda toy: Resource(ResourceId("user", "x")), "(user:x): it has no UserTrait"),
        (lambda toy: toy.user("x", display_name=7), "(user:x): display_name: a text (str) is needed, not int"),
        (lambda toy: toy.user("x", display_name="caf\udce9"), "(user:x): display_name"),
        (lambda toy: "x", "it is str, not Resource"),
        (lambda toy: None, "it is nothing, not Resource"),
    ],
)
def test_a_malformed_resource_is_skipped_counted_and_named(sync, toy, make, problem):
    items = many_users(toy, {})
    items[40] = make(toy)
    only_users(toy, items)
    toy.grants = lambda resource: []
    summary, file = sync(toy)
    assert len(file.rows("resources")) == 99
    assert summary.counters["malformed items:list_resources"] == 1
    (named,) = summary.malformed
    assert named.startswith("list_resources of user, page '39', item 1")  # three to a page
    assert problem in named
    assert any("1 item(s) of list_resources were skipped" in warning for warning in summary.warnings)


def test_malformed_grants_and_entitlements_are_skipped_too(sync, toy, tmp_path):
    grants, entitlements = toy.grants, toy.entitlements
    toy.grants = lambda resource: [
        Grant(resource.ref("member"), 5),
        *grants(resource),
        Grant(5, ResourceId("user", "u1")),
    ]
    toy.entitlements = lambda resource: [Entitlement(resource, ""), *entitlements(resource)]
    _, reference = sync(type(toy)(), file=tmp_path / "reference.c1z")
    summary, file = sync(toy)
    assert file.rows("grants") == reference.rows("grants")
    assert file.rows("entitlements") == reference.rows("entitlements")
    assert summary.counters["malformed items:list_grants"] == 6
    assert summary.counters["malformed items:list_entitlements"] == 3
    text = "list_grants of group:g0, item 0 (group:g0:member to 5): its principal is int"
    assert any(name.startswith(text) for name in summary.malformed)


def test_strict_ends_the_run_at_the_first(sync, toy, tmp_path):
    only_users(toy, many_users(toy, {40: toy.user("")}))
    with pytest.raises(
        PluginError, match=r"'toy': list_resources of user, page '39', item 1 \(user:\): its id is empty"
    ):
        sync(toy, strict=True)
    assert not (tmp_path / "sync.c1z").exists()


def test_more_than_ten_and_a_tenth_end_the_run(sync, toy):
    only_users(toy, many_users(toy, {index: Resource(ResourceId("user", "")) for index in range(11)}))
    with pytest.raises(PluginError, match=r"list_resources of user, item 0 .*\(11 of 12 items are malformed\)"):
        sync(toy)


def test_ten_of_a_hundred_do_not(sync, toy):
    only_users(toy, many_users(toy, {index: Resource(ResourceId("user", "")) for index in range(10)}))
    summary, _ = sync(toy)
    assert summary.counters["malformed items:list_resources"] == malformed_limit.LIMIT


def test_a_listing_of_nothing_but_malformed_items_ends_the_run(sync, toy, tmp_path):
    toy.grants = lambda resource: [Grant(resource.ref("member"), "u0")]
    with pytest.raises(PluginError, match=r"list_grants of group.*\(3 of 3 items are malformed\)"):
        sync(toy)
    assert not (tmp_path / "sync.c1z").exists()


def test_a_malformed_resource_type_always_ends_the_run(sync, toy):
    types = toy.types
    toy.types = lambda: [*types(), ResourceType("odd", display_name=7)]
    with pytest.raises(PluginError, match=r"item 2 \(odd\): display_name"):
        sync(toy)


def test_what_was_malformed_is_counted_across_a_resumed_run(sync, toy):
    only_users(toy, many_users(toy, {4: toy.user("")}))

    def stop_late(hook, subject, token):
        if hook == "list_resources" and token == "60":
            raise ZeroDivisionError

    toy.asked = stop_late
    with pytest.raises(PluginError):
        sync(toy)
    toy.asked = lambda *_: None
    summary, _ = sync(toy)
    assert summary.resumed
    assert summary.counters["malformed items:list_resources"] == 1
    assert len(summary.malformed) == 1


LINK = "c1.connector.v2.ExternalLink"


def test_an_annotation_whose_bytes_are_not_its_message_is_malformed(sync, toy):
    bad = Resource(
        ResourceId("user", "ada"), "Ada", traits=toy.user("x").traits, annotations=(Annotation(LINK, b"https"),)
    )
    only_users(toy, many_users(toy, {4: bad}))
    summary, file = sync(toy)
    assert "user:ada" not in file.rows("resources")
    assert "(user:ada): annotations[0]: its value is no serialised ExternalLink" in summary.malformed[0]


def test_an_annotation_of_an_unknown_type_is_carried(sync, toy):
    odd = Resource(
        ResourceId("user", "ada"), "Ada", traits=toy.user("x").traits, annotations=(Annotation("x.Y", b"\xff"),)
    )
    only_users(toy, many_users(toy, {4: odd}))
    summary, file = sync(toy)
    assert "user:ada" in file.rows("resources")
    assert summary.malformed == []


def test_grants_on_entitlements_that_were_never_listed_are_counted_and_named(sync, toy):
    grants = toy.grants
    toy.grants = lambda resource: [*grants(resource), Grant(resource.ref("owner"), ResourceId("user", "u0"))]
    summary, file = sync(toy)
    assert "group:g0:owner:user:u0" in file.rows("grants")
    assert summary.counters["grants on unlisted entitlements"] == 3
    (warning,) = [text for text in summary.warnings if "never listed" in text]
    assert warning.startswith("3 grant(s) are on entitlements that were never listed: group:g0:owner; group:g1:owner;")


def test_grants_to_principals_that_were_never_listed_are_counted_and_named(sync, toy):
    grants = toy.grants
    toy.grants = lambda resource: [
        *grants(resource),
        Grant(resource.ref("member"), ResourceId("user", "nobody")),
        Grant(resource.ref("member"), External(ResourceId("user", "elsewhere"), ExternalResourceMatchID("x"))),
    ]
    summary, file = sync(toy)
    assert "group:g0:member:user:nobody" in file.rows("grants")
    assert summary.counters["grants to unlisted principals"] == 3
    (warning,) = [text for text in summary.warnings if "never listed" in text]
    assert warning == "3 grant(s) are to principals that were never listed: user:nobody. They are stored."


def test_rows_that_a_connector_skips_are_counted_and_named(sync, toy):
    class Skipping(type(toy)):
        @hookimpl
        def list_resources(self, session, resource_type, page_token):
            items = self.resources(resource_type.id, None)
            return Page(items, skipped=("row 17 has no id",) if resource_type.id == "user" else ())

    summary, _ = sync(Skipping())
    assert summary.counters["malformed items:list_resources"] == 1
    assert summary.malformed == ["list_resources of user, item 0: the connector skipped 'row 17 has no id'"]
    with pytest.raises(PluginError, match="row 17"):
        sync(Skipping(), strict=True)


@pytest.mark.parametrize("parent", [None, "page"])
def test_not_found_without_a_subject_ends_the_run(sync, toy, tmp_path, parent):
    def asked(hook, subject, token):
        if hook == "list_resources" and token == (None if parent is None else "3"):
            raise NotFound("the organisation acmee")

    toy.asked = asked
    with pytest.raises(NotFound, match="list_resources of user: the organisation acmee"):
        sync(toy)
    assert not (tmp_path / "sync.c1z").exists()


class WithRoles:
    """The toy with roles that only turn up with grants."""

    def types(self):
        return [*super().types(), ResourceType("role", "Role", (Trait.ROLE,))]

    @hookimpl
    def list_static_entitlements(self, resource_type):
        template = Entitlement(Resource(ResourceId("role", "")), "assigned", Purpose.ASSIGNMENT)
        return [template] if resource_type.id == "role" else []

    @hookimpl
    def list_grants(self, session, resource, page_token, page_size):
        role = Resource(ResourceId("role", "found"), "Found", traits=(RoleTrait(),))
        entitlement = Entitlement(role, self.slug) if self.whole else role.ref(self.slug)
        return Page([Grant(entitlement, ResourceId("user", "u0"))], insert_resources=True)


@pytest.mark.parametrize(
    ("whole", "slug", "unlisted"),
    [(True, "assigned", 0), (False, "assigned", 0), (True, "other", 0), (False, "other", 3)],
)
def test_resources_inserted_with_grants_have_their_entitlements(sync, toy, whole, slug, unlisted):
    class Roles(WithRoles, type(toy)):
        pass

    roles = Roles()
    roles.whole, roles.slug = whole, slug
    summary, file = sync(roles)
    assert "role:found" in file.rows("resources")
    assert "role:found:assigned" in file.rows("entitlements")
    assert ("role:found:other" in file.rows("entitlements")) is (whole and slug == "other")
    assert summary.counters.get("grants on unlisted entitlements", 0) == unlisted
