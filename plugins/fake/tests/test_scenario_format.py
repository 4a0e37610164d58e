import json

import pytest
from connector_host_fake.scenario_format import check, dump, load

from connector_host import AccountType, ConfigError, GroupTrait, Purpose, ResourceId, ResourceStatus


def test_serves_what_is_written(open_session, walk, scenario_file):
    seen = walk(open_session(scenario=scenario_file()))
    assert [item.id for item in seen.types] == ["user", "group", "box"]
    assert [str(item.id) for item in seen.resources] == ["user:ann", "user:bob", "group:g1", "group:g2", "box:b1"]
    ann, bob, one, _, box = seen.resources
    assert ann.traits[0].emails[0].address == "ann@example.com"
    assert ann.traits[0].emails[0].is_primary
    assert ann.traits[0].account_type is AccountType.HUMAN
    assert (ann.status.status, bob.status.status) == (
        ResourceStatus.ENABLED,
        ResourceStatus.DISABLED,
    )
    assert bob.traits[0].emails == ()
    assert one.traits == (GroupTrait(),)
    assert box.traits == ()
    assert box.parent == ResourceId("group", "g1")
    assert [item.id for item in seen.entitlements] == ["group:g1:member", "group:g2:member", "box:b1:open"]
    assert seen.entitlements[2].purpose is Purpose.PERMISSION
    assert seen.grant_ids() == ["group:g1:member:user:ann", "group:g1:member:group:g2", "box:b1:open:user:bob"]
    nested = seen.grants[1].expandable
    assert (nested.entitlement_ids, nested.shallow, nested.resource_type_ids) == (("group:g2:member",), True, ("user",))


def test_a_child_is_listed_under_its_parent_only(connector, open_session, scenario_file, walk):
    session = open_session(scenario=scenario_file())
    kinds = {item.id: item for item in connector.list_resource_types(session, None).items}
    group = connector.get_resource(session, ResourceId("group", "g1"), None)
    other = connector.get_resource(session, ResourceId("group", "g2"), None)
    assert connector.list_resources(session, kinds["box"], None, None, None).items == []
    assert connector.list_resources(session, kinds["box"], other, None, None).items == []
    assert [item.id.resource for item in connector.list_resources(session, kinds["box"], group, None, None).items] == [
        "b1"
    ]
    assert connector.get_resource(session, ResourceId("box", "none"), None) is None


@pytest.mark.parametrize("size", [1, 2, 3, 50, None])
def test_every_page_size_gives_the_same_in_the_same_order(open_session, walk, scenario_file, size):
    session = open_session(scenario=scenario_file())
    whole, cut = walk(session), walk(session, size)
    assert cut.resources == whole.resources
    assert cut.entitlements == whole.entitlements
    assert cut.grants == whole.grants
    if size == 1:
        assert cut.pages["list_grants"] > whole.pages["list_grants"]


def test_fifty_a_page_unless_told(connector, open_session, scenario_file):
    users = [{"type": "user", "id": f"u{i}"} for i in range(120)]
    session = open_session(scenario=scenario_file(resources=users, entitlements=[], grants=[]))
    kind = connector.list_resource_types(session, None).items[0]
    first = connector.list_resources(session, kind, None, None, None)
    assert (len(first.items), first.next_token) == (50, "50")
    last = connector.list_resources(session, kind, None, "100", None)
    assert (len(last.items), last.next_token) == (20, None)


def test_odd_data_is_served_as_it_is(open_session, walk, scenario_file, small):
    name = "ä" * 1000
    twice = {"type": "user", "id": "ann", "display_name": name}
    resources = [*small["resources"], twice, {"type": "user", "id": "", "display_name": ""}]
    stranger = {"entitlement": "group:g1:member", "principal": {"type": "robot", "id": "x:y"}}
    seen = walk(open_session(scenario=scenario_file(resources=resources, grants=[stranger, stranger])))
    assert [item.display_name for item in seen.resources if item.id.resource == "ann"] == ["Ann", name]
    assert any(item.id.resource == "" for item in seen.resources)
    assert seen.grant_ids() == ["group:g1:member:robot:x:y"] * 2


