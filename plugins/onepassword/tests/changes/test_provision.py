"""Changes: what is called, what the account looks like afterwards, and what is refused before anything is tried."""

from __future__ import annotations

import threading

import pytest
from connector_host_onepassword import plugin
from connector_host_onepassword.changes import change_runner
from connector_host_onepassword.op_cli.op_errors import OpRefused

from connector_host import (
    AccountRequest,
    BadResponse,
    Can,
    ConfigError,
    Grant,
    NotFound,
    NotPermitted,
    Outcome,
    RateLimited,
    Resource,
    ResourceId,
    ResourceStatus,
    Unavailable,
)
from connector_host.plugins.loading import load


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(change_runner, "FIRST_WAIT", 0.01)


@pytest.fixture
def session(open_session):
    """A session whose changes may remove the last manager: the tests of the guard open their own."""
    return open_session(allow_lockout="true")


def user(standin, number):
    return Resource(ResourceId("user", standin.tenant["users"][number]["id"]), "Somebody")


def group_of(standin, number):
    row = standin.tenant["groups"][number]
    return Resource(ResourceId("group", row["id"]), row["name"])


def vault_of(standin, number):
    row = standin.tenant["vaults"][number]
    return Resource(ResourceId("vault", row["id"]), row["name"])


def item(resource, slug):
    return resource.ref(slug)


def outsider(standin, group):
    inside = {who for who, _role in standin.tenant["members"][group.id.resource]}
    return next(user(standin, n) for n, row in enumerate(standin.tenant["users"]) if row["id"] not in inside)


def roles(standin, group):
    return dict(standin.now()["members"][group.id.resource])


def held(standin, vault, who):
    table = standin.now()["vault_users" if who.id.resource_type == "user" else "vault_groups"]
    return set(table[vault.id.resource].get(who.id.resource, ()))


def writes(standin):
    return [one for one in standin.commands() if set(one.split()[1:3]) & {"grant", "revoke", *VERBS}]


VERBS = ("provision", "suspend", "reactivate", "delete")


@pytest.fixture
def clean(standin):
    """A group with nobody in it and a vault with nobody in it."""
    group, vault = group_of(standin, 5), vault_of(standin, 2)

    def empty(tenant):
        tenant["members"][group.id.resource] = []
        tenant["vault_users"][vault.id.resource] = {}
        tenant["vault_groups"][vault.id.resource] = {}

    standin.change(empty)
    return group, vault


def test_types_say_what_can_be_done():
    can = load("onepassword").list_resource_types(None, None).items
    assert {kind.id: set(kind.can) for kind in can} == {
        "user": {Can.CREATE_ACCOUNT, Can.DELETE, Can.SET_STATUS},
        "group": {Can.GRANT},
        "vault": {Can.GRANT},
        "account": set(),
    }


# ------------------------------------------------------------------------------------------- groups


def test_a_member_comes_and_goes(standin, clean, session):
    group, _vault = clean
    who, member = user(standin, 2), item(clean[0], "member")
    done = plugin.grant(session, who, member, False)
    assert done.outcome is Outcome.DONE
    assert writes(standin) == [f"group user grant --group {group.id.resource} --user {who.id.resource} --role member"]
    assert roles(standin, group) == {who.id.resource: "MEMBER"}
    assert [one.entitlement.id for one in done.grants] == [member.id]
    assert plugin.grant(session, who, member, False).outcome is Outcome.ALREADY
    gone = plugin.revoke(session, Grant(member, who.id), False)
    assert gone.outcome is Outcome.DONE
    assert roles(standin, group) == {}
    assert plugin.revoke(session, Grant(member, who.id), False).outcome is Outcome.ALREADY
    assert len(writes(standin)) == 2


def test_who_is_not_in_the_group_becomes_its_manager_in_two_steps(standin, clean, session):
    group, _vault = clean
    who, manager = user(standin, 2), item(clean[0], "manager")
    done = plugin.grant(session, who, manager, False)
    assert (done.outcome, len(done.calls), len(writes(standin))) == (Outcome.DONE, 2, 2)
    assert roles(standin, group) == {who.id.resource: "MANAGER"}
    assert {one.entitlement.slug for one in done.grants} == {"member", "manager"}
    assert plugin.grant(session, who, manager, False).outcome is Outcome.ALREADY


