"""Syncs of resources named one by one."""

import pytest

from connector_host import Entitlement, Grant, GroupTrait, Purpose, Resource, ResourceId, ResourceType, Trait, hookimpl
from connector_host.errors import ConfigError, ConnectorHostError, NotFound, PluginError, ShrinkGuard
from connector_host.sync.targeted_resources import Target, parse_targets

PLANT, DEPARTMENT, TEAM = (ResourceId("plant", "p1"), ResourceId("department", "d1"), ResourceId("team", "t1"))


# ------------------------------------------------------------------------------------------------- their names


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("group:g1", Target(ResourceId("group", "g1"))),
        ("group:a:b/c", Target(ResourceId("group", "a:b/c"))),
        ("bid:r:group/g1", Target(ResourceId("group", "g1"))),
        ("bid:r:org/o1/group/g1", Target(ResourceId("group", "g1"), ResourceId("org", "o1"))),
        (r"bid:r:group/a\:b\/c\\d", Target(ResourceId("group", "a:b/c\\d"))),
        (" group:g1 ", Target(ResourceId("group", "g1"))),
    ],
)
def test_a_resource_is_named_in_either_spelling(text, target):
    assert parse_targets([text, text]) == (target,)


@pytest.mark.parametrize(
    ("text", "problem", "at"),
    [
        ("g1", "a type and an id", 2),
        ("", "a type and an id", 0),
        (":g1", "a type and an id", 0),
        ("group:", "a type and an id", 5),
        ("bid:e:group/g1:member", "not the id of a resource", 4),
        ("bid:r:group", "1 parts, not 2 or 4", 6),
        ("bid:r:a/b/c", "3 parts", 6),
        ("bid:r:group/", "a part is empty", 12),
        ("bid:r:/g1", "a part is empty", 6),
        ("bid:r:group/a:b", "a colon inside", 13),
        (r"bid:r:group/a\b", "a backslash stands only", 13),
        ("bid:r:group/a\\", "a backslash stands only", 13),
    ],
)
def test_a_wrong_name_is_pointed_at(text, problem, at):
    with pytest.raises(ConfigError, match=problem) as raised:
        parse_targets(["group:g1", text])
    assert raised.value.message.splitlines()[-1].index("^") == at + 2


# ------------------------------------------------------------------------------------------------- what is read


@pytest.fixture
def house(toy):
    """The toy with `get_resource`, and a team in a department in a plant, which is told apart by its calls."""

    class House(type(toy)):
        def types(self):
            more = [ResourceType(name, name.title()) for name in ("plant", "department")]
            return [*super().types(), *more, ResourceType("team", "Team", (Trait.GROUP,))]

        def resources(self, kind, parent):
            if kind in ("user", "group"):
                return super().resources(kind, parent)
            if kind == "plant" and parent is None:
                return [Resource(PLANT, "Plant", child_types=("department",))]
            if kind == "department" and parent is not None and parent.id == PLANT:
                return [Resource(DEPARTMENT, "Department", parent=PLANT, child_types=("team",))]
            if kind == "team" and parent is not None and parent.id == DEPARTMENT:
                return [Resource(TEAM, "Team", parent=DEPARTMENT, traits=(GroupTrait(),))]
            return []

        def grants(self, resource):
            if resource.id.resource_type in ("user", "group"):
                return super().grants(resource)
            return [Grant(resource.ref("member"), ResourceId("user", "u0"))]

        @hookimpl
        def get_resource(self, session, resource_id, parent):
            self.asked("get_resource", str(resource_id), parent and str(parent))
            parents = (None, Resource(PLANT, "Plant"), Resource(DEPARTMENT, "Department"))
            found = [one for up in parents for one in self.resources(resource_id.resource_type, up)]
            return next((one for one in found if one.id == resource_id), None)

    return House


def test_a_resource_is_read_with_what_is_held_on_it(sync, house, tmp_path):
    toy = house()
    _, whole = sync(house(), file=tmp_path / "whole.c1z", skip_grant_expansion=True)
    summary, file = sync(toy, resources=("group:g1",))
    assert list(file.rows("resources")) == ["group:g1"]
    assert file.rows("resource_types") == whole.rows("resource_types")
    assert file.rows("entitlements") == {"group:g1:member": whole.rows("entitlements")["group:g1:member"]}
    expected = {name: row for name, row in whole.rows("grants").items() if row["resource_id"] == "g1"}
    assert len(expected) == 3
    assert file.rows("grants") == expected
    (run,) = file.runs()
    assert (run["sync_type"], run["parent_sync_id"], run["supports_diff"]) == ("partial", "", 0)
    assert {hook for hook, _, _ in toy.calls} == {
        *("list_resource_types", "get_resource", "list_entitlements", "list_grants")
    }
    assert summary.counts["group"] == {"resources": 1, "entitlements": 1, "grants": 3}


def test_parents_come_with_it_and_children_as_resources(sync, house):
    toy = house()
    _, file = sync(toy, resources=("bid:r:plant/p1/department/d1",))
    assert set(file.rows("resources")) == {"plant:p1", "department:d1", "team:t1"}
    assert {row["resource_type_id"] for row in file.rows("grants").values()} == {"department"}
    assert ("get_resource", "department:d1", "plant:p1") in toy.calls
    toy = house()
    _, file = sync(toy, resources=("team:t1",))
    assert set(file.rows("resources")) == {"plant:p1", "department:d1", "team:t1"}
    assert [subject for hook, subject, _ in toy.calls if hook == "list_resources"] == []


