"""The host's commands that change things, through the connector, against the stand-in: as a person gives them."""

from __future__ import annotations

import json
import os

import pytest
from forked_commands import run_forked


@pytest.fixture
def host(standin, tmp_path):
    """Runs `connector-host` in a folder that holds a fresh sync."""
    folder = tmp_path / "work"
    folder.mkdir()

    def call(*words, **environ):
        return run_forked(words, environ={**os.environ, **environ}, cwd=folder)

    call.folder = folder
    call.audit = folder / "audit.jsonl"
    done = call("sync", "onepassword")
    assert done.returncode == 0, done.stderr
    standin.forget()
    return call


def writes(standin):
    words = {"grant", "revoke", "provision", "suspend", "reactivate", "delete"}
    return [one for one in standin.commands() if set(one.split()[1:3]) & words]


def test_a_vault_is_shared_with_a_group_and_taken_away_again(standin, host):
    vault, group = standin.tenant["vaults"][2]["id"], standin.tenant["groups"][5]["id"]
    standin.change(lambda tenant: tenant["vault_groups"][vault].pop(group, None))
    named = ["--principal", f"group:{group}", "--entitlement", f"vault:{vault}:edit items", "--audit", str(host.audit)]
    planned = host("grant", "onepassword", *named, "--dry-run")
    assert planned.returncode == 0, planned.stderr
    call = f"op vault group grant --vault {vault} --group {group} --permissions view_items,view_and_copy_passwords,edit_items"
    assert call in planned.stdout
    assert writes(standin) == []
    for outcome in ("done", "already"):
        done = host("grant", "onepassword", *named, "-o", "json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["outcome"] == outcome
    assert len(writes(standin)) == 1
    gone = host("revoke", "onepassword", *named)
    assert gone.returncode == 0, gone.stderr
    assert standin.now()["vault_groups"][vault][group] == ["view_items", "view_and_copy_passwords"]
    lines = [json.loads(line) for line in host.audit.read_text().splitlines()]
    assert len(lines) >= 3


def test_a_manager_is_made_and_unmade(standin, host):
    group = standin.tenant["groups"][5]["id"]
    inside = {who for who, _role in standin.tenant["members"][group]}
    person = next(user for user in standin.tenant["users"] if user["id"] not in inside)
    named = ["--principal", person["email"], "--entitlement", f"group:{group}:manager", "--audit", str(host.audit)]
    assert host("grant", "onepassword", *named).returncode == 0
    assert dict(standin.now()["members"][group])[person["id"]] == "MANAGER"
    refused = host("revoke", "onepassword", *named)
    assert refused.returncode == 2, refused.stderr
    assert "is the signed-in person" in refused.stderr
    assert "--allow-lockout" in refused.stderr
    assert host("revoke", "onepassword", *named, "--allow-lockout").returncode == 0
    assert dict(standin.now()["members"][group])[person["id"]] == "MEMBER"


def test_people_come_and_go(standin, host):
    audit = ["--audit", str(host.audit)]
    done = host(
        "create-account", "onepassword", "--account-email", "new@example.com", "--display-name", "Nora New", *audit
    )
    assert done.returncode == 0, done.stderr
    assert "new@example.com" in {user["email"] for user in standin.now()["users"]}
    person = standin.tenant["users"][3]["id"]
    for status, state in (("disabled", "SUSPENDED"), ("enabled", "ACTIVE")):
        done = host("set-status", "onepassword", "--resource", f"user:{person}", "--status", status, *audit)
        assert done.returncode == 0, done.stderr
        assert next(user for user in standin.now()["users"] if user["id"] == person)["state"] == state
    refused = host("delete", "onepassword", "--resource", f"user:{person}", *audit)
    assert refused.returncode == 2, "nobody was there to confirm"
    done = host("delete", "onepassword", "--resource", f"user:{person}", "--yes", *audit)
    assert done.returncode == 0, done.stderr
    assert person not in {user["id"] for user in standin.now()["users"]}


def test_a_service_account_is_told_before_it_tries(standin, host):
    group, person = standin.tenant["groups"][5]["id"], standin.tenant["users"][2]["id"]
    named = ["--principal", f"user:{person}", "--entitlement", f"group:{group}:member", "--audit", str(host.audit)]
    done = host(
        "grant", "onepassword", *named, "--auth-type", "service", OP_SERVICE_ACCOUNT_TOKEN=standin.service_token
    )
    assert done.returncode == 4, done.stderr
    assert "a service account may not" in done.stderr
    assert writes(standin) == []


def test_no_secret_is_in_the_audit_file(standin, host):
    standin.plan(account="unknown")
    group = standin.tenant["groups"][5]["id"]
    inside = {who for who, _role in standin.tenant["members"][group]}
    person = next(user["id"] for user in standin.tenant["users"] if user["id"] not in inside)
    named = ["--principal", f"user:{person}", "--entitlement", f"group:{group}:member", "--audit", str(host.audit)]
    secret = {
        "BATON_PASSWORD": standin.password,
        "BATON_SECRET_KEY": standin.secret_key,
        "BATON_EMAIL": "u0@example.com",
        "BATON_ADDRESS": "example.1password.com",
    }
    standin.fail("group user grant", "strange", attempts=[1])
    failed, done = host("grant", "onepassword", *named, **secret), host("grant", "onepassword", *named, **secret)
    assert (failed.returncode, done.returncode) == (4, 0), failed.stderr + done.stderr
    shown = failed.stdout + failed.stderr + done.stdout + done.stderr
    written = "".join(path.read_text("latin-1") for path in host.folder.rglob("*") if path.is_file())
    for value in ((standin.state / "token").read_text(), standin.password, standin.secret_key):
        assert value not in shown + written


def test_a_check_says_who_and_what_cannot_be_seen_and_changes_nothing(standin, host):
    done = host("check", "onepassword", "-o", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["identity"]["account"]
    assert found["identity"]["plan"]
    assert {look["hook"] for look in found["looks"]} >= {"list_resources", "list_entitlements", "list_grants"}
    assert writes(standin) == []
    shown = host("check", "onepassword")
    assert "Account:" in shown.stdout
    assert "This identity cannot see or do everything:" in shown.stdout