def test_a_member_is_promoted_in_one_step_and_demoted_without_being_thrown_out(standin, clean, session):
    group, _vault = clean
    who = user(standin, 2)
    plugin.grant(session, who, item(group, "member"), False)
    assert len(plugin.grant(session, who, item(group, "manager"), False).calls) == 1
    assert roles(standin, group) == {who.id.resource: "MANAGER"}
    done = plugin.revoke(session, Grant(item(group, "manager"), who), False)
    assert done.outcome is Outcome.DONE
    assert "--role member" in done.calls[0]
    assert roles(standin, group) == {who.id.resource: "MEMBER"}
    assert plugin.revoke(session, Grant(item(group, "manager"), who.id), False).outcome is Outcome.ALREADY


def test_making_a_manager_a_member_does_not_demote(standin, clean, session):
    group, _vault = clean
    who = user(standin, 2)
    plugin.grant(session, who, item(group, "manager"), False)
    assert plugin.grant(session, who, item(group, "member"), False).outcome is Outcome.ALREADY
    assert roles(standin, group) == {who.id.resource: "MANAGER"}


@pytest.mark.parametrize("slug", ["member", "manager"])
def test_a_dry_run_names_the_exact_calls_and_makes_none(standin, clean, session, slug):
    group, vault = clean
    who, account = user(standin, 2), standin.tenant["account"]["id"]
    planned = plugin.grant(session, who, item(group, slug), True)
    call = f"op group user grant --group {group.id.resource} --user {who.id.resource} --role {slug} --account {account}"
    assert planned.outcome is Outcome.PLANNED
    assert planned.calls == ((call, call) if slug == "manager" else (call,))
    of_vault = plugin.grant(session, who, item(vault, "edit items"), True)
    assert "--permissions view_items,view_and_copy_passwords,edit_items --no-input" in of_vault.calls[0]
    assert writes(standin) == []
    assert plugin.revoke(session, Grant(item(group, slug), who), True).outcome is Outcome.ALREADY


def test_a_group_is_not_put_in_a_group(standin, clean, session):
    with pytest.raises(ConfigError, match="only users can"):
        plugin.grant(session, group_of(standin, 1), item(clean[0], "member"), False)
    with pytest.raises(ConfigError, match="no entitlement"):
        plugin.grant(session, user(standin, 1), item(clean[0], "owner"), False)


def test_somebody_unknown(standin, clean, session):
    nobody = Resource(ResourceId("user", "NOBODY"))
    with pytest.raises(NotFound, match="isn't a user"):
        plugin.grant(session, nobody, item(clean[0], "member"), False)
    with pytest.raises(NotFound):
        plugin.grant(session, nobody, item(Resource(ResourceId("vault", "nothing")), "member"), False)


# ------------------------------------------------------------------------------------------- vaults

ALL_ITEMS = {
    "view_items",
    "create_items",
    "edit_items",
    "archive_items",
    "delete_items",
    "view_and_copy_passwords",
    "view_item_history",
    "import_items",
    "export_items",
    "copy_and_share_items",
    "print_items",
}
GRANTED = [
    ("view_items", {"view_items"}),
    ("create_items", {"view_items", "create_items"}),
    ("import_items", {"view_items", "create_items", "import_items"}),
    ("delete_items", {"view_items", "view_and_copy_passwords", "edit_items", "delete_items"}),
    ("print_items", {"view_items", "view_and_copy_passwords", "view_item_history", "print_items"}),
    ("manage_vault", {"manage_vault"}),
    ("member", {"view_items"}),
]
REVOKED = [
    ("view_items", ALL_ITEMS),
    ("create_items", {"create_items", "import_items"}),
    ("edit_items", {"edit_items", "archive_items", "delete_items"}),
    ("view_item_history", {"view_item_history", "export_items", "copy_and_share_items", "print_items"}),
    ("view_and_copy_passwords", ALL_ITEMS - {"view_items", "create_items", "import_items"}),
    ("print_items", {"print_items"}),
    ("manage_vault", {"manage_vault"}),
    ("member", ALL_ITEMS | {"manage_vault"}),
]


