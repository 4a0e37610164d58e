"""The questions of `create-account` at a terminal, and how names and declared fields complete each other."""

import pytest

import connector_host as ch
from connector_host.cli.commands.accounts import account_arguments
from connector_host.secret import Redactor

SCHEMA = ch.AccountSchema(
    fields=(
        ch.AccountField(name="login", required=True),
        ch.AccountField(name="team", display_name="Team", required=True, placeholder="platform"),
        ch.AccountField(name="pin", required=True, secret=True),
        ch.AccountField(name="note"),
    )
)
NOTHING = {
    **dict.fromkeys(("profile", "login", "account_email", "display_name", "resource_type", "credentials"), None),
    **dict.fromkeys(("password_length", "password_file", "sso_provider"), None),
    **dict.fromkeys(("field", "other_email", "login_alias", "password_constraint"), ()),
    "force_change": False,
}


@pytest.fixture
def app():
    return type("App", (), {"redactor": Redactor()})()


def test_a_person_is_asked_for_required_fields_only(app, monkeypatch):
    questions = []

    def ask(_app, question, *, is_secret):
        questions.append((question, is_secret))
        return {"login": "dan", "Team (for example platform)": "robots", "pin": "987654"}[question]

    monkeypatch.setattr(account_arguments, "is_interactive", lambda: True)
    monkeypatch.setattr(account_arguments, "ask_person", ask)
    request = account_arguments.account_request(app, NOTHING, SCHEMA, ch.CredentialDetails())
    assert questions == [("login", False), ("Team (for example platform)", False), ("pin", True)]
    assert request.login == "dan"  # the field fills the name
    assert request.profile == {"login": "dan", "team": "robots", "pin": ch.Secret("987654")}
    assert "987654" not in repr(request)


def test_a_name_fills_the_field_that_is_called_like_it(app, monkeypatch):
    monkeypatch.setattr(account_arguments, "is_interactive", lambda: False)
    words = {**NOTHING, "login": "dan", "field": ("team=x", "pin=1234")}
    request = account_arguments.account_request(app, words, SCHEMA, ch.CredentialDetails())
    assert request.profile["login"] == "dan"
    assert app.redactor("the pin is 1234") == "the pin is ***"
    with pytest.raises(ch.ConfigError, match="required for a new account: --field team, --field pin"):
        account_arguments.account_request(app, {**NOTHING, "login": "dan"}, SCHEMA, ch.CredentialDetails())


def test_without_declared_fields_a_name_is_needed_and_any_profile_is_passed_on(app):
    with pytest.raises(ch.ConfigError, match="no e-mail address and no login"):
        account_arguments.account_request(app, NOTHING, None, ch.CredentialDetails())
    words = {**NOTHING, "login": "dan", "profile": '{"any": 1}', "other_email": ("d@x.example",), "login_alias": ("d",)}
    request = account_arguments.account_request(app, words, None, ch.CredentialDetails())
    assert (request.profile, request.login_aliases) == ({"any": 1}, ("d",))
    assert request.other_emails == (ch.Email("d@x.example"),)


def test_the_preferred_credentials_are_chosen(app):
    details = ch.CredentialDetails(create_account=(ch.CredentialOption.SSO, ch.CredentialOption.NO_PASSWORD))
    request = account_arguments.account_request(app, {**NOTHING, "login": "dan"}, None, details)
    assert request.credentials.option is ch.CredentialOption.SSO
    with pytest.raises(ch.ConfigError, match="the connector has no credentials random-password"):
        words = {**NOTHING, "login": "dan", "credentials": "random-password"}
        account_arguments.account_request(app, words, None, details)
