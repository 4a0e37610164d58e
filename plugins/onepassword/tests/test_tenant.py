"""What is read, how often, and what is said about what cannot be read."""

from __future__ import annotations

import logging
import threading
from collections import Counter

import pytest
from connector_host_onepassword import plugin, tenant

from connector_host import BadResponse, NotFound, NotPermitted, Unavailable


def vaults(standin):
    return [vault["id"] for vault in standin.tenant["vaults"]]


def in_threads(count, work):
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def resource(session, kind, name):
    return plugin.get_resource(session, type(session.account_id)(kind, name))


# ------------------------------------------------------------------------------------------- how often


def test_calls_are_at_most_two_a_vault_one_a_group_and_ten_besides(standin, open_session, everything):
    session = open_session()
    session.identity()
    everything(session)
    calls = Counter(" ".join(command.split()[:3]) for command in standin.commands())
    assert calls.pop("vault user list") == calls.pop("vault group list") == len(standin.tenant["vaults"])
    assert calls.pop("group user list") == len(standin.tenant["groups"])
    assert calls == {
        "--version": 1,
        "account list": 1,
        "account get": 1,
        "user list": 1,
        "group list": 1,
        "group list --user": 1,
        "vault list": 1,
        "vault list --permission": 1,
    }


@pytest.mark.parametrize("flags", [{"password": "hunter2"}, {"auth_type": "service"}])
def test_other_modes_cost_no_more(standin, open_session, everything, flags, monkeypatch):
    monkeypatch.setenv("OP_SERVICE_ACCOUNT_TOKEN", standin.service_token)
    session = open_session(**flags)
    session.identity()
    everything(session)
    assert len(standin.events()) <= 2 * len(standin.tenant["vaults"]) + len(standin.tenant["groups"]) + 10


def test_a_list_is_read_once_by_eight_threads(standin, open_session):
    session = open_session()
    vault = standin.tenant["vaults"][0]
    standin.plan(delay=0.1)
    standin.forget()

    def work():
        session.tenant.users()
        session.tenant.groups()
        session.tenant.vaults()
        session.tenant.access(vault["id"], vault["name"])

    in_threads(8, work)
    assert max(Counter(standin.commands()).values()) == 1
    assert len(standin.commands()) == 6


def test_different_vaults_are_read_at_the_same_time(standin, open_session):
    session = open_session()
    standin.plan(delay=0.2)
    standin.forget()
    left = list(standin.tenant["vaults"])

    def work():
        vault = left.pop()
        session.tenant.access(vault["id"], vault["name"])

    in_threads(7, work)
    assert standin.most_at_once() == 7


def test_a_call_that_failed_is_made_again(standin, open_session):
    session = open_session()
    standin.fail("user list", "server-fault", attempts=[1, 2])
    for _ in range(2):
        with pytest.raises(Unavailable):
            session.tenant.users()
    assert len(session.tenant.users()) == 12


def test_threads_that_wait_for_a_call_that_fails_try_for_themselves(standin, open_session):
    session = open_session()
    standin.fail("user list", "server-fault", attempts=[1])
    found = []

    def work():
        try:
            found.append(len(session.tenant.users()))
        except Unavailable:
            found.append("failed")

    in_threads(4, work)
    assert Counter(found) == {"failed": 1, 12: 3}


def test_what_is_kept_is_bounded(standin, open_session, everything, monkeypatch):
    standin.serve("limited")
    want = everything(open_session())
    monkeypatch.setattr(tenant, "MAX_ACCESSORS", 8)
    session = open_session()
    standin.forget()
    assert everything(session) == want
    calls = Counter(standin.commands())
    again = [vault for vault in vaults(standin) if calls[f"vault user list {vault}"] == 2]
    assert 0 < len(again) < len(vaults(standin))
    assert session.tenant._cached_accessors <= 8


# ------------------------------------------------------------------------------------------- coverage


def test_vaults_that_are_only_managed_are_listed_too(standin, open_session, everything):
    hidden = vaults(standin)[2:4]
    standin.plan(managed_only=hidden, managed=[vaults(standin)[0]])
    session = open_session()
    listed = [vault.id for vault in session.tenant.vaults()]
    assert sorted(listed) == sorted(vaults(standin))
    assert listed[-2:] == hidden
    assert [str(found.id) for found in everything(session)["resources"]].count(f"vault:{hidden[0]}") == 1


@pytest.mark.parametrize(("name", "permission"), [("business", "manage_vault"), ("team", "allow_managing")])
def test_the_right_to_manage_is_called_as_the_plan_calls_it(standin, open_session, name, permission):
    standin.serve(name)
    open_session().tenant.vaults()
    assert f"vault list --permission {permission}" in standin.commands()