@pytest.mark.parametrize("kind", ["user", "group"])
@pytest.mark.parametrize(("name", "want"), GRANTED)
def test_a_permission_is_granted_with_what_it_stands_on_and_nothing_more(standin, clean, session, kind, name, want):
    _group, vault = clean
    who = user(standin, 2) if kind == "user" else group_of(standin, 1)
    slug = name.replace("_", " ")
    done = plugin.grant(session, who, item(vault, slug), False)
    assert done.outcome is Outcome.DONE
    assert held(standin, vault, who) == want
    assert {one.entitlement.slug for one in done.grants} == {"member"} | {one.replace("_", " ") for one in want}
    assert all((one.expandable is None) == (kind == "user") for one in done.grants)
    again = plugin.grant(session, who, item(vault, slug), False)
    assert (again.outcome, again.calls) == (Outcome.ALREADY, ())
    assert len(writes(standin)) == 1


@pytest.mark.parametrize("kind", ["user", "group"])
@pytest.mark.parametrize(("name", "gone"), REVOKED)
def test_a_permission_is_revoked_with_what_stands_on_it_and_nothing_more(standin, clean, session, kind, name, gone):
    _group, vault = clean
    who = user(standin, 2) if kind == "user" else group_of(standin, 1)
    table = "vault_users" if kind == "user" else "vault_groups"
    everything = sorted(ALL_ITEMS | {"manage_vault", "move_items"})
    standin.change(lambda tenant: tenant[table][vault.id.resource].update({who.id.resource: everything}))
    grant = Grant(item(vault, name.replace("_", " ")), who.id)
    assert plugin.revoke(session, grant, False).outcome is Outcome.DONE
    assert held(standin, vault, who) - {"move_items"} == (ALL_ITEMS | {"manage_vault"}) - gone
    assert plugin.revoke(session, grant, False).outcome is Outcome.ALREADY
    assert len(writes(standin)) == 1


@pytest.mark.parametrize(
    ("slug", "want"),
    [
        ("member", {"allow_viewing"}),
        ("allow viewing", {"allow_viewing"}),
        ("allow editing", {"allow_viewing", "allow_editing"}),
        ("allow managing", {"allow_viewing", "allow_editing", "allow_managing"}),
    ],
)
def test_the_broad_permissions_of_teams(standin, open_session, slug, want):
    standin.serve("team")
    vault, who = vault_of(standin, 1), user(standin, 1)
    standin.change(lambda tenant: tenant["vault_users"].update({vault.id.resource: {}}))
    session = open_session()
    assert plugin.grant(session, who, item(vault, slug), False).outcome is Outcome.DONE
    assert held(standin, vault, who) == want
    plugin.grant(session, who, item(vault, "allow managing"), False)
    assert plugin.revoke(session, Grant(item(vault, "allow viewing"), who), False).outcome is Outcome.DONE
    assert held(standin, vault, who) == set()


def test_any_access_is_enough_for_a_member(standin, clean, session):
    _group, vault = clean
    who = user(standin, 2)
    plugin.grant(session, who, item(vault, "manage vault"), False)
    done = plugin.grant(session, who, item(vault, "member"), False)
    assert done.outcome is Outcome.ALREADY
    assert held(standin, vault, who) == {"manage_vault"}
    assert [one.entitlement.slug for one in done.grants] == ["member"]


@pytest.mark.parametrize("slug", ["move items", "allow viewing", "fly", "recover vault"])
def test_what_cannot_be_granted_is_said_before_trying(standin, clean, session, slug):
    with pytest.raises(ConfigError, match="granted"):
        plugin.grant(session, user(standin, 2), item(clean[1], slug), False)
    assert writes(standin) == []


def test_a_derived_permission_is_not_revoked(standin, clean, session):
    with pytest.raises(ConfigError, match="derives"):
        plugin.revoke(session, Grant(item(clean[1], "move items"), user(standin, 2)), False)


def test_what_is_held_through_a_group_only_is_not_revoked_from_the_person(standin, clean, session):
    grant = Grant(item(clean[1], "view items"), user(standin, 2).id, sources={"group:g:member": True})
    with pytest.raises(ConfigError, match="only through group:g:member"):
        plugin.revoke(session, grant, False)
    direct = Grant(grant.entitlement, grant.principal, sources={grant.entitlement.id: True, "group:g:member": True})
    assert plugin.revoke(session, direct, False).outcome is Outcome.ALREADY


def test_the_account_is_no_entitlement_to_give(standin, session):
    account = Resource(session.account_id, "Example")
    with pytest.raises(ConfigError, match="neither granted nor revoked"):
        plugin.grant(session, user(standin, 2), item(account, "member"), False)


