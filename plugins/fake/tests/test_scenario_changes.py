import json
import subprocess
import sys
import threading

import pytest
from connector_host_fake.scenario_format import load

from connector_host import (
    AccountRequest,
    ConfigError,
    Entitlement,
    Grant,
    NotFound,
    NotPermitted,
    Outcome,
    Resource,
    ResourceId,
    ResourceStatus,
    Secret,
    Unavailable,
)


@pytest.fixture
def path(scenario_file):
    return scenario_file()


@pytest.fixture
def session(open_session, path):
    return open_session(scenario=path, writable=True)


@pytest.fixture
def get(connector, session):
    return lambda text: connector.get_resource(session, ResourceId(*text.split(":", 1)), None)


@pytest.fixture
def entitlement(connector, session, get):
    def find(text):
        holder, _, slug = text.rpartition(":")
        return next(
            one for one in connector.list_entitlements(session, get(holder), None, None).items if one.slug == slug
        )

    return find


def holders(connector, session, get, name):
    return [str(one.principal) for one in connector.list_grants(session, get(name), None, None).items]


def test_types_say_what_can_be_done(connector, session, open_session):
    can = {item.id: sorted(item.can) for item in connector.list_resource_types(session, None).items}
    assert can == {
        "user": ["create_account", "delete", "issue_credential", "rotate_credentials", "set_status"],
        "group": ["create", "delete", "grant"],
        "box": ["create", "delete", "grant"],
    }
    computed = connector.list_resource_types(open_session(users=1, groups=1), None).items
    assert {item.can for item in computed} == {frozenset()}


def test_grant_and_revoke_there_and_back(connector, session, get, entitlement, path, open_session):
    member, before = entitlement("group:g1:member"), path.read_bytes()
    done = connector.grant(session, get("user:bob"), member, False)
    assert (done.outcome, done.calls) == (Outcome.DONE, ("add grant group:g1:member to user:bob",))
    assert holders(connector, session, get, "group:g1") == ["user:ann", "group:g2", "user:bob"]
    assert holders(connector, open_session(scenario=path), get, "group:g1")[-1] == "user:bob"
    again = connector.grant(session, get("user:bob"), member, False)
    assert (again.outcome, again.calls, again.grants) == (Outcome.ALREADY, (), done.grants)
    gone = connector.revoke(session, done.grants[0], False)
    assert (gone.outcome, gone.calls) == (Outcome.DONE, ("remove grant group:g1:member from user:bob",))
    assert connector.revoke(session, done.grants[0], False).outcome is Outcome.ALREADY
    assert json.loads(path.read_bytes()).keys() == json.loads(before).keys()
    assert holders(connector, session, get, "group:g1") == ["user:ann", "group:g2"]


def test_a_dry_run_changes_nothing(connector, session, get, entitlement, path):
    before = path.read_bytes()
    member, user = entitlement("group:g1:member"), get("user:bob")
    held = connector.list_grants(session, get("group:g1"), None, None).items[0]
    planned = [
        connector.grant(session, user, member, True),
        connector.revoke(session, held, True),
        connector.create_account(session, AccountRequest(login="cid"), True),
        connector.delete_resource(session, user, True),
        connector.set_status(session, user, ResourceStatus.ENABLED, True),
    ]
    assert [one.outcome for one in planned] == [Outcome.PLANNED] * 5
    assert all(one.calls for one in planned)
    assert planned[2].secret is None
    assert path.read_bytes() == before
    assert connector.grant(session, get("user:ann"), member, True).outcome is Outcome.ALREADY


def test_an_account(connector, session, get, open_session, path):
    request = AccountRequest(login="cid", email="cid@example.com", display_name="Cïd", profile={"team": "x"})
    made = connector.create_account(session, request, False)
    assert made.outcome is Outcome.DONE
    assert made.resource == get("user:cid")
    assert made.resource.profile == {"team": "x"}
    assert made.resource.traits[0].emails[0].address == "cid@example.com"
    assert isinstance(made.secret, Secret)
    assert len(made.secret.reveal()) >= 12
    assert made.secret.reveal() not in path.read_text()
    again = connector.create_account(session, request, False)
    assert (again.outcome, again.resource, again.secret) == (Outcome.ALREADY, made.resource, None)
    assert (
        connector.create_account(session, AccountRequest(email="d@x.example"), False).resource.id.resource
        == "d@x.example"
    )
    with pytest.raises(ConfigError, match="needs a login or an e-mail address"):
        connector.create_account(session, AccountRequest(display_name="Nobody"), False)


