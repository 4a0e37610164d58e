"""Every way to sign in, against the stand-in as a real child process."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest
from connector_host_onepassword import plugin
from connector_host_onepassword.parallel_calls import run_parallel

from connector_host import AuthError, ConfigError, Secret, Unavailable

MANUAL = {"address": "example.1password.com", "email": "u0@example.com", "password": "hunter2"}


def environment(standin):
    return {
        row["words"][0] + " " + row["words"][1]: set(row["env"]) for row in standin.events() if len(row["words"]) > 1
    }


def stdins(standin):
    return {" ".join(row["words"][:2]): row["stdin"] for row in standin.events()}


# ------------------------------------------------------------------------------------------- desktop app


def test_the_desktop_app_needs_nothing(standin, open_session):
    session = open_session()
    assert session.tenant.account.name == "Example Corp"
    assert sorted(standin.commands()) == ["--version", "account get", "account list"]
    session.tenant.users()
    assert "--account" in standin.events()[-1]["argv"]
    assert standin.tenant["account"]["id"] in standin.events()[-1]["argv"]
    assert all(row["values"].get("OP_BIOMETRIC_UNLOCK_ENABLED") == "true" for row in standin.events())


def test_the_desktop_app_asks_once(standin, open_session, everything):
    standin.plan(prompt_delay=0.2, delay=0.01)
    session = open_session()
    threads = [
        threading.Thread(target=session.tenant.access, args=(vault["id"], vault["name"]))
        for vault in standin.tenant["vaults"]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(standin.events("prompt")) == 1
    assert standin.most_at_once() > 2


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("locked", "1Password is locked"),
        ("dismissed", "dismissed"),
        ("prompt-timeout", "not answered in time"),
        ("desktop-absent", "cannot be reached"),
        ("desktop-reset", "cannot be reached"),
        ("no-accounts", "no account on this machine"),
    ],
)
def test_a_desktop_app_that_does_not_let_us_in(standin, open_session, state, words):
    standin.plan(desktop=state)
    with pytest.raises(AuthError, match=words) as caught:
        open_session()
    assert caught.value.hint


def test_an_app_that_never_answers_is_given_up(standin, open_session):
    standin.fail("account get", "hang")
    with pytest.raises(Unavailable, match=r"within 0\.3 s"):
        open_session(op_timeout="0.3")


def test_the_account_is_the_one_asked_for(standin, open_session):
    other = {
        "url": "https://other.1password.com",
        "email": "u0@example.com",
        "user_uuid": "OTHER",
        "account_uuid": "OTHERACCOUNT",
    }
    standin.plan(more_accounts=[other])
    session = open_session(address="example.1password.com")
    (call,) = [row for row in standin.events() if row["words"] == ["account", "get"]]
    assert call["argv"][-2:] == ["--account", "example.1password.com"]
    assert session.identity().user == "u0@example.com"
    with pytest.raises(ConfigError, match="no account of that name"):
        open_session(address="nobody.1password.com")


def test_one_person_of_several_in_the_same_account(standin, open_session):
    me, account = standin.tenant["users"][0]["id"], standin.tenant["account"]["id"]
    second = {
        "url": "https://example.1password.com",
        "email": "u1@example.com",
        "user_uuid": "SECOND",
        "account_uuid": account,
    }
    standin.plan(more_accounts=[second])
    session = open_session(email="u0@example.com")
    session.tenant.users()
    assert standin.events()[-1]["argv"][-2:] == ["--account", me]
    assert session.identity().user == "u0@example.com"
    with pytest.raises(ConfigError, match="with that address and e-mail") as caught:
        open_session(email="nobody@example.com")
    assert "u1@example.com" in caught.value.hint


# ------------------------------------------------------------------------------------------- password


def test_a_known_account_needs_only_the_password(standin, open_session, run):
    session = open_session(password="hunter2")
    session.tenant.users()
    assert "signin" in standin.commands()[-3]
    token = (standin.state / "token").read_text()
    me = standin.tenant["users"][0]["id"]
    assert f"OP_SESSION_{me}" in environment(standin)["user list"]
    assert token in run.redacted
    assert "hunter2" in run.redacted
    assert stdins(standin) == {
        "account list": "null",
        "--version": "null",
        "signin --raw": "pipe",
        "account get": "null",
        "user list": "null",
    }
    assert [row["bytes"] for row in standin.events("stdin")] == [len("hunter2\n")]
    assert all(row["values"]["OP_BIOMETRIC_UNLOCK_ENABLED"] == "false" for row in standin.events())


@pytest.mark.parametrize("address", ["example.1password.com", "https://Example.1password.com/", "example", ""])
def test_an_account_is_known_by_any_of_its_names(standin, open_session, address):
    open_session(**{**MANUAL, "address": address})
    assert not any(command.startswith("account add") for command in standin.commands())


def test_an_unknown_account_is_added(standin, open_session):
    standin.plan(account="unknown")
    session = open_session(**MANUAL, secret_key="A3-TEST")
    assert len(session.tenant.users()) == 12
    (add,) = [row for row in standin.events() if row["words"][:2] == ["account", "add"]]
    assert "OP_SECRET_KEY" in add["env"]
    assert not any("OP_SECRET_KEY" in row["env"] for row in standin.events() if row["words"][:2] != ["account", "add"])
    assert not any(command.startswith("signin") for command in standin.commands())


def test_an_unknown_account_needs_address_email_and_secret_key(standin, open_session, run):
    standin.plan(account="unknown")
    with pytest.raises(ConfigError, match="adding it needs secret-key") as caught:
        plugin.open_session({**MANUAL, "password": Secret("hunter2")}, run)
    assert "BATON_SECRET_KEY" in caught.value.hint
    with pytest.raises(ConfigError, match="address and email and secret-key"):
        plugin.open_session({"password": Secret("hunter2")}, run)


def test_a_secret_key_alone_is_not_enough(standin, run):
    with pytest.raises(ConfigError, match="not the password") as caught:
        plugin.open_session({"secret-key": Secret("A3-TEST")}, run)
    assert "BATON_PASSWORD" in caught.value.hint


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("sso", "SSO or a passkey"),
        ("wrong-password", "did not accept the sign-in"),
        ("network-dns", "over the network"),
    ],
)
def test_a_sign_in_that_fails(standin, open_session, kind, words):
    standin.fail("signin", kind)
    with pytest.raises((AuthError, Unavailable), match=words):
        open_session(**MANUAL)


def test_a_wrong_password_is_said_and_not_shown(standin, open_session):
    with pytest.raises(AuthError, match="did not accept the sign-in") as caught:
        open_session(**{**MANUAL, "password": "correct horse"})
    assert "correct horse" not in caught.value.message + caught.value.hint


def test_the_device_id_that_op_names_is_used(standin, open_session):
    standin.fail("signin", "device")
    assert len(open_session(**MANUAL).tenant.users()) == 12
    assert [row["values"].get("OP_DEVICE") for row in standin.events() if row["words"][0] == "signin"] == [
        None,
        "standindevice",
    ]


def test_several_accounts_must_be_told_apart(standin, open_session):
    other = {
        "url": "https://other.1password.com",
        "email": "me@other.example",
        "user_uuid": "OTHER",
        "account_uuid": "OTHERACC",
    }
    standin.plan(more_accounts=[other])
    with pytest.raises(
        ConfigError, match=r"several matching accounts: me@other\.example at other\.1password\.com, u0@example\.com"
    ):
        open_session(password="hunter2")
    assert open_session(password="hunter2", address="example").tenant.account.type == "BUSINESS"


def test_the_account_of_the_shell_counts(standin, open_session, monkeypatch):
    other = {
        "url": "https://other.1password.com",
        "email": "me@other.example",
        "user_uuid": "OTHER",
        "account_uuid": "OTHERACC",
    }
    standin.plan(more_accounts=[other])
    monkeypatch.setenv("OP_ACCOUNT", "example")
    assert open_session(password="hunter2").tenant.account.type == "BUSINESS"


@pytest.mark.parametrize("output", ["two words\n", "token with blanks"])
def test_output_that_is_no_token(standin, open_session, output):
    standin.fail("signin", "text", code=0, stdout=output)
    with pytest.raises(Exception, match="no session token") as caught:
        open_session(**MANUAL)
    assert output.strip() not in caught.value.message


def test_a_token_after_other_lines(standin, open_session):
    standin.fail("signin", "text", code=0, stdout="Enter the password:\nthe-token\n")
    standin.plan(sessions=["the-token"])
    assert len(open_session(**MANUAL).tenant.users()) == 12


def test_a_session_that_expires_can_be_opened_again(standin, open_session):
    standin.plan(session_calls=2)
    first = open_session(**MANUAL)
    first.tenant.users()
    with pytest.raises(AuthError, match="session has expired"):
        first.tenant.groups()
    first.close()
    assert len(open_session(**MANUAL).tenant.groups()) == 6


# ------------------------------------------------------------------------------------------- exported session


def test_an_exported_session_is_used(standin, open_session, monkeypatch, run):
    me = standin.tenant["users"][0]["id"]
    monkeypatch.setenv(f"OP_SESSION_{me}", "exported-token")
    standin.plan(sessions=["exported-token"])
    session = open_session()
    assert session.identity().mode == "exported session"
    assert not any(command.startswith("signin") for command in standin.commands())
    assert f"OP_SESSION_{me}" in environment(standin)["account get"]
    assert "exported-token" in run.redacted


def test_an_exported_session_goes_before_a_password(standin, open_session, monkeypatch):
    monkeypatch.setenv("OP_SESSION", "exported-token")
    standin.plan(sessions=["exported-token"])
    open_session(password="hunter2")
    assert not any(command.startswith("signin") for command in standin.commands())


def test_an_exported_session_that_expired(standin, open_session, monkeypatch):
    monkeypatch.setenv("OP_SESSION", "exported-token")
    with pytest.raises(AuthError, match="expired") as caught:
        open_session()
    assert "eval $(op signin)" in caught.value.hint


def test_an_exported_session_that_expired_is_replaced_if_there_is_a_password(
    standin, open_session, monkeypatch, caplog
):
    monkeypatch.setenv("OP_SESSION", "exported-token")
    with caplog.at_level(logging.WARNING):
        assert open_session(password="hunter2").identity().mode == "password"
    assert "signing in with the password" in caplog.text
    assert "exported-token" not in caplog.text


# ------------------------------------------------------------------------------------------- service account


def test_a_service_account(standin, open_session, monkeypatch, run):
    monkeypatch.setenv("OP_SERVICE_ACCOUNT_TOKEN", standin.service_token)
    monkeypatch.setenv("OP_SESSION", "left over")
    monkeypatch.setenv("OP_CONNECT_TOKEN", "left over")
    session = open_session(auth_type="service")
    assert len(session.tenant.users()) == 12
    assert standin.service_token in run.redacted
    identity = session.identity()
    assert (identity.mode, identity.user) == ("service account", "SERVICEACCOUNTUSER")
    assert any("service account sees only" in limit for limit in identity.limits)
    calls = [row for row in standin.events() if row["words"] != ["--version"]]
    assert all("OP_SERVICE_ACCOUNT_TOKEN" in row["env"] for row in calls)
    assert not any("OP_SESSION" in row["env"] or "--account" in row["argv"] for row in calls)


def test_a_service_account_that_may_not_read_the_account_still_knows_its_id(standin, open_session):
    standin.fail("account get", "forbidden")
    standin.plan(service_token=standin.service_token)
    (standin.state / "service-used").touch()
    session = open_session(auth_type="service", service_account_token=standin.service_token)
    assert session.tenant.account.id == standin.tenant["account"]["id"]
    assert session.tenant.account.name == "example.1password.com"


def test_a_service_account_is_not_used_unless_asked_for(standin, open_session, monkeypatch):
    monkeypatch.setenv("OP_SERVICE_ACCOUNT_TOKEN", standin.service_token)
    assert open_session().identity().mode == "desktop app"
    assert not any("OP_SERVICE_ACCOUNT_TOKEN" in row["env"] for row in standin.events())


@pytest.mark.parametrize("address", ["https://Example.1password.com/", "example.1password.com", "example"])
def test_addresses_are_taken_as_people_write_them(standin, open_session, address):
    open_session(address=address)
    (call,) = [row for row in standin.events() if row["words"] == ["account", "get"]]
    assert call["argv"][-1] in ("example.1password.com", "example")


@pytest.mark.parametrize("kind", ["strange", "truncated", "server-fault", "hang"])
def test_the_desktop_app_does_without_the_list_of_accounts(standin, open_session, kind):
    standin.fail("account list", kind)
    assert open_session(op_timeout="1.5").identity().user == "u0@example.com"


@pytest.mark.parametrize(
    ("kind", "words"),
    [("malformed-token", "token is malformed"), ("deleted-service-account", "does not exist any more")],
)
def test_a_service_account_token_that_is_no_good(standin, open_session, kind, words):
    standin.fail("account get", kind)
    with pytest.raises(AuthError, match=words) as caught:
        open_session(auth_type="service", service_account_token=standin.service_token)
    assert "OP_SERVICE_ACCOUNT_TOKEN" in caught.value.hint


def test_no_service_account_token(standin, run):
    with pytest.raises(ConfigError, match="needs the token") as caught:
        plugin.open_session({"auth-type": "service"}, run)
    assert "OP_SERVICE_ACCOUNT_TOKEN" in caught.value.hint


# ------------------------------------------------------------------------------------------- the program


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("2.17.9", "2.17.9 is too old"),
        ("1.12.3", "1.12.3 is too old"),
        ("", "printed no version"),
        ("op, a tool", "printed no version"),
    ],
)
@pytest.mark.parametrize("flags", [{}, MANUAL])
def test_the_version_is_checked(standin, open_session, version, words, flags):
    standin.plan(version=version)
    with pytest.raises(ConfigError, match=words) as caught:
        open_session(**flags)
    assert "2.18" in caught.value.hint


@pytest.mark.parametrize("version", ["2.18.0", "2.40.0-beta.2", "3.0.0"])
def test_versions_that_do(standin, open_session, version):
    standin.plan(version=version)
    open_session()


def test_op_is_missing(standin, open_session, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="'op' was not found") as caught:
        open_session()
    assert "Install it" in caught.value.hint


def test_a_failed_sign_in_leaves_no_process(standin, open_session):
    standin.fail("account list", "hang")
    standin.plan(desktop="locked")
    with pytest.raises((AuthError, Unavailable)):
        open_session(op_timeout="0.4")
    assert len(standin.events()) == 3
    assert not [row["pid"] for row in standin.events() if Path(f"/proc/{row['pid']}").exists()]


def test_together_gives_results_in_order_and_the_first_error():
    assert run_parallel(lambda: 1, lambda: 2, lambda: 3) == [1, 2, 3]

    def fail(name):
        raise ValueError(name)

    with pytest.raises(ValueError, match="first"):
        run_parallel(lambda: 1, lambda: fail("first"), lambda: fail("second"))