def test_after_a_change_grants_are_read_anew(standin, clean, session):
    _group, vault = clean
    assert list(plugin.list_grants(session, vault)) == []
    plugin.grant(session, user(standin, 2), item(vault, "view items"), False)
    assert {one.entitlement.slug for one in plugin.list_grants(session, vault)} == {"member", "view items"}


# ------------------------------------------------------------------------------------------- at the same time, faults


def test_changes_of_one_vault_go_one_at_a_time_and_of_two_at_once(standin, clean, session):
    _group, vault = clean
    standin.plan(write_time=0.15)
    outcomes = []

    def work(number):
        outcomes.append(plugin.grant(session, user(standin, number), item(vault, "view items"), False).outcome)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [Outcome.DONE] * 4
    assert len(writes(standin)) == 4, "a conflict would have cost a second attempt"
    assert all(held(standin, vault, user(standin, number)) == {"view_items"} for number in range(4))


def test_a_conflict_with_somebody_else_is_tried_again(standin, clean, session):
    _group, vault = clean
    standin.fail("vault user grant", "conflict", attempts=[1, 2])
    done = plugin.grant(session, user(standin, 2), item(vault, "view items"), False)
    assert (done.outcome, len(done.calls), len(writes(standin))) == (Outcome.DONE, 1, 3)


def test_a_conflict_that_does_not_end(standin, clean, session):
    standin.fail("vault user grant", "conflict")
    with pytest.raises(Unavailable, match="conflict"):
        plugin.grant(session, user(standin, 2), item(clean[1], "view items"), False)
    assert len(writes(standin)) == change_runner.ATTEMPTS


def test_a_conflict_is_not_waited_out_when_the_run_stops(standin, clean, session, run, monkeypatch):
    monkeypatch.setattr(change_runner, "FIRST_WAIT", 60)
    standin.fail("vault user grant", "conflict")
    threading.Timer(0.5, run.stop).start()
    with pytest.raises(Unavailable):
        plugin.grant(session, user(standin, 2), item(clean[1], "view items"), False)


def test_a_change_whose_answer_got_lost_is_recognised(standin, clean, session, monkeypatch):
    group, _vault = clean
    call = session.changes._op.call

    def lose(*words, **more):
        answer = call(*words, **more)
        if "grant" in words:
            raise Unavailable("connection reset")
        return answer

    monkeypatch.setattr(session.changes._op, "call", lose)
    done = plugin.grant(session, user(standin, 2), item(group, "member"), False)
    assert (done.outcome, len(done.calls)) == (Outcome.DONE, 1)


def test_somebody_else_was_faster(standin, clean, session, monkeypatch):
    group, _vault = clean
    call = session.changes._op.call

    def refuse(*words, **more):
        answer = call(*words, **more)
        if "grant" in words:
            raise OpRefused("already a member")
        return answer

    monkeypatch.setattr(session.changes._op, "call", refuse)
    assert plugin.grant(session, user(standin, 2), item(group, "member"), False).outcome is Outcome.ALREADY


@pytest.mark.parametrize("kind", ["group", "vault", "user"])
def test_success_that_changed_nothing_is_no_success(standin, clean, session, kind):
    group, vault = clean
    standin.plan(ignored=True)
    who = user(standin, 2)
    work = {
        "user": lambda: plugin.set_status(session, who, ResourceStatus.DISABLED, False),
        "group": lambda: plugin.grant(session, who, item(group, "member"), False),
        "vault": lambda: plugin.grant(session, who, item(vault, "member"), False),
    }[kind]
    with pytest.raises(BadResponse, match="nothing has changed"):
        work()
    assert len(writes(standin)) == 1


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate-limit", RateLimited),
        ("rate-limit-user", RateLimited),
        ("forbidden", NotPermitted),
        ("server-fault", Unavailable),
        ("network-reset", Unavailable),
        ("kill", Unavailable),
        ("dependent-grant", OpRefused),
        ("no-direct-access", NotFound),
        ("strange", OpRefused),
    ],
)
def test_faults_of_a_change(standin, clean, session, kind, error):
    standin.fail("vault user grant", kind)
    with pytest.raises(error) as caught:
        plugin.grant(session, user(standin, 2), item(clean[1], "view items"), False)
    assert type(caught.value) is error
    assert held(standin, clean[1], user(standin, 2)) == set()


# ------------------------------------------------------------------------------------------- service accounts


