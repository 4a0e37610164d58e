from __future__ import annotations

import pytest
from connector_host_onepassword.options import OPTIONS
from connector_host_onepassword.settings import DEFAULT_TIMEOUT, read_settings

from connector_host import ConfigError, Secret, Source
from connector_host.options import resolve


def found(environ=None, prompt=None, **flags):
    named = {name.replace("_", "-"): value for name, value in flags.items()}
    return resolve(OPTIONS, flags=named, environ=environ or {}, prompt=prompt)


def test_nothing_is_needed_for_the_desktop_app(standin):
    made = read_settings(found())
    assert (made.auth_type, made.limit, made.timeout, made.op_path) == ("user", None, DEFAULT_TIMEOUT, "op")
    assert not made.has_credentials
    assert standin.commands() == []


def test_variables_are_those_of_the_go_connector(standin):
    environ = {
        "BATON_ADDRESS": "a",
        "BATON_EMAIL": "e",
        "BATON_SECRET_KEY": "A3-XXXX",
        "BATON_PASSWORD": "hunter22",
        "BATON_AUTH_TYPE": "user",
        "BATON_LIMIT_VAULT_PERMISSIONS": "member, view_items",
    }
    options = found(environ)
    made = read_settings(options)
    assert (made.address, made.email, made.password, made.secret_key) == ("a", "e", "hunter22", "A3-XXXX")
    assert made.limit == {"member", "view_items"}
    assert options.source("password") is Source.ENVIRONMENT
    assert isinstance(options["password"], Secret)
    assert "hunter22" not in repr(options) + repr(made)
    assert "A3-XXXX" not in repr(options) + repr(made)


def test_a_password_may_end_with_the_line_break_of_its_file():
    assert read_settings({"password": Secret("hunter 2 \r\n")}).password == "hunter 2 "


def test_service_mode_takes_the_token_from_ops_own_variable(standin, monkeypatch):
    monkeypatch.setenv("OP_SERVICE_ACCOUNT_TOKEN", "ops_x")
    assert read_settings(found({"OP_SERVICE_ACCOUNT_TOKEN": "ops_y"}, auth_type="service")).service_token == "ops_y"
    assert read_settings({}).service_token == "ops_x"


def test_service_mode_without_a_token_names_both_variables(standin):
    with pytest.raises(ConfigError) as caught:
        found(auth_type="service")
    assert "service-account-token is required" in caught.value.message
    assert "OP_SERVICE_ACCOUNT_TOKEN" in caught.value.hint


def test_a_secret_key_asks_for_the_password_only_where_the_account_is_known(standin):
    asked = []
    found(prompt=lambda option: asked.append(option.name) or "answer", secret_key="A3-XXXX")
    assert asked == ["password"]


def test_an_unknown_account_is_asked_for_whole(standin):
    standin.plan(account="unknown")
    asked = []
    options = found(prompt=lambda option: asked.append((option.name, option.secret)) or "answer", password="hunter2")
    assert asked == [("address", False), ("email", False), ("secret-key", True)]
    assert options.source("secret-key") is Source.PROMPT


@pytest.mark.parametrize("flags", [{}, {"address": "example"}, {"address": "example", "email": "u0@example.com"}])
def test_a_known_account_is_asked_for_nothing_and_looked_up_once(standin, flags):
    found(password="hunter2", **flags)
    assert standin.commands() == ["account list"]


def test_nothing_is_looked_up_where_everything_is_given(standin):
    found(password="hunter2", address="a", email="e", secret_key="A3-XXXX")
    assert standin.commands() == []


def test_nobody_is_asked_when_a_session_is_exported(standin, monkeypatch):
    monkeypatch.setenv("OP_SESSION_AAAA", "token")
    found(secret_key="A3-XXXX")
    assert standin.commands() == []


def test_without_op_the_questions_are_left_to_the_sign_in(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_settings(found(password="hunter2")).password == "hunter2"


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"auth_type": "both"}, "auth-type"),
        ({"op_timeout": "0"}, "more than 0 seconds"),
        ({"op_timeout": "-1"}, "more than 0 seconds"),
        ({"op_timeout": "inf"}, "op-timeout"),
        ({"op_timeout": "nan"}, "op-timeout"),
        ({"op_timeout": "soon"}, "number"),
        ({"limit_vault_permissions": "View Items"}, "not a permission as op spells them"),
        ({"limit_vault_permissions": "member,"}, None),
    ],
)
def test_wrong_values(standin, flags, words):
    if words is None:
        found(**flags)
        return
    with pytest.raises(ConfigError, match=words):
        found(**flags)


def test_a_misspelt_permission_is_an_error_that_names_the_right_one(standin):
    with pytest.raises(ConfigError) as caught:
        read_settings(found(limit_vault_permissions="member,veiw_items"))
    assert "veiw_items" in caught.value.message
    assert "view_items" in caught.value.hint


def test_a_permission_of_tomorrow_is_taken(standin):
    assert read_settings(found(limit_vault_permissions="member,summon_demons")).limit == {"member", "summon_demons"}


def test_what_does_not_change_rows_may_change_between_runs():
    free = {option.name for option in OPTIONS if not option.affects_rows}
    assert free == {"password", "secret-key", "service-account-token", "allow-lockout", "op-path", "op-timeout"}
    assert {option.name for option in OPTIONS if option.secret} == {
        "password",
        "secret-key",
        "service-account-token",
    }
