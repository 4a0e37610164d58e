"""What a connector returns about accounts, credentials, tickets and images: each mistake is named, none is passed on."""

import re

import pytest
from msgspec.structs import replace

import connector_host as ch
from connector_host.errors import PluginError
from connector_host.plugins import credential_checks as checks

FIELD = ch.AccountField(name="team")
FORM = ch.TicketField(id="topic")
TICKET = ch.Ticket(id="T1")


@pytest.mark.parametrize(
    ("check", "value", "problem"),
    [
        (checks.checked_account_schema, None, "returned nothing, not an AccountSchema"),
        (checks.checked_account_schema, ch.AccountSchema(fields=None), "whose fields is nothing"),
        (checks.checked_account_schema, ch.AccountSchema(fields=("team",)), "returned a str among the fields"),
        (checks.checked_account_schema, ch.AccountSchema(fields=(FIELD, FIELD)), "the field team twice"),
        (checks.checked_account_schema, ch.AccountSchema(fields=(replace(FIELD, name=""),)), "without a name"),
        (checks.checked_account_schema, ch.AccountSchema(fields=(replace(FIELD, type="date"),)), "has the type 'date'"),
        (checks.checked_account_schema, ch.AccountSchema(fields=(replace(FIELD, default=5),)), "the default of team"),
        (
            checks.checked_account_schema,
            ch.AccountSchema(fields=(replace(FIELD, secret=True, default="x"),)),
            "the secret field team must be of type STRING, without a default",
        ),
        (
            checks.checked_account_schema,
            ch.AccountSchema(fields=(replace(FIELD, description=None),)),
            "whose description",
        ),
        (checks.checked_credential_details, ch.CredentialDetails(rotate=None), "whose rotate is nothing"),
        (
            checks.checked_credential_details,
            ch.CredentialDetails(create_account=(ch.CredentialOption.TOKEN,)),
            "is no credential option of create_account",
        ),
        (
            checks.checked_credential_details,
            ch.CredentialDetails(issue=(ch.IssueOption(resource_type="user", option=ch.CredentialOption.SSO),)),
            "is not a credential that can be issued",
        ),
        (
            checks.checked_credential_details,
            ch.CredentialDetails(issue=(ch.IssueOption(resource_type="user", option=ch.CredentialOption.KEYPAIR),)),
            "KEYPAIR has no key_profiles",
        ),
        (checks.checked_ticket_schema, ch.TicketSchema(id=""), "without an id"),
        (checks.checked_ticket_schema, ch.TicketSchema(id="a", fields=(FORM, FORM)), "the field topic twice"),
        (
            checks.checked_ticket_schema,
            ch.TicketSchema(id="a", fields=(replace(FORM, type="x"),)),
            "without an id or a type",
        ),
        (checks.checked_ticket, {"id": "T1"}, "returned a dict, not a Ticket"),
        (checks.checked_ticket, replace(TICKET, id=""), "a Ticket without an id"),
        (checks.checked_ticket, replace(TICKET, created_at="2026-01-01"), "whose created_at is a str"),
        (checks.checked_ticket, replace(TICKET, status="open"), "whose status is a str"),
        (checks.checked_ticket, replace(TICKET, labels="new"), "whose labels is a str"),
        (checks.checked_ticket, replace(TICKET, fields=None), "whose fields is nothing"),
        (checks.checked_ticket_result, ch.TicketResult(), "without a ticket and without an error"),
        (checks.checked_ticket_result, ch.TicketResult(error=ValueError("x")), "whose error is a ValueError"),
        (checks.checked_asset, ch.Asset("png", b""), "without a content type"),
        (checks.checked_asset, ch.Asset("image/png", "text"), "whose data are a str, not bytes"),
        (checks.checked_asset, ch.Asset("image/png", b"x" * (16 << 20) + b"x"), "bytes; 16,777,216 are allowed"),
    ],
)
def test_a_mistake_is_named(check, value, problem):
    with pytest.raises(PluginError, match=re.escape(problem)):
        check(value, "connector x: hook")


def test_a_bulk_hook_returns_a_result_for_each_request():
    result = ch.TicketResult(ticket=TICKET)
    assert checks.checked_ticket_results([result], 1, "x") == (result,)
    for value, problem in (([result], "returned 1 results for 2 requests"), ("ab", "returned a str, not a list")):
        with pytest.raises(PluginError, match=problem):
            checks.checked_ticket_results(value, 2, "x")
    dry = ch.TicketResult(outcome=ch.Outcome.PLANNED)
    assert checks.checked_ticket_result(dry, "x", dry_run=True) is dry