@pytest.fixture
def service(standin, clean, open_session, monkeypatch):
    monkeypatch.setenv("OP_SERVICE_ACCOUNT_TOKEN", standin.service_token)
    standin.plan(created=[clean[1].id.resource])
    return open_session(auth_type="service")


def test_what_a_service_account_may_not_do_is_said_before_trying(standin, clean, service):
    group, _vault = clean
    who = user(standin, 2)
    standin.forget()
    for work in (
        lambda: plugin.grant(service, who, item(group, "member"), False),
        lambda: plugin.revoke(service, Grant(item(group, "manager"), who), True),
        lambda: plugin.create_account(service, AccountRequest(email="a@example.com", display_name="A"), False),
        lambda: plugin.set_status(service, who, ResourceStatus.DISABLED, False),
        lambda: plugin.delete_resource(service, who, False),
    ):
        with pytest.raises(NotPermitted, match="a service account may not") as caught:
            work()
        assert "Sign in as a person" in caught.value.hint
    assert writes(standin) == []
    assert any("changes access only to vaults it created" in limit for limit in service.identity().limits)


def test_a_service_account_changes_the_vaults_it_created_as_a_whole(standin, clean, service):
    _group, vault = clean
    who = user(standin, 2)
    assert plugin.grant(service, who, item(vault, "edit items"), False).outcome is Outcome.DONE
    with pytest.raises(NotPermitted, match="only all of it"):
        plugin.revoke(service, Grant(item(vault, "edit items"), who), False)
    assert len(writes(standin)) == 1
    assert plugin.revoke(service, Grant(item(vault, "view items"), who), False).outcome is Outcome.DONE
    assert held(standin, vault, who) == set()
    with pytest.raises(NotPermitted):
        plugin.grant(service, user(standin, 3), item(vault_of(standin, 3), "manage vault"), False)


# ------------------------------------------------------------------------------------------- people


def test_a_person_is_invited_once(standin, session):
    request = AccountRequest(email="new@example.com", display_name="Nora New", profile={"language": "de"})
    planned = plugin.create_account(session, request, True)
    assert planned.outcome is Outcome.PLANNED
    assert "op user provision --email new@example.com --name 'Nora New' --language de" in planned.calls[0]
    done = plugin.create_account(session, request, False)
    assert (done.outcome, done.resource.display_name) == (Outcome.DONE, "Nora New")
    assert done.resource.id.resource in {row["id"] for row in standin.now()["users"]}
    again = plugin.create_account(session, AccountRequest(email="NEW@example.com", display_name="x"), False)
    assert (again.outcome, again.resource.id) == (Outcome.ALREADY, done.resource.id)
    assert len(writes(standin)) == 1


def test_the_name_may_come_from_the_profile(standin, session):
    request = AccountRequest(login="b@example.com", profile={"first_name": "Bea", "last_name": "Bell"})
    assert plugin.create_account(session, request, False).resource.display_name == "Bea Bell"


@pytest.mark.parametrize(
    "request_",
    [
        AccountRequest(display_name="No Address"),
        AccountRequest(login="not an address", display_name="x"),
        AccountRequest(email="a@example.com"),
        AccountRequest(email="a@example.com", display_name="two\nlines"),
        AccountRequest(email="a@example.com", display_name="x", profile={"language": "--x"}),
    ],
)
def test_an_invitation_needs_an_address_and_a_name(standin, session, request_):
    with pytest.raises(ConfigError):
        plugin.create_account(session, request_, False)
    assert writes(standin) == []


def test_other_plans_cannot_invite(standin, open_session):
    standin.serve("team")
    with pytest.raises(NotPermitted, match="cannot be invited"):
        plugin.create_account(open_session(), AccountRequest(email="a@example.com", display_name="A"), True)


def test_suspend_and_reactivate(standin, session):
    who = user(standin, 2)
    for status, state in ((ResourceStatus.DISABLED, "SUSPENDED"), (ResourceStatus.ENABLED, "ACTIVE")):
        assert plugin.set_status(session, who, status, True).outcome is Outcome.PLANNED
        assert plugin.set_status(session, who, status, False).outcome is Outcome.DONE
        assert next(row for row in standin.now()["users"] if row["id"] == who.id.resource)["state"] == state
        assert plugin.set_status(session, who, status, False).outcome is Outcome.ALREADY
    assert [one.split()[1] for one in writes(standin)] == ["suspend", "reactivate"]


