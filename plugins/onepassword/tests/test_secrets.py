"""Known secrets, every failure: nothing that is written, said, recorded or shown in the process list holds one."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from pathlib import Path

import pytest
from connector_host_onepassword import plugin
from connector_host_onepassword.changes import change_runner

from connector_host import ConnectorHostError, Resource, ResourceId

sys.path.append(str(Path(__file__).parent / "standin"))

import standin_faults

PASSWORD = "correct-horse-battery"
SECRET_KEY = "A3-QQQQQQ-QQQQQQ-QQQQQ"
SERVICE = "ops_eyJzZWNyZXQiOiJ2ZXJ5In0"
SESSION = "exported-session-token-zzz"

KINDS = [*standin_faults.texts(), "truncated", "html", "empty", "kill", "latin", "prompt"]
MODES = {
    "desktop": {},
    "password": {
        "password": PASSWORD,
        "email": "u0@example.com",
        "address": "example.1password.com",
        "secret_key": SECRET_KEY,
    },
    "service": {"auth_type": "service", "service_account_token": SERVICE},
}


@pytest.fixture
def secret_tenant(standin, monkeypatch):
    standin.change(lambda tenant: tenant["signin"].update(password=PASSWORD, secret_key=SECRET_KEY))
    standin.plan(service_token=SERVICE)
    return standin


def secrets(standin):
    token = standin.state / "token"
    return [PASSWORD, SECRET_KEY, SERVICE, SESSION, *([token.read_text()] if token.exists() else [])]


def try_it(open_session, flags):
    """What a run shows of a failure: message, hint, the whole traceback."""
    try:
        session = open_session(op_timeout="2", **flags)
        session.identity()
        vault = session.tenant.vaults()[1]
        session.tenant.access(vault.id, vault.name)
    except ConnectorHostError as error:
        return "\n".join([error.message, error.hint, repr(error), *traceback.format_exception(error)])
    return ""


LATE = {"forbidden", "expired", "rate-limit", "truncated", "strange", "kill"}  # the rest come at the first call
CASES = [("password", kind) for kind in KINDS]
CASES += [
    ("service", kind) for kind in ("deleted-service-account", "malformed-token", "panic", "rate-limit", "strange")
]
CASES += [("desktop", kind) for kind in ("dismissed", "desktop-absent", "locked", "truncated", "strange")]


@pytest.mark.parametrize(("mode", "kind"), CASES)
def test_no_failure_shows_a_secret(secret_tenant, open_session, caplog, mode, kind):
    standin = secret_tenant
    caplog.set_level(logging.DEBUG)
    standin.plan(account="unknown" if mode == "password" else "known")
    standin.fail("vault user list *" if kind in LATE else "account get", kind)
    shown = try_it(open_session, MODES[mode]) + caplog.text
    recorded = (standin.state / "calls.jsonl").read_text()
    for secret in secrets(standin):
        assert secret not in shown
        assert secret not in recorded
    assert standin.events("fault")


@pytest.mark.parametrize(
    "kind", ["wrong-password", "sso", "device", "strange", "silent", "panic", "kill", "network-dns"]
)
@pytest.mark.parametrize("step", ["signin", "account add"])
def test_a_failed_sign_in_shows_no_secret(secret_tenant, open_session, caplog, kind, step):
    standin = secret_tenant
    standin.plan(account="unknown" if step == "account add" else "known")
    standin.fail(step, kind)
    shown = try_it(open_session, MODES["password"]) + caplog.text
    for secret in secrets(standin):
        assert secret not in shown + (standin.state / "calls.jsonl").read_text()
    assert standin.events("fault")


def test_op_repeating_a_secret_is_masked(secret_tenant, open_session, caplog):
    standin = secret_tenant
    standin.fail("vault list $", "text", stderr=f"[ERROR] 2026/01/01 00:00:00 bad token {SERVICE} for {PASSWORD}\n")
    shown = try_it(open_session, MODES["service"])
    assert "bad token ***" in shown
    assert SERVICE not in shown


CHANGES = ("forbidden", "conflict", "rate-limit", "strange", "kill", "dependent-grant", "expired", "text")


@pytest.mark.parametrize("kind", CHANGES)
def test_a_failed_change_shows_no_secret(secret_tenant, open_session, caplog, monkeypatch, kind):
    standin = secret_tenant
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(change_runner, "FIRST_WAIT", 0.001)
    standin.plan(account="unknown")
    session = open_session(op_timeout="5", **MODES["password"])
    token = (standin.state / "token").read_text()
    standin.fail("vault user grant", kind, stderr=f"[ERROR] 2026/01/01 00:00:00 token {token} of {PASSWORD}\n")
    vault, who = standin.tenant["vaults"][2]["id"], standin.tenant["users"][2]["id"]
    entitlement = Resource(ResourceId("vault", vault), "Vault 2").ref("print items")
    planned = plugin.grant(session, Resource(ResourceId("user", who)), entitlement, True)
    with pytest.raises(ConnectorHostError) as caught:
        plugin.grant(session, Resource(ResourceId("user", who)), entitlement, False)
    shown = "\n".join([*planned.calls, caught.value.message, *traceback.format_exception(caught.value), caplog.text])
    for secret in secrets(standin):
        assert secret not in shown + (standin.state / "calls.jsonl").read_text()
    assert standin.events("fault")


def test_the_process_list_shows_no_secret(secret_tenant, open_session):
    standin = secret_tenant
    standin.plan(account="unknown", delay=0.03)
    seen, stop = set(), threading.Event()

    def watch():
        while not stop.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = path.read_bytes()
                except OSError:
                    continue
                if str(standin.program).encode() in line:
                    seen.add(line)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        session = open_session(**MODES["password"])
        session.identity()
        session.tenant.users()
    finally:
        stop.set()
        watcher.join()
    assert any(b"account\0add" in line for line in seen), "the watcher saw too little to prove anything"
    assert any(b"user\0list" in line for line in seen)
    for secret in secrets(standin):
        assert not any(secret.encode() in line for line in seen)


def test_the_environment_of_a_child_has_only_what_its_mode_needs(secret_tenant, open_session, monkeypatch):
    standin = secret_tenant
    monkeypatch.setenv("BATON_PASSWORD", PASSWORD)
    monkeypatch.setenv("BATON_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("OP_SERVICE_ACCOUNT_TOKEN", SERVICE)
    monkeypatch.setenv("OP_CONNECT_HOST", "http://connect")
    monkeypatch.setenv("OP_CONNECT_TOKEN", "connect")
    session = open_session()
    session.tenant.users()
    assert session.identity().mode == "password"
    for row in standin.events():
        foreign = {"OP_SERVICE_ACCOUNT_TOKEN", "OP_CONNECT_HOST", "OP_CONNECT_TOKEN", "BATON_PASSWORD", "OP_SECRET_KEY"}
        assert not foreign & set(row["env"])


def test_what_turns_up_at_run_time_is_told_to_the_host(secret_tenant, open_session, run):
    plugin.check_session(open_session(**MODES["password"]))
    assert {PASSWORD, SECRET_KEY, (secret_tenant.state / "token").read_text()} <= set(run.redacted)