def test_managed_vaults_may_be_forbidden(standin, open_session, caplog):
    standin.fail("vault list --permission", "forbidden")
    session = open_session()
    assert len(session.tenant.vaults()) == len(vaults(standin))
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_an_old_op_that_cannot_list_managed_vaults_is_warned_about(standin, open_session, caplog):
    standin.fail("vault list --permission", "unknown-flag")
    assert len(open_session().tenant.vaults()) == len(vaults(standin))
    assert "vaults that can be managed but not read may be missing" in caplog.text
    assert {"vault list --permission manage_vault", "vault list --permission allow_managing"} <= set(standin.commands())


def test_the_other_name_of_the_right_is_tried(standin, open_session, caplog):
    standin.fail("vault list --permission manage_vault", "unknown-flag")
    standin.plan(managed_only=vaults(standin)[:1])
    assert len(open_session().tenant.vaults()) == len(vaults(standin))
    assert "may be missing" not in caplog.text


@pytest.mark.parametrize("flags", [{}, {"auth_type": "service"}])
def test_managed_vaults_may_be_refused_in_words_nobody_knows(standin, open_session, caplog, flags, monkeypatch):
    monkeypatch.setenv("OP_SERVICE_ACCOUNT_TOKEN", standin.service_token)
    standin.fail("vault list --permission", "strange")
    assert len(open_session(**flags).tenant.vaults()) == len(vaults(standin))
    assert "flux capacitor" in caplog.text


def test_managed_vaults_are_asked_for_again_after_a_fault_that_passes(standin, open_session):
    standin.fail("vault list --permission", "server-fault", attempts=[1])
    session = open_session()
    with pytest.raises(Unavailable):
        session.tenant.vaults()
    assert len(session.tenant.vaults()) == len(vaults(standin))


@pytest.mark.parametrize("kind", ["empty", "null"])
def test_nothing_managed(standin, open_session, kind):
    standin.fail("vault list --permission", kind)
    assert len(open_session().tenant.vaults()) == len(vaults(standin))


@pytest.mark.parametrize("kind", ["empty", "null"])
@pytest.mark.parametrize("command", ["user list", "group list", "vault list"])
def test_the_main_lists_are_never_nothing(standin, open_session, everything, kind, command):
    standin.fail(command + " $", kind)
    with pytest.raises(BadResponse, match=f"op {command}: op answered nothing where a list was expected"):
        everything(open_session())


@pytest.mark.parametrize("empty", ["null", "[]", ""])
def test_a_group_without_members(standin, open_session, empty):
    standin.serve("edge")
    standin.plan(empty=empty)
    session = open_session()
    (group,) = [key for key, pairs in standin.tenant["members"].items() if not pairs][:1]
    assert list(plugin.list_grants(session, resource(session, "group", group))) == []
    assert len(plugin.list_entitlements(session, resource(session, "group", group))) == 2


@pytest.mark.parametrize("empty", ["null", "[]", ""])
def test_a_vault_without_accessors(standin, open_session, empty):
    vault = vaults(standin)[1]
    standin.change(lambda tenant: (tenant["vault_users"][vault].clear(), tenant["vault_groups"][vault].clear()))
    standin.plan(empty=empty)
    session = open_session()
    assert list(plugin.list_grants(session, resource(session, "vault", vault))) == []
    assert len(plugin.list_entitlements(session, resource(session, "vault", vault))) == 13


# ------------------------------------------------------------------------------------------- what may not be read


@pytest.mark.parametrize("which", ["user", "group"])
def test_a_vault_whose_accessors_may_not_be_read_is_incomplete(standin, open_session, which):
    vault = vaults(standin)[1]
    standin.fail(f"vault {which} list {vault}", "forbidden")
    session = open_session()
    box = resource(session, "vault", vault)
    standin.forget()
    assert len(plugin.list_entitlements(session, box)) == 13
    for _ in range(2):
        with pytest.raises(
            NotPermitted, match=rf"who has access to vault 'Vault 1' \({vault}\) may not be read"
        ) as caught:
            plugin.list_grants(session, box)
    assert "Owners or Administrators" in caught.value.hint
    assert standin.commands().count(f"vault {which} list {vault}") == 1
    assert standin.commands().count(f"vault get {vault}") == 1


def test_somebody_elses_private_vault_is_out_of_reach_and_not_incomplete(standin, open_session, caplog):
    vault = vaults(standin)[1]
    standin.plan(vault_types={vault: "PERSONAL"})
    standin.fail(f"vault user list {vault}", "forbidden")
    session = open_session()
    box = resource(session, "vault", vault)
    with caplog.at_level(logging.DEBUG):
        assert list(plugin.list_grants(session, box)) == []
        assert len(plugin.list_entitlements(session, box)) == 13
        session.close()
    assert session.tenant.private_vaults == 1
    assert "private vaults of other people, listed without who has access: 1" in caplog.text
    assert f"'Vault 1' ({vault})" in caplog.text