def test_without_grants(sync, house):
    toy = house()
    _, file = sync(toy, resources=("group:g1", "group:g0"), skip_grants=True)
    assert set(file.rows("entitlements")) == {"group:g0:member", "group:g1:member"}
    assert file.rows("grants") == {}
    assert "list_grants" not in {hook for hook, _, _ in toy.calls}
    _, file = sync(house(), resources=("group:g1",), skip_entitlements_and_grants=True, fresh=True)
    assert file.rows("entitlements") == {}
    assert file.runs()[-1]["sync_type"] == "partial"


def test_the_resource_of_a_grant_is_read_too(sync, house):
    toy = house()
    toy.grants = lambda resource: [
        Grant(Entitlement(toy.group("g2"), "member", Purpose.ASSIGNMENT), ResourceId("user", "u1"))
    ]
    _, file = sync(toy, resources=("group:g1",))
    assert set(file.rows("resources")) == {"group:g1", "group:g2"}
    assert set(file.rows("entitlements")) == {"group:g1:member"}
    assert [subject for hook, subject, _ in toy.calls if hook == "get_resource"] == ["group:g1", "group:g2"]


def test_static_entitlements_are_those_of_the_resources_named(sync, house):
    toy = house()

    @hookimpl
    def list_static_entitlements(session, resource_type):
        stand_in = Resource(ResourceId(resource_type.id, ""), "")
        return [Entitlement(stand_in, "use", Purpose.ASSIGNMENT)] if resource_type.id != "user" else []

    toy.list_static_entitlements = list_static_entitlements
    _, file = sync(toy, resources=("team:t1",))
    assert set(file.rows("entitlements")) == {"team:t1:member", "team:t1:use"}


def test_what_does_not_exist_is_named(sync, house):
    summary, file = sync(house(), resources=("group:g1", "group:none"))
    assert set(file.rows("resources")) == {"group:g1"}
    assert summary.warnings == ["group:none does not exist in the application; it is not in the file."]


def test_many_that_do_not_exist_do_not_end_the_run(sync, house):
    summary, file = sync(house(), resources=("group:g1", *(f"group:x{i}" for i in range(30))))
    assert set(file.rows("resources")) == {"group:g1"}
    assert len(summary.warnings) == 30


def test_nothing_that_exists_is_an_error_that_leaves_nothing(sync, house, tmp_path):
    with pytest.raises(NotFound, match=r"none of the resources that --sync-resources names \(group:none\)"):
        sync(house(), resources=("group:none",))
    assert list(tmp_path.iterdir()) == []


def test_it_adds_to_the_newest_full_sync_and_is_not_compared_with_it(sync, house):
    sync(house())
    _, file = sync(house())
    newest = file.runs()[-1]
    summary, file = sync(house(), resources=("group:g1",), shrink_threshold=1.0)
    assert [run["sync_type"] for run in file.runs()] == ["full", "partial"]  # the running one counts as kept
    assert file.runs()[-1]["parent_sync_id"] == newest["sync_id"]
    assert summary.previous is None
    toy = house()
    toy.grants = lambda resource: []
    toy.resources = lambda kind, parent: [toy.user(f"u{i}") for i in range(40)] if kind == "user" else []
    sync(toy, allow_shrink=True)
    toy.resources = lambda kind, parent: []
    with pytest.raises(ShrinkGuard):  # with the full sync before, not with the partial one
        sync(toy)


@pytest.mark.parametrize("cut", ["get_resource", "list_resources", "list_entitlements", "list_grants"])
def test_it_is_resumed_as_what_it_is(sync, house, tmp_path, cut):
    chosen = ("department:d1", "group:g1", "group:g0")
    _, whole = sync(house(), file=tmp_path / "whole.c1z", resources=chosen)
    toy = house()
    times = iter(range(9))

    def asked(hook, subject, token):
        if hook == cut and (cut == "list_resources" or next(times) == 1):
            raise ZeroDivisionError

    toy.asked = asked
    with pytest.raises(ConnectorHostError):
        sync(toy, resources=chosen, workers=1)
    toy = house()
    summary, file = sync(toy, resources=chosen)
    assert summary.resumed
    assert file.everything() == whole.everything()


def test_other_resources_do_not_go_on_with_it(sync, house, tmp_path):
    toy = house()

    def asked(hook, subject, token):
        if hook == "list_grants":
            raise ZeroDivisionError

    toy.asked = asked
    with pytest.raises(ConnectorHostError):
        sync(toy, resources=("group:g1",))
    summary, file = sync(house(), resources=("group:g2",))
    assert not summary.resumed
    assert set(file.rows("resources")) == {"group:g2"}


# ------------------------------------------------------------------------------------------------- what is refused


def test_what_contradicts_itself_is_refused_before_anything_is_asked(sync, toy, house, tmp_path):
    with pytest.raises(ConfigError, match="skip-grants can only be set within a targeted sync"):
        sync(house(), skip_grants=True)
    with pytest.raises(ConfigError, match="whose type is not among --sync-resource-types"):
        sync(house(), resources=("group:g1",), resource_types=("user",))
    with pytest.raises(ConfigError, match="has no hook get_resource"):
        sync(toy, resources=("group:g1",))
    assert toy.sessions == 0
    with pytest.raises(ConfigError, match="robot:r1 is of no type that the connector has"):
        sync(house(), resources=("robot:r1",))
    assert list(tmp_path.iterdir()) == []


def test_another_resource_than_the_one_asked_for_is_a_defect(sync, house):
    toy = house()

    @hookimpl
    def get_resource(session, resource_id):
        return toy.group("g2")

    toy.get_resource = get_resource
    with pytest.raises(PluginError, match="get_resource of group:g1 gave group:g2"):
        sync(toy, resources=("group:g1",))
