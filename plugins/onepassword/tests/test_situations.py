"""Situations that people report of the real `op`: each has its message and its next step."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from connector_host_onepassword import plugin
from connector_host_onepassword.op_cli import op_installation
from connector_host_onepassword.op_cli.op import Op
from connector_host_onepassword.op_cli.op_installation import find_op, forward_to_windows, installation_note
from connector_host_onepassword.signin_modes import SigninMode

from connector_host import AuthError, ConfigError, RateLimited, Unavailable

ACCOUNT_GET = ("account get", "several-people")


def local_account(number, url="other.1password.com", account="OTHERACCOUNT"):
    return {
        "url": url,
        "email": f"p{number}@example.com",
        "user_uuid": f"PERSON{number}",
        "account_uuid": account,
    }


# ------------------------------------------------------------------------------------------- several accounts


@pytest.mark.parametrize("kind", ["several-accounts", "several-people"])
def test_several_accounts_are_listed_with_the_option_that_selects_one(standin, open_session, kind):
    standin.plan(more_accounts=[local_account(1)])
    standin.fail("account get", kind)
    with pytest.raises(ConfigError, match="several matching accounts: p1@example.com at other.1password.com") as caught:
        open_session()
    assert caught.value.exit_code == 2
    assert "--address other.1password.com" in caught.value.hint


def test_several_people_of_one_address_are_told_apart_by_email(standin, open_session):
    standin.plan(more_accounts=[local_account(1), local_account(2)])
    standin.fail("account get", "several-people")
    with pytest.raises(ConfigError, match="p1@example.com at other.1password.com, p2@") as caught:
        open_session(address="other.1password.com")
    assert "--email p1@example.com" in caught.value.hint


def test_several_accounts_without_the_list_still_name_the_options(standin, open_session):
    standin.fail("account list", "strange")
    standin.fail("account get", "several-accounts")
    with pytest.raises(ConfigError, match="op has several accounts") as caught:
        open_session()
    assert "--address" in caught.value.hint
    assert "--email" in caught.value.hint


def test_the_first_label_of_an_address_is_found_in_the_list_where_op_does_not_take_it(standin, open_session):
    standin.fail("account get", "unknown-account-2", attempts=[1])
    session = open_session(address="example")
    assert session.tenant.account.id == standin.tenant["account"]["id"]
    calls = [row for row in standin.events() if row["words"] == ["account", "get"]]
    assert [call["argv"][-1] for call in calls] == ["example", standin.tenant["account"]["id"]]


def test_an_address_that_op_does_not_have_is_no_endless_search(standin, open_session):
    standin.fail("account get", "unknown-account-2")
    with pytest.raises(ConfigError, match="no account of that name") as caught:
        open_session(address="nobody")
    assert "op account list" in caught.value.hint


# ------------------------------------------------------------------------------------------- questions that are optional


def two_people(standin):
    """Two people of the account on this machine, so that `op account list` does not say who is signed in."""
    account = standin.tenant["account"]["id"]
    standin.plan(more_accounts=[local_account(1, url="https://example.1password.com", account=account)])


@pytest.mark.parametrize("kind", ["signed-out-whoami", "desktop-lost", "strange", "html", "truncated", "hang"])
def test_whoami_may_fail_while_everything_else_works(standin, open_session, everything, kind):
    two_people(standin)
    standin.fail("whoami", kind)
    session = open_session(op_timeout="2")
    assert plugin.check_session(session).user == "u0@example.com", "`op user get --me` answers instead"
    assert everything(session)["grants"]


def test_a_person_that_no_call_names_is_said_to_be_unknown(standin, open_session):
    two_people(standin)
    standin.fail("whoami", "signed-out-whoami")
    standin.fail("user get --me", "strange")
    identity = plugin.check_session(open_session())
    assert identity.user == ""
    assert any("does not report who is signed in" in limit for limit in identity.limits)


@pytest.mark.parametrize("kind", ["signed-out-whoami", "strange", "html", "rate-limit"])
def test_the_groups_of_the_person_are_only_nice_to_know(standin, open_session, kind):
    standin.fail("group list --user", kind)
    assert plugin.check_session(open_session()).user == "u0@example.com"


@pytest.mark.parametrize("kind", ["strange", "html", "signed-out", "server-fault"])
def test_the_type_of_a_refused_vault_is_only_nice_to_know(standin, open_session, everything, kind):
    vault = standin.tenant["vaults"][0]
    standin.fail(f"vault user list {vault['id']}", "forbidden")
    standin.fail(f"vault get {vault['id']}", kind)
    session = open_session()
    access = session.tenant.access(vault["id"], "Private")
    assert access.users == access.groups == ()


# ------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(("flags", "call"), [({}, "account get"), ({"password": "hunter2"}, "signin")])
def test_an_unknown_text_while_signing_in_ends_with_3_and_the_text(standin, open_session, flags, call):
    standin.fail(call, "strange")
    with pytest.raises(AuthError, match="flux capacitor") as caught:
        open_session(**flags)
    assert caught.value.exit_code == 3
    assert "terminal" in caught.value.hint
    assert len([row for row in standin.events() if " ".join(row["words"]).startswith(call)]) == 1


def test_an_unknown_text_while_reading_ends_with_4_and_the_text(standin, open_session):
    session = open_session()
    standin.fail("user list", "strange")
    with pytest.raises(Exception, match="flux capacitor") as caught:
        session.tenant.users()
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("kind", ["config-permissions", "config-owner"])
def test_a_configuration_folder_that_op_refuses(standin, open_session, kind):
    standin.fail("account get", kind)
    with pytest.raises(ConfigError, match="owner or permissions") as caught:
        open_session()
    assert "chmod 700" in caught.value.hint


@pytest.mark.parametrize(
    "text", ["This user is suspended.", "(403) Forbidden: The account has been suspended", "your account is suspended"]
)
def test_a_suspended_person(standin, open_session, text):
    standin.fail("account get", "text", stderr=f"[ERROR] 2026/01/01 00:00:00 {text}\n")
    with pytest.raises(AuthError, match="suspended") as caught:
        open_session()
    assert "reactivate" in caught.value.hint


def test_a_person_in_an_unusual_state_is_told(standin, open_session):
    me = standin.tenant["users"][0]["id"]
    standin.change(lambda tenant: tenant["users"][0].update(state="TRANSFER_STARTED"))
    assert me
    limits = plugin.check_session(open_session()).limits
    assert any("TRANSFER_STARTED" in limit for limit in limits)


@pytest.mark.parametrize(("group", "is_organizer"), [("Family Organizers", True), ("Team Members", False)])
def test_a_family(standin, open_session, group, is_organizer):
    me = standin.tenant["users"][0]["id"]

    def as_family(tenant):
        tenant["account"]["type"] = "FAMILY"
        tenant["groups"][0]["name"] = group
        for members in tenant["members"].values():
            members.clear()
        tenant["members"][tenant["groups"][0]["id"]].append([me, "MEMBER"])

    standin.change(as_family)
    limits = plugin.check_session(open_session()).limits
    assert any("no family organizer" in limit for limit in limits) is not is_organizer


# ------------------------------------------------------------------------------------------- limits of service accounts


HOURLY = {"type": "token", "action": "read", "limit": 1000, "used": 1000, "remaining": 0, "reset": 3480}
DAILY = {"type": "account", "action": "read_write", "limit": 5000, "used": 5000, "remaining": 0, "reset": 40000}
LEFT = {"type": "token", "action": "write", "limit": 100, "used": 0, "remaining": 100, "reset": 0}


@pytest.mark.parametrize(
    ("windows", "wait", "name"),
    [
        ([LEFT, HOURLY], 3480, "hourly read limit of the token (1000 requests)"),
        ([LEFT, HOURLY, DAILY], 40000, "daily limit of the account (5000 requests)"),
        ([LEFT], 58 * 60, "58 minutes"),
        ([], 58 * 60, "58 minutes"),
    ],
)
def test_a_spent_limit_is_named_with_the_wait_that_op_reports(standin, open_session, windows, wait, name):
    session = open_session(auth_type="service", service_account_token=standin.service_token)
    standin.plan(ratelimit=windows)
    standin.fail("user list", "rate-limit")
    with pytest.raises(RateLimited) as caught:
        session.tenant.users()
    assert caught.value.retry_after == wait
    assert name in caught.value.message


def test_a_person_has_no_such_limits_and_no_call_asks_for_them(standin, open_session):
    session = open_session()
    standin.fail("user list", "rate-limit")
    with pytest.raises(RateLimited):
        session.tenant.users()
    assert "service-account ratelimit" not in standin.commands()


@pytest.mark.parametrize("kind", ["strange", "html", "hang", "rate-limit"])
def test_the_report_of_the_limits_is_only_nice_to_know(standin, open_session, kind):
    session = open_session(auth_type="service", service_account_token=standin.service_token, op_timeout="1")
    standin.fail("service-account ratelimit", kind)
    standin.fail("user list", "rate-limit")
    with pytest.raises(RateLimited) as caught:
        session.tenant.users()
    assert caught.value.retry_after == 58 * 60


# ------------------------------------------------------------------------------------------- the installation


WSL = {"WSL_DISTRO_NAME": "Ubuntu"}


def program(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\nenv\n")
    path.chmod(0o755)
    return path


def test_op_exe_is_found_under_wsl_and_only_there(tmp_path):
    exe = program(tmp_path, "op.exe")
    assert find_op("op", {"PATH": str(tmp_path), **WSL}) == str(exe)
    with pytest.raises(ConfigError, match="was not found"):
        find_op("op", {"PATH": str(tmp_path)})
    op = program(tmp_path, "op")
    assert find_op("op", {"PATH": str(tmp_path), **WSL}) == str(op)


def test_variables_reach_a_windows_program_through_wslenv(tmp_path, run, standin):
    exe = program(tmp_path, "op.exe")
    environ = {
        "PATH": str(tmp_path) + ":/usr/bin:/bin",
        "OP_SERVICE_ACCOUNT_TOKEN": "ops_x",
        "WSLENV": "EDITOR/p",
        **WSL,
    }
    op = Op(str(exe), environ, SigninMode.SERVICE, run, timeout=10)
    try:
        lines = op.call("--version", bare=True).decode().splitlines()
    finally:
        op.close()
    assert "WSLENV=EDITOR/p:OP_SERVICE_ACCOUNT_TOKEN/u" in lines


def test_a_folder_is_translated_and_nothing_is_listed_twice():
    environ = {"OP_CONFIG_DIR": "/home/a/op", "OP_DEVICE": "d", "WSLENV": "OP_DEVICE/w"}
    forward_to_windows(environ)
    assert environ["WSLENV"] == "OP_DEVICE/w:OP_CONFIG_DIR/up"
    forward_to_windows(environ)
    assert environ["WSLENV"] == "OP_DEVICE/w:OP_CONFIG_DIR/up"


@pytest.mark.skipif(sys.platform != "linux", reason="installations of Linux")
@pytest.mark.parametrize(
    ("path", "environ", "words"),
    [
        ("/snap/bin/op", {}, "is a snap"),
        ("/usr/bin/op", {"SNAP": "/snap/x/1"}, "is a snap"),
        ("/usr/bin/op", {"FLATPAK_ID": "org.example"}, "Flatpak sandbox"),
        ("/nix/store/abc-1password-cli/bin/op", {}, "programs._1password"),
        ("/usr/bin/op", WSL, "--op-path op.exe"),
        ("/mnt/c/op.exe", WSL, ""),
        ("/no/such/op", {}, ""),
    ],
)
def test_an_installation_that_the_app_does_not_accept_is_named(path, environ, words):
    note = installation_note(path, environ)
    assert words in note
    assert bool(note) is bool(words)


@pytest.mark.skipif(sys.platform != "linux", reason="installations of Linux")
def test_a_copy_of_op_is_named_in_the_next_step(standin, open_session):
    assert "another copy" in op_installation.installation_note(str(standin.program), {})
    standin.plan(desktop="desktop-reset")
    with pytest.raises(AuthError, match="cannot be reached") as caught:
        open_session()
    assert "another copy" in caught.value.hint
    standin.plan(desktop="locked")
    with pytest.raises(AuthError, match="is locked") as caught:
        open_session()
    assert "another copy" not in caught.value.hint


# ------------------------------------------------------------------------------------------- bytes and shapes


def test_a_password_that_is_not_utf8_is_passed_on_as_it_is(standin, open_session):
    with pytest.raises(AuthError, match="did not accept the sign-in"):
        open_session(password="m\udcfcller", address="example.1password.com", email="u0@example.com")
    assert [row["bytes"] for row in standin.events("stdin")] == [len(b"m\xfcller\n")]


def test_a_nul_character_is_refused_by_name(standin, open_session):
    with pytest.raises(ConfigError, match="--address contains a NUL character"):
        open_session(address="a\x00b", password="hunter2")


def test_another_shape_is_not_repeated_by_the_host(standin, open_session):
    session = open_session()
    standin.fail("user list", "text", code=0, stdout='{"users": []}')
    with pytest.raises(Exception, match="an object where a list was expected") as caught:
        session.tenant.users()
    assert not isinstance(caught.value, Unavailable)
    assert "again" not in caught.value.hint


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_an_error_with_exit_code_0_is_a_failure_all_the_same(standin, open_session, stream):
    text = "[ERROR] 2026/08/12 10:00:00 multiple accounts found. Use the --account flag\n"
    standin.fail("account get", "text", code=0, **{stream: text})
    with pytest.raises(ConfigError, match="op has several accounts"):
        open_session()