def test_a_type_in_the_list_saves_the_question(standin, open_session):
    vault = vaults(standin)[1]
    standin.change(lambda tenant: tenant["vaults"][1].update(type="PERSONAL"))
    standin.fail(f"vault user list {vault}", "forbidden")
    session = open_session()
    assert list(plugin.list_grants(session, resource(session, "vault", vault))) == []
    assert not any(command.startswith("vault get") for command in standin.commands())


@pytest.mark.parametrize(
    ("name", "private"),
    [("Private", True), ("Employee", True), ("u7's Private Vault", True), ("Privateers", False), ("Vault 1", False)],
)
def test_where_even_the_type_is_refused_the_name_decides(standin, open_session, name, private):
    vault = vaults(standin)[1]
    standin.change(lambda tenant: tenant["vaults"][1].update(name=name))
    standin.fail(f"vault user list {vault}", "forbidden")
    standin.fail(f"vault get {vault}", "forbidden")
    session = open_session()
    box = resource(session, "vault", vault)
    if private:
        assert list(plugin.list_grants(session, box)) == []
    else:
        with pytest.raises(NotPermitted):
            plugin.list_grants(session, box)


def test_a_shared_vault_called_private_is_not_hidden_by_its_name(standin, open_session):
    vault = vaults(standin)[0]
    standin.plan(vault_types={vault: "USER_CREATED"})
    standin.fail(f"vault user list {vault}", "forbidden")
    session = open_session()
    with pytest.raises(NotPermitted, match="'Private'"):
        plugin.list_grants(session, resource(session, "vault", vault))


def test_not_found_is_not_permitted_where_the_vault_is_still_there(standin, open_session):
    vault = vaults(standin)[1]
    standin.fail(f"vault user list {vault}", "not-found")
    session = open_session()
    with pytest.raises(NotPermitted) as caught:
        plugin.list_grants(session, resource(session, "vault", vault))
    assert caught.value.hint


def test_a_vault_that_is_gone_is_not_found(standin, open_session):
    vault = vaults(standin)[1]
    session = open_session()
    box = resource(session, "vault", vault)
    standin.fail(f"vault user list {vault}", "not-found")
    standin.fail(f"vault get {vault}", "not-found")
    with pytest.raises(NotFound):
        plugin.list_grants(session, box)


@pytest.mark.parametrize("command", ["user list", "group list", "vault list $"])
def test_a_list_that_may_not_be_read_is_said(standin, open_session, everything, command):
    standin.fail(command, "forbidden")
    with pytest.raises(NotPermitted):
        everything(open_session())


# ------------------------------------------------------------------------------------------- who we are


@pytest.mark.parametrize(
    ("user", "guest", "administrator"), [("u0@example.com", True, False), ("u2@example.com", False, True)]
)
def test_identity(standin, open_session, user, guest, administrator):
    me = next(row["id"] for row in standin.tenant["users"] if row["email"] == user)
    owners = next(row["id"] for row in standin.tenant["groups"] if row["name"] == "Owners")
    standin.change(lambda tenant: tenant["members"].update({owners: [[me, "MEMBER"]] if administrator else []}))
    standin.change(lambda tenant: [pairs.clear() for key, pairs in tenant["members"].items() if key != owners])
    standin.plan(me=user)
    found = plugin.check_session(open_session())
    assert found.account == f"Example Corp ({standin.tenant['account']['id']})"
    assert (found.user, found.plan, found.mode) == (user, "BUSINESS", "desktop app")
    assert any("private vaults of other people" in limit for limit in found.limits)
    assert any("guest" in limit for limit in found.limits) is guest
    assert any("neither Owners nor Administrators" in limit for limit in found.limits) is not administrator


def test_identity_of_somebody_who_may_see_little(standin, open_session):
    standin.fail("user list", "forbidden")
    standin.fail("group list --user", "forbidden")
    found = plugin.check_session(open_session())
    assert any("may not list the people" in limit for limit in found.limits)
    assert not any("Owners" in limit for limit in found.limits)


@pytest.mark.parametrize("kind", ["strange", "unknown-flag", "not-found"])
def test_a_question_that_is_only_good_to_know_never_ends_a_run(standin, open_session, kind):
    standin.fail("group list --user", kind)
    assert plugin.check_session(open_session()).user == "u0@example.com"


def test_identity_of_a_session_that_op_cannot_name(standin, open_session):
    standin.fail("account list", "empty")
    found = plugin.check_session(open_session())
    assert found.user == "u0@example.com"
    assert "whoami" in standin.commands()


def test_check_session_says_when_the_session_is_gone(standin, open_session):
    session = open_session()
    standin.plan(desktop="locked")
    with pytest.raises(Exception, match="locked"):
        plugin.check_session(session)