def test_only_people_have_a_status(standin, session):
    with pytest.raises(ConfigError):
        plugin.set_status(session, group_of(standin, 0), ResourceStatus.DISABLED, False)
    with pytest.raises(ConfigError):
        plugin.set_status(session, user(standin, 2), ResourceStatus.DELETED, False)
    with pytest.raises(NotFound):
        plugin.set_status(session, Resource(ResourceId("user", "NOBODY")), ResourceStatus.DISABLED, False)


def test_a_person_is_deleted(standin, session):
    who = user(standin, 2)
    assert plugin.delete_resource(session, who, True).outcome is Outcome.PLANNED
    assert plugin.delete_resource(session, who, False).outcome is Outcome.DONE
    assert who.id.resource not in {row["id"] for row in standin.now()["users"]}
    assert plugin.delete_resource(session, who, False).outcome is Outcome.ALREADY


def test_only_people_are_deleted(standin, session):
    for resource in (group_of(standin, 0), vault_of(standin, 0)):
        with pytest.raises(ConfigError, match="deletes only users"):
            plugin.delete_resource(session, resource, False)


def test_nobody_locks_themselves_out(standin, open_session):
    session, me = open_session(), user(standin, 0)
    for work in (
        lambda: plugin.delete_resource(session, me, False),
        lambda: plugin.set_status(session, me, ResourceStatus.DISABLED, False),
    ):
        with pytest.raises(ConfigError, match="is the signed-in person") as caught:
            work()
        assert "--allow-lockout" in caught.value.hint
    assert writes(standin) == []


# ------------------------------------------------------------------------------------------- lock-outs


def owners_of(standin):
    number = next(n for n, row in enumerate(standin.tenant["groups"]) if row["name"] == "Owners")
    return group_of(standin, number)


def set_members(standin, group, *members):
    standin.change(lambda tenant: tenant["members"].update({group.id.resource: [list(pair) for pair in members]}))


def refused(words, call):
    with pytest.raises(ConfigError, match=words) as caught:
        call()
    assert caught.value.exit_code == 2
    assert "--allow-lockout" in caught.value.hint


@pytest.mark.parametrize("dry_run", [False, True])
def test_the_last_owner_stays(standin, open_session, dry_run):
    owners, last, suspended = owners_of(standin), user(standin, 2), user(standin, 1)
    set_members(standin, owners, (last.id.resource, "MEMBER"), (suspended.id.resource, "MEMBER"))
    assert standin.tenant["users"][1]["state"] == "SUSPENDED", "who cannot sign in is no other owner"
    session = open_session()
    member = Grant(item(owners, "member"), last)
    refused("last one in Owners who can sign in", lambda: plugin.revoke(session, member, dry_run))
    refused("last one in Owners", lambda: plugin.delete_resource(session, last, dry_run))
    refused("last one in Owners", lambda: plugin.set_status(session, last, ResourceStatus.DISABLED, dry_run))
    assert writes(standin) == []
    assert plugin.revoke(open_session(allow_lockout="true"), member, dry_run).outcome is not Outcome.ALREADY


def test_one_of_two_owners_may_go(standin, open_session):
    owners, first, second = owners_of(standin), user(standin, 2), user(standin, 3)
    set_members(standin, owners, (first.id.resource, "MEMBER"), (second.id.resource, "MEMBER"))
    assert plugin.revoke(open_session(), Grant(item(owners, "member"), first), False).outcome is Outcome.DONE


def test_the_last_manager_of_a_group_stays(standin, clean, open_session):
    group, first, second = clean[0], user(standin, 2), user(standin, 3)
    set_members(standin, group, (first.id.resource, "MANAGER"), (second.id.resource, "MEMBER"))
    session = open_session()
    refused("last manager of group", lambda: plugin.revoke(session, Grant(item(group, "manager"), first), False))
    refused("last manager of group", lambda: plugin.revoke(session, Grant(item(group, "member"), first), False))
    assert plugin.revoke(session, Grant(item(group, "manager"), second), False).outcome is Outcome.ALREADY
    assert plugin.revoke(session, Grant(item(group, "member"), second), False).outcome is Outcome.DONE
    set_members(standin, group, (first.id.resource, "MANAGER"), (second.id.resource, "MANAGER"))
    assert plugin.revoke(session, Grant(item(group, "manager"), first), False).outcome is Outcome.DONE


