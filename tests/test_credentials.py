"""Accounts and credentials: fields in their types, passwords that meet constraints, and what may be issued."""

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import connector_host as ch
from connector_host.errors import ConfigError

KIND = ch.AccountFieldType
SCHEMA = ch.AccountSchema(
    fields=(
        ch.AccountField(name="team", required=True, order=2, description="The team of the person."),
        ch.AccountField(name="level", type=KIND.INT, default="3"),
        ch.AccountField(name="contractor", type=KIND.BOOL),
        ch.AccountField(name="sites", type=KIND.STRINGS, order=1),
        ch.AccountField(name="badge", type=KIND.MAP),
        ch.AccountField(name="pin", secret=True),
        ch.AccountField(name="old", required=True, deprecated=True),
    )
)


def test_values_get_their_types_as_a_person_types_them():
    typed = SCHEMA.parse({"team": "x", "contractor": "yes", "sites": "a, b", "badge": '{"n": 1}', "pin": "12345"})
    assert typed == {
        "team": "x",
        "level": 3,
        "contractor": True,
        "sites": ("a", "b"),
        "badge": {"n": 1},
        "pin": ch.Secret("12345"),
    }
    assert SCHEMA.parse({"team": "x", "level": 7, "contractor": False, "sites": ["a"], "badge": {}})["level"] == 7


@pytest.mark.parametrize(
    ("profile", "problem"),
    [
        ({}, "required for a new account: the field team"),
        ({"team": ""}, "required for a new account"),
        ({"team": "x", "level": "many"}, "the field level: 'many' is not a whole number"),
        ({"team": 5}, "the field team: it is int, not a text"),
        ({"team": "x", "badge": "[1]"}, "not a JSON object"),
        ({"team": "x", "badge": "{"}, "not valid JSON"),
        ({"team": "x", "teem": "y"}, "an account has no field 'teem'"),
    ],
)
def test_what_does_not_fit_is_named(profile, problem):
    with pytest.raises(ConfigError, match=problem):
        SCHEMA.parse(profile)


def test_a_wrong_secret_is_not_shown():
    with pytest.raises(ConfigError) as caught:
        SCHEMA.parse({"team": "x", "pin": 48151623})
    assert "48151623" not in str(caught.value)


def test_a_form_has_the_order_that_the_fields_declare_and_no_deprecated_ones():
    assert [field.name for field in SCHEMA.asked] == ["level", "contractor", "badge", "pin", "sites", "team"]


@settings(max_examples=30)
@given(
    length=st.integers(8, 64),
    constraints=st.lists(
        st.tuples(st.text(string.ascii_letters + string.digits, min_size=1, max_size=9), st.integers(0, 2)), max_size=4
    ),
)
def test_a_random_password_meets_its_constraints(length, constraints):
    request = ch.CredentialRequest(
        length=length, constraints=tuple(ch.PasswordConstraint(chars, least) for chars, least in constraints)
    )
    password = request.make_password().reveal()
    assert len(password) == length
    for characters, least in constraints:
        assert sum(letter in characters for letter in password) >= least
    if constraints:
        assert set(password) <= set("".join(characters for characters, _ in constraints))


def test_a_password_that_nobody_described_has_letters_digits_and_symbols():
    password = ch.CredentialRequest().make_password().reveal()
    assert len(password) == 20
    for characters in (string.ascii_uppercase, string.ascii_lowercase, string.digits, string.punctuation):
        assert set(password) & set(characters)
    assert ch.CredentialRequest().make_password().reveal() != password


def test_constraints_that_cannot_be_met_are_refused():
    for constraint, problem in (
        (ch.PasswordConstraint("ab", 9), "cannot meet"),
        (ch.PasswordConstraint(""), "no char"),
    ):
        with pytest.raises(ConfigError, match=problem):
            ch.CredentialRequest(length=8, constraints=(constraint,)).make_password()


def test_a_chosen_password_is_the_password():
    assert ch.CredentialRequest(password=ch.Secret("chosen-1")).make_password().reveal() == "chosen-1"


NOW = datetime(2026, 1, 1, tzinfo=UTC)
FORM = ch.IssueOption(
    resource_type="user",
    option=ch.CredentialOption.TOKEN,
    scopes=("read",),
    audiences=("api",),
    custom_audiences=True,
    min_seconds=60,
    max_seconds=86_400,
)


@pytest.mark.parametrize(
    ("request_fields", "problem"),
    [
        ({"scopes": ("read",), "audiences": ("api", "any")}, None),
        ({"expires_at": NOW + timedelta(hours=1)}, None),
        ({"scopes": ("write",)}, "there is no scope 'write'"),
        ({"audiences": (" ",)}, "there is no audience"),
        ({"expires_at": NOW + timedelta(seconds=30)}, "cannot end at"),
        ({"expires_at": NOW + timedelta(days=2)}, "cannot end at"),
        ({"expires_at": NOW - timedelta(days=2)}, "cannot end at"),
    ],
)
def test_a_credential_is_issued_as_its_form_allows(request_fields, problem):
    request = ch.IssueRequest(option=ch.CredentialOption.TOKEN, **request_fields)
    if problem is None:
        FORM.check(request, NOW)
        return
    with pytest.raises(ConfigError, match=problem):
        FORM.check(request, NOW)


def test_a_key_needs_one_of_the_types_that_the_form_lists():
    rsa, curve = ch.KeyProfile(kty="RSA", bits=2048), ch.KeyProfile(kty="OKP", curve="Ed25519")
    form = ch.IssueOption(resource_type="user", option=ch.CredentialOption.KEYPAIR, key_profiles=(rsa,))
    form.check(ch.IssueRequest(option=ch.CredentialOption.KEYPAIR, key_profile=rsa), NOW)
    for profile in (curve, None):
        with pytest.raises(ConfigError, match="a key of this type cannot be issued") as caught:
            form.check(ch.IssueRequest(option=ch.CredentialOption.KEYPAIR, key_profile=profile), NOW)
        assert "RSA-2048" in caught.value.hint
    with pytest.raises(ConfigError, match="cannot be chosen"):
        form.check(
            ch.IssueRequest(option=ch.CredentialOption.KEYPAIR, key_profile=rsa, expires_at=NOW + timedelta(days=1)),
            NOW,
        )


def test_secrets_of_a_change_have_names():
    one = ch.Change(outcome=ch.Outcome.DONE, secret=ch.Secret("abcd"))
    assert [(entry.name, entry.value.reveal()) for entry in one.every_secret] == [("secret", "abcd")]
    several = (ch.NamedSecret("password", ch.Secret("abcd")), ch.NamedSecret("code", ch.Secret("efgh")))
    assert ch.Change(outcome=ch.Outcome.DONE, secrets=several).every_secret == several