def test_an_account_lands_where_the_others_are(connector, open_session, walk, scenario_file, small):
    small["resources"][2]["child_types"] = ["box", "user"]
    for user in small["resources"][:2]:
        user["parent"] = {"type": "group", "id": "g1"}
    session = open_session(scenario=scenario_file(**small), writable=True)
    made = connector.create_account(session, AccountRequest(login="cid"), False)
    assert made.resource.parent == ResourceId("group", "g1")
    assert made.resource.id in [item.id for item in walk(session).resources]


def test_a_scenario_without_users_makes_no_accounts(connector, open_session, scenario_file):
    bare = scenario_file(resource_types=[{"id": "box"}], resources=[], entitlements=[], grants=[])
    with pytest.raises(NotPermitted, match="no type of resource that is a user"):
        connector.create_account(open_session(scenario=bare, writable=True), AccountRequest(login="x"), False)


def test_deleting_takes_all_that_hangs_on_it(connector, session, get, path):
    group = get("group:g1")
    done = connector.delete_resource(session, group, False)
    assert (done.outcome, done.calls) == (Outcome.DONE, ("delete box:b1", "delete group:g1"))
    left = load(path)
    assert [item.key for item in left.resources] == ["user:ann", "user:bob", "group:g2"]
    assert [item.key for item in left.entitlements] == ["group:g2:member"]
    assert left.grants == ()
    assert connector.delete_resource(session, group, False).outcome is Outcome.ALREADY


def test_deleting_a_user_takes_its_grants(connector, session, get, path):
    connector.delete_resource(session, get("user:bob"), False)
    assert [item.entitlement for item in load(path).grants] == ["group:g1:member", "group:g1:member"]


def test_status(connector, session, get):
    ann = get("user:ann")
    done = connector.set_status(session, ann, ResourceStatus.DISABLED, False)
    assert (done.outcome, done.calls) == (Outcome.DONE, ("set user:ann disabled",))
    assert done.resource.status.status is ResourceStatus.DISABLED
    assert get("user:ann") == done.resource
    assert connector.set_status(session, ann, ResourceStatus.DISABLED, False).outcome is Outcome.ALREADY
    assert connector.set_status(session, ann, ResourceStatus.ENABLED, False).outcome is Outcome.DONE
    with pytest.raises(ConfigError, match="not deleted"):
        connector.set_status(session, ann, ResourceStatus.DELETED, False)
    with pytest.raises(NotPermitted, match="group:g1 is not an account"):
        connector.set_status(session, get("group:g1"), ResourceStatus.DISABLED, False)


def test_what_is_not_there(connector, session, get, entitlement):
    ann, member = get("user:ann"), entitlement("group:g2:member")
    with pytest.raises(NotPermitted, match="group:g2:member cannot be granted to a group"):
        connector.grant(session, get("group:g1"), member, False)
    bob = get("user:bob")
    connector.delete_resource(session, bob, False)
    with pytest.raises(NotFound, match="there is no user:bob"):
        connector.grant(session, bob, member, False)
    with pytest.raises(NotFound, match="there is no user:bob"):
        connector.set_status(session, bob, ResourceStatus.ENABLED, False)
    connector.delete_resource(session, get("group:g2"), False)
    with pytest.raises(NotFound, match="there is no entitlement group:g2:member"):
        connector.grant(session, ann, member, False)


@pytest.mark.parametrize(
    ("flags", "message", "advice"),
    [
        ({}, "the default organisation is read-only", "Write the default organisation to a file"),
        ({"users": 3}, "a computed organisation is read-only", "Leave out its sizes"),
        ({"scenario": "own"}, "is read-only", "Add --writable"),
    ],
)
def test_only_a_writable_scenario_can_be_changed(connector, open_session, path, flags, message, advice):
    options = {**flags, **({"scenario": path} if "scenario" in flags else {})}
    with pytest.raises(NotPermitted, match="nothing can be changed") as caught:
        connector.create_account(open_session(**options), AccountRequest(login="x"), False)
    assert message in caught.value.message
    assert caught.value.hint.startswith(advice)
    assert "--writable" in caught.value.hint


def test_a_grant_of_another_application_is_named_before_the_lack_of_writing(connector, open_session):
    vault = Resource(id=ResourceId("vault", "7mdkqfykxhpvgj2mltw3s3455w"), display_name="Finance")
    foreign = Grant(Entitlement(vault, "member"), ResourceId("user", "u1"))
    with pytest.raises(NotFound, match="Larkfield Robotics has no vault:7mdk.*another application") as caught:
        connector.revoke(open_session(), foreign, True)
    assert "--writable" not in caught.value.hint


