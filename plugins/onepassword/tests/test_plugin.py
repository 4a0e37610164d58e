from __future__ import annotations

import subprocess
import sys

import pytest
from connector_host_onepassword import plugin, resources
from connector_host_onepassword.op_cli import responses

from connector_host import BadResponse, RateLimited, ResourceId, ResourceType, Unavailable
from connector_host.plugins.loading import discover, load


def test_the_host_finds_and_accepts_it():
    connector = load("onepassword")
    assert connector.info.concurrency == 8
    assert {option.name for option in connector.options} >= {"address", "email", "password", "secret-key", "auth-type"}
    assert {entry.distribution for entry in discover() if entry.name == "onepassword"} == {"connector-host-onepassword"}


def test_importing_it_starts_nothing_and_imports_little():
    code = "import sys, connector_host_onepassword.plugin; print([name for name in ('google.protobuf', 'apsw', 'rich', 'asyncio') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_only_the_face_of_the_host_is_imported():
    from pathlib import Path

    for path in Path(plugin.__file__).parent.rglob("*.py"):
        for line in path.read_text().splitlines():
            if line.strip().startswith(("from connector_host", "import connector_host")):
                assert line.strip().startswith("from connector_host import"), f"{path.name}: {line}"


def test_resource_types_need_no_session():
    assert [kind.id for kind in plugin.list_resource_types()] == ["user", "group", "account", "vault"]


def test_children_are_listed_under_the_account_only(standin, open_session):
    session = open_session()
    types = {kind.id: kind for kind in plugin.list_resource_types()}
    (account,) = plugin.list_resources(session, types["account"], None, None)
    standin.forget()
    for name in ("user", "group", "vault"):
        assert list(plugin.list_resources(session, types[name], None, None)) == []
    assert list(plugin.list_resources(session, types["account"], account, None)) == []
    assert standin.commands() == []
    users = plugin.list_resources(session, types["user"], account, None)
    assert {user.parent for user in users} == {account.id}
    assert list(plugin.list_resources(session, types["user"], users[0], None)) == []
    assert list(plugin.list_resources(session, ResourceType("shoe"), account, None)) == []


def test_one_resource(standin, open_session):
    session = open_session()
    group = standin.tenant["groups"][2]
    found = plugin.get_resource(session, ResourceId("group", group["id"]))
    assert found.display_name == group["name"]
    assert plugin.get_resource(session, session.account_id).display_name == "Example Corp"
    assert plugin.get_resource(session, ResourceId("group", "none")) is None
    assert plugin.get_resource(session, ResourceId("shoe", "none")) is None


def test_users_hold_nothing_of_their_own(standin, open_session, everything):
    session = open_session()
    users = [found for found in everything(session)["resources"] if found.id.resource_type == "user"]
    assert list(plugin.list_entitlements(session, users[0])) == []
    assert list(plugin.list_grants(session, users[0])) == []


def test_close_is_idempotent(open_session):
    session = open_session()
    session.close()
    session.close()


FAULTS_THAT_PASS = {
    "rate-limit": RateLimited,
    "conflict": Unavailable,
    "server-fault": Unavailable,
    "network-dns": Unavailable,
    "kill": Unavailable,
    "truncated": BadResponse,
    "html": BadResponse,
}


CALLS = ("user list", "vault list $", "vault group list *", "group user list *")


@pytest.mark.parametrize(
    ("kind", "match"), [(kind, CALLS[number % len(CALLS)]) for number, kind in enumerate(FAULTS_THAT_PASS)]
)
def test_after_a_fault_that_passes_the_same_call_has_everything(standin, open_session, kind, match):
    session = open_session()
    types = {found.id: found for found in plugin.list_resource_types()}
    account = plugin.list_resources(session, types["account"], None, None)[0]
    group = resources.plain_group(responses.OpGroup(standin.tenant["groups"][2]["id"], "Owners"), account.id)
    vault = resources.plain_vault(responses.OpVault(standin.tenant["vaults"][0]["id"], "Private", ""), account.id)
    call = {
        "user list": lambda: plugin.list_resources(session, types["user"], account, None),
        "vault list $": lambda: plugin.list_resources(session, types["vault"], account, None),
        "vault group list *": lambda: plugin.list_grants(session, vault),
        "group user list *": lambda: plugin.list_grants(session, group),
    }[match]
    standin.fail(match, kind, attempts=[1])
    with pytest.raises(FAULTS_THAT_PASS[kind]):
        call()
    members = len(standin.tenant["members"][group.id.resource])
    least = {"user list": 12, "vault list $": 7, "vault group list *": 10, "group user list *": members}
    assert len(call()) >= least[match]
    assert len(standin.events("fault")) == 1