@pytest.mark.parametrize("slug", ["manage vault", "member"])
@pytest.mark.parametrize("kind", ["user", "group"])
def test_the_last_manager_of_a_vault_stays(standin, clean, open_session, slug, kind):
    vault = clean[1]
    who = user(standin, 2) if kind == "user" else group_of(standin, 1)
    table = "vault_users" if kind == "user" else "vault_groups"
    both = ["view_items", "manage_vault"]
    standin.change(lambda tenant: tenant[table][vault.id.resource].update({who.id.resource: both}))
    session = open_session()
    grant = Grant(item(vault, slug), who.id)
    refused("last one who manages vault", lambda: plugin.revoke(session, grant, False))
    assert plugin.revoke(session, Grant(item(vault, "view items"), who.id), False).outcome is Outcome.DONE
    standin.change(lambda tenant: tenant["vault_groups"][vault.id.resource].update({"other": both}))
    standin.change(lambda tenant: tenant["groups"].append({"id": "other", "name": "Other", "state": "ACTIVE"}))
    assert plugin.revoke(session, grant, False).outcome is Outcome.DONE


def test_the_signed_in_person_keeps_their_own_access(standin, clean, open_session):
    group, vault = clean
    me = user(standin, 0)
    set_members(standin, group, (me.id.resource, "MEMBER"))
    standin.change(lambda tenant: tenant["vault_users"][vault.id.resource].update({me.id.resource: ["view_items"]}))
    session = open_session()
    refused("signed-in person", lambda: plugin.revoke(session, Grant(item(group, "member"), me), False))
    refused("signed-in person", lambda: plugin.revoke(session, Grant(item(vault, "view items"), me), False))
    forced = open_session(allow_lockout="true")
    assert plugin.revoke(forced, Grant(item(group, "member"), me), False).outcome is Outcome.DONE


def test_a_role_or_permission_that_op_does_not_report_is_not_removed_blindly(standin, clean, open_session):
    group, vault = clean
    who = user(standin, 2)
    set_members(standin, group, (who.id.resource, "MANAGER"))
    standin.change(lambda tenant: tenant["vault_users"][vault.id.resource].update({who.id.resource: ["view_items"]}))
    standin.plan(unreported=["role", "permissions"])
    session = open_session(allow_lockout="true")
    for grant in (Grant(item(group, "manager"), who), Grant(item(vault, "view items"), who)):
        with pytest.raises(BadResponse, match="did not report"):
            plugin.revoke(session, grant, False)
    assert writes(standin) == []


def test_somebody_who_was_only_invited_cannot_be_enabled(standin, open_session):
    standin.change(lambda tenant: tenant["users"][3].update(state="TRANSFER_STARTED"))
    session = open_session()
    with pytest.raises(NotPermitted, match="has not set up the account yet"):
        plugin.set_status(session, user(standin, 3), ResourceStatus.ENABLED, False)


def test_a_guest_is_added_after_a_warning(standin, clean, session, caplog):
    assert standin.tenant["users"][0]["type"] == "GUEST"
    plugin.grant(session, user(standin, 0), item(clean[0], "member"), False)
    assert "is a guest" in caplog.text


def test_groups_of_an_individual_account_are_refused_before_the_attempt(standin, clean, open_session):
    standin.change(lambda tenant: tenant["account"].update(type="INDIVIDUAL"))
    with pytest.raises(NotPermitted, match="has no groups that op can change"):
        plugin.grant(open_session(), user(standin, 2), item(clean[0], "member"), False)
    assert writes(standin) == []


@pytest.mark.parametrize("name", ["--vault", "-", "a b", "a\nb", ""])
def test_an_id_of_a_file_that_cannot_be_one_never_comes_to_a_command_line(session, standin, name):
    odd, person, group = Resource(ResourceId("user", name)), user(standin, 1), group_of(standin, 0)
    calls = len(standin.commands())
    for change in (
        lambda: plugin.grant(session, odd, item(group, "member"), False),
        lambda: plugin.grant(session, person, item(Resource(ResourceId("group", name)), "member"), False),
        lambda: plugin.revoke(session, Grant(item(group, "member"), odd.id), False),
        lambda: plugin.delete_resource(session, odd, False),
        lambda: plugin.set_status(session, odd, ResourceStatus.DISABLED, False),
    ):
        with pytest.raises(ConfigError, match="is not an id of a"):
            change()
    assert len(standin.commands()) == calls
