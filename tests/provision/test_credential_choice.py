"""The choice of credentials: the preferred option, and what the connector does not support."""

from datetime import UTC, datetime

import pytest

import connector_host as ch
from connector_host.provision.credential_choice import choose_credentials, choose_issue_option

OPTION = ch.CredentialOption


@pytest.mark.parametrize(
    ("requested", "supported", "chosen"),
    [
        (OPTION.UNSPECIFIED, (), OPTION.UNSPECIFIED),
        (OPTION.UNSPECIFIED, (OPTION.SSO, OPTION.NO_PASSWORD), OPTION.SSO),
        (OPTION.UNSPECIFIED, (OPTION.ENCRYPTED_PASSWORD, OPTION.NO_PASSWORD), OPTION.NO_PASSWORD),
        (OPTION.NO_PASSWORD, (OPTION.SSO, OPTION.NO_PASSWORD), OPTION.NO_PASSWORD),
        (OPTION.SSO, (), OPTION.SSO),
    ],
)
def test_the_first_option_that_can_be_used_is_the_default(requested, supported, chosen):
    assert choose_credentials(ch.CredentialRequest(option=requested), supported).option is chosen


@pytest.mark.parametrize(
    ("request_fields", "supported", "problem"),
    [
        ({"option": OPTION.SSO}, (OPTION.NO_PASSWORD,), "the connector has no credentials sso"),
        ({"option": OPTION.ENCRYPTED_PASSWORD}, (), "no password was chosen"),
        ({}, (OPTION.ENCRYPTED_PASSWORD,), "needs a chosen password"),
        (
            {"option": OPTION.RANDOM_PASSWORD, "length": 8, "constraints": (ch.PasswordConstraint("a", 9),)},
            (),
            "cannot",
        ),
    ],
)
def test_what_cannot_be_made_is_refused_before_the_hook_is_called(request_fields, supported, problem):
    with pytest.raises(ch.ConfigError, match=problem):
        choose_credentials(ch.CredentialRequest(**request_fields), supported)


def test_a_connector_without_forms_is_asked_for_anything():
    request = ch.IssueRequest(option=OPTION.TOKEN)
    assert choose_issue_option(request, "user", (), datetime.now(UTC)) is None
    form = ch.IssueOption(resource_type="service", option=OPTION.TOKEN)
    assert choose_issue_option(request, "service", (form,), datetime.now(UTC)) is form
    with pytest.raises(ch.ConfigError, match="no token can be issued for the type 'user'"):
        choose_issue_option(request, "user", (form,), datetime.now(UTC))