def test_the_identity_may_be_written(connector, open_session, scenario_file):
    path = scenario_file(identity={"account": "ACME", "user": "eve", "limits": ["sees no boxes"]})
    identity = connector.check_session(open_session(scenario=path))
    assert (identity.account, identity.user, identity.limits) == ("ACME", "eve", ("sees no boxes",))
    plain = connector.check_session(open_session(scenario=scenario_file("other.json")))
    assert plain.account == "scenario other.json"


def test_what_no_listing_reaches_is_said(open_session, scenario_file, small, caplog):
    small["resources"][2]["child_types"] = []
    open_session(scenario=scenario_file(**small))
    assert "box:b1 is never listed: its parent group:g1 does not announce its type" in caplog.text


def test_a_dumped_scenario_is_read_back_equal(scenario_file, tmp_path):
    scenario = load(scenario_file())
    (tmp_path / "again.json").write_bytes(dump(scenario))
    assert load(tmp_path / "again.json") == scenario


# ----------------------------------------------------------------------------------------------- wrong files


def broken(small, change):
    change(small)
    return small


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.update(grant=[]), "unknown field `grant`"),
        (lambda s: s.pop("resource_types"), "missing required field `resource_types`"),
        (lambda s: s["resources"][1].pop("id"), r"missing required field `id`.*resources\[1\]|\$\.resources\[...\]"),
        (lambda s: s["resources"][1].update(id=7), "Expected `str`, got `int`"),
        (lambda s: s["resources"][1].update(colour="red"), "unknown field `colour`"),
        (lambda s: s["resources"][1].update(status="gone"), "Invalid enum value 'gone'"),
        (lambda s: s["resource_types"][0].update(traits=["person"]), "Invalid enum value 'person'"),
        (lambda s: s["grants"][0].update(principal="ann"), "Expected `object`, got `str`"),
        (lambda s: s["grants"][0].update(expand={}), "missing required field `entitlements`"),
        (
            lambda s: s["resources"][0].update(type="robot"),
            r"resources\[0\] \(robot:ann\): resource type 'robot' is not in the file",
        ),
        (
            lambda s: s["resources"][4].update(parent={"type": "group", "id": "g9"}),
            r"resources\[4\] \(box:b1\): parent 'group:g9' is not",
        ),
        (
            lambda s: s["entitlements"][1].update(resource={"type": "group", "id": "g9"}),
            r"entitlements\[1\] \(group:g9:member\): resource 'group:g9' is not",
        ),
        (
            lambda s: s["grants"][2].update(entitlement="box:b1:close"),
            r"grants\[2\]: entitlement 'box:b1:close' is not in the file",
        ),
    ],
)
def test_a_wrong_scenario_names_the_place(open_session, tmp_path, small, change, message):
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(broken(small, change)))
    with pytest.raises(ConfigError, match=message) as caught:
        open_session(scenario=path)
    assert str(path) in caught.value.message


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"resource_types": "\xff"}', b"[" * 5000]
)
def test_a_file_that_is_no_scenario(open_session, tmp_path, content):
    path = tmp_path / "wrong.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"scenario .*wrong\.json: "):
        open_session(scenario=path)


def test_a_file_that_is_not_there(open_session, tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        open_session(scenario=tmp_path / "none.json")
    with pytest.raises(ConfigError, match="directory"):
        open_session(scenario=tmp_path)


def test_an_empty_scenario_is_an_empty_organisation(open_session, walk, tmp_path):
    path = tmp_path / "empty.json"
    path.write_text('{"resource_types": []}')
    seen = walk(open_session(scenario=path))
    assert (seen.types, seen.resources) == ([], [])
    check(load(path), "here")