def test_a_grant_of_another_application_is_no_success(connector, session, get, path):
    before = path.read_bytes()
    vault = Resource(id=ResourceId("vault", "v1"), display_name="Finance")
    with pytest.raises(NotFound, match="neither vault:v1 nor user:u1.*another application"):
        connector.revoke(session, Grant(Entitlement(vault, "member"), ResourceId("user", "u1")), False)
    deleted = Grant(Entitlement(vault, "member"), ResourceId("user", "ann"))
    assert connector.revoke(session, deleted, False).outcome is Outcome.ALREADY
    assert path.read_bytes() == before


def test_faults_reach_provisioning(connector, open_session, path, get, entitlement, faults):
    before = path.read_bytes()
    plan = faults({"hook": "grant", "resource": "group:g1", "kind": "unavailable"})
    session = open_session(scenario=path, writable=True, faults=plan)
    with pytest.raises(Unavailable):
        connector.grant(session, get("user:bob"), entitlement("group:g1:member"), False)
    assert path.read_bytes() == before
    assert connector.grant(session, get("user:bob"), entitlement("group:g1:member"), False).outcome is Outcome.DONE
    session.close()


# ----------------------------------------------------------------------------------------------- the file


def test_changes_of_threads_and_processes_add_up(connector, session, path):
    code = """
import sys
from connector_host import AccountRequest, Run
from connector_host.options import resolve
from connector_host.plugins.loading import load
c = load("fake")
flags = {"scenario": sys.argv[1], "writable": True}
s = c.open_session(resolve(c.options, flags=flags, environ={}), Run())
for i in range(20):
    c.create_account(s, AccountRequest(login=f"{sys.argv[2]}-{i}"), False)
"""
    children = [subprocess.Popen([sys.executable, "-c", code, str(path), f"p{n}"]) for n in range(2)]

    def work(name):
        for i in range(20):
            connector.create_account(session, AccountRequest(login=f"{name}-{i}"), False)

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [child.wait() for child in children] == [0, 0]
    assert len(load(path).resources) == 5 + 80
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_the_file_keeps_its_mode_and_its_link(connector, session, path, get, open_session, tmp_path):
    path.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    linked = open_session(scenario=link, writable=True)
    connector.delete_resource(linked, get("user:bob"), False)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert "bob" not in [item.id for item in load(path).resources]


def test_a_file_that_became_wrong_is_left_alone(connector, session, path, get):
    bob = get("user:bob")
    path.write_text("{}")
    with pytest.raises(ConfigError, match="missing required field"):
        connector.delete_resource(session, bob, False)
    assert path.read_text() == "{}"


def test_a_failed_write_keeps_the_old_file(connector, session, path, get, monkeypatch):
    import os

    before = path.read_bytes()

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="cannot be written: No space left on device"):
        connector.delete_resource(session, get("user:bob"), False)
    assert path.read_bytes() == before
    assert [item.name for item in path.parent.iterdir()] == [path.name]
    assert get("user:bob") is not None


def test_a_folder_that_is_gone(connector, session, path, get):
    bob = get("user:bob")
    path.unlink()
    path.parent.rmdir()
    with pytest.raises(ConfigError, match="cannot be locked: No such file"):
        connector.delete_resource(session, bob, False)


def test_create_a_resource(connector, session, get, path, open_session):
    before = path.read_bytes()
    new = Resource(ResourceId("group", ""), "New Group", description="fresh", profile={"a": 1})
    planned = connector.create_resource(session, new, True)
    assert (planned.outcome, planned.resource.id) == (Outcome.PLANNED, ResourceId("group", "new-group"))
    assert path.read_bytes() == before
    done = connector.create_resource(session, new, False)
    assert (done.outcome, done.calls) == (Outcome.DONE, ("add group:new-group",))
    assert get("group:new-group").profile == {"a": 1}
    assert connector.create_resource(session, new, False).outcome is Outcome.ALREADY
    chosen = connector.create_resource(session, Resource(ResourceId("group", "own"), "Own"), False)
    assert chosen.resource.id == ResourceId("group", "own")
    with pytest.raises(NotFound, match="no resource type"):
        connector.create_resource(session, Resource(ResourceId("none", ""), "X"), False)
    with pytest.raises(NotFound, match="group:none"):
        connector.create_resource(session, Resource(ResourceId("group", ""), "X", ResourceId("group", "none")), False)
