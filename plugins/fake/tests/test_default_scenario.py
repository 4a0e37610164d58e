from collections import Counter

from connector_host_fake.default_scenario import default_scenario
from connector_host_fake.scenario_format import check

from connector_host import AccountType, ResourceStatus, Trait


def test_it_is_sound_and_the_same_every_time(open_session, walk):
    check(default_scenario(), "default")
    assert default_scenario() == default_scenario()
    seen = walk(open_session())
    ids = [item.id for item in seen.resources]
    assert len(ids) == len(set(ids))
    assert len(seen.grant_ids()) == len(set(seen.grant_ids()))
    listed, entitlements = set(ids), {item.id for item in seen.entitlements}
    assert {one.principal for one in seen.grants} <= listed
    assert {name for one in seen.grants if one.expandable for name in one.expandable.entitlement_ids} <= entitlements


def test_there_is_something_to_explore(open_session, walk):
    seen = walk(open_session())
    kinds = Counter(item.id.resource_type for item in seen.resources)
    assert 25 <= kinds["user"] <= 30
    assert kinds["app"] >= 3
    assert kinds["vault"] >= 3
    assert kinds["role"] >= 2
    users = [item for item in seen.resources if item.id.resource_type == "user"]
    assert any(item.status.status is ResourceStatus.DISABLED for item in users)
    assert any(item.traits[0].account_type is AccountType.SERVICE for item in users)
    assert any(item.profile.get("guest") for item in users)
    assert sum(not item.display_name.isascii() for item in users) > 5
    expandable = [one for one in seen.grants if one.expandable]
    assert any(one.expandable.shallow for one in expandable)
    assert any(one.expandable.resource_type_ids for one in expandable)
    assert any(one.entitlement.resource.id.resource_type == "app" for one in expandable)
    held = Counter(one.entitlement.id for one in seen.grants)
    assert held["group:robotics-club:member"] == 0


def test_types_without_a_session(connector):
    types = {item.id: item for item in connector.list_resource_types(None, None).items}
    assert types["user"].traits == (Trait.USER,)
    assert {str(can) for can in types["user"].can} == {
        "create_account",
        "delete",
        "issue_credential",
        "rotate_credentials",
        "set_status",
    }
    assert {str(can) for can in types["group"].can} == {"grant", "create", "delete"}


def test_who_one_is(connector, open_session):
    identity = connector.check_session(open_session())
    assert (identity.account, identity.user) == ("Larkfield Robotics", "auditor@larkfield.example")
    assert connector.check_session(open_session(users=3)).account == "sized organisation"
