"""`connector-host issue-credential NAME`: issue an API key, a token or another credential for an account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from ....c1z import ksuid
from ....credentials import CredentialDetails, IssueOption, IssueRequest, KeyProfile
from ....decoding.time_decoding import add_days, parse_time
from ....enums import CredentialOption
from ....errors import ConfigError
from ....output.document import Document, Row, TablePart, TextPart, json_bytes
from ....plugins.facade import Connector
from ....provision.change_requests import Issue
from ....provision.changer import Changer
from ....provision.credential_choice import OPTION_WORDS, choose_issue_option
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup
from ..provisioning.change_command import Job, Lookup, asking, begin, perform, spelled
from ..provisioning.resource_arguments import named_step, resource_options
from .secret_options import secret_of, secret_options

__all__ = ["command"]

TEXT = """Issue a new credential for an account, beside those that it has: an API key, a token, a key pair.

--forms lists what the connector can issue. The account is looked up in a c1z file, which does not change. The value of
the credential is written to a file that only you can read, or with --show-secret to standard output.
"""
FORMS = {
    OPTION_WORDS[option]: option
    for option in (
        CredentialOption.API_KEY,
        CredentialOption.TOKEN,
        CredentialOption.KEYPAIR,
        CredentialOption.CLIENT_SECRET,
    )
}
COLUMNS = ("Resource type", "Credential", "Keys", "Scopes", "Audiences", "Expires")
DAY = 86_400


def _run(connector: Connector, arguments: Mapping[str, Any]) -> None:
    job = begin(connector, "issue_credential", arguments)
    if arguments["forms"]:
        with asking(job) as changer:
            document = _forms_document(changer.credential_details())
        job.output.show(document)
        return
    request = _request(arguments)
    if arguments["resource"] is None:
        raise ConfigError("no account is specified", hint="Name it with --resource; --forms lists what can be issued.")
    step, lookup = named_step(job, arguments, lambda resource: Issue(resource, request))
    with secret_of(job, arguments, "new credential") as secret:
        try:
            _perform(job, step, lookup, secret.keep)
        finally:
            secret.show()


def _perform(job: Job, step: Issue, lookup: Lookup, keep: Any) -> None:
    def checked(changer: Changer) -> list[tuple[int, Issue]]:
        forms = changer.credential_details().issue
        choose_issue_option(step.request, step.resource.id.resource_type, forms, datetime.now(UTC))
        return [(0, step)]

    perform(job, checked, lookup=lookup, keep=keep)


def _request(arguments: Mapping[str, Any]) -> IssueRequest:
    if arguments["credential"] is None:
        raise ConfigError(
            "no credential is specified", hint=f"Choose one with --credential: {', '.join(FORMS)}; --forms lists them."
        )
    return IssueRequest(
        option=FORMS[arguments["credential"]],
        request_id=ksuid.new(),
        key_profile=_key(arguments["key"]),
        scopes=tuple(arguments["scope"]),
        audiences=tuple(arguments["audience"]),
        expires_at=_end(arguments["expires"]),
    )


def _key(text: str | None) -> KeyProfile | None:
    if text is None:
        return None
    key_type, _, detail = text.partition("-")
    if not key_type or not detail:
        raise ConfigError(f"--key: {text!r} is not TYPE-DETAIL", hint="For example: RSA-2048, EC-P-256, OKP-Ed25519.")
    if detail.isdecimal():
        return KeyProfile(kty=key_type.upper(), bits=int(detail))
    return KeyProfile(kty=key_type.upper(), curve=detail)


def _end(text: str | None) -> datetime | None:
    """Return a time with its zone; a number of days counts from now."""
    if text is None:
        return None
    try:
        days = text.removesuffix("d")
        return add_days(datetime.now(UTC), days) if days.isdecimal() else parse_time(text)
    except ValueError:
        raise ConfigError(
            f"--expires: {text!r} is not a time", hint="For example: 2026-12-31T18:00:00+00:00, or 90d for 90 days."
        ) from None


# ----------------------------------------------------------------------------------------------- the list of forms


def _forms_document(details: CredentialDetails) -> Document:
    table = TablePart(COLUMNS, lambda: map(_row, details.issue))
    records = [_record(form) for form in details.issue]
    part = table if details.issue else TextPart(("The connector does not say what it can issue.",))
    return Document(
        parts=lambda: (part,),
        flat=table,
        document=lambda: (json_bytes({"forms": records}),),
        records=lambda: map(json_bytes, records),
    )


def _row(form: IssueOption) -> Row:
    return (
        form.resource_type,
        OPTION_WORDS[form.option],
        ", ".join(map(str, form.key_profiles)),
        _names(form.scopes, is_free=form.custom_scopes),
        _names(form.audiences, is_free=form.custom_audiences),
        _days(form),
    )


def _names(names: tuple[str, ...], *, is_free: bool) -> str:
    return ", ".join((*names, *(("any other",) if is_free else ())))


def _days(form: IssueOption) -> str:
    least, most = form.min_seconds, form.max_seconds
    if least is None and most is None:
        return ""
    bounds = [f"after {least / DAY:.3g} days" if least and least >= DAY else ""]
    bounds.append(f"within {most / DAY:.3g} days" if most is not None else "")
    return ", ".join(filter(None, bounds)) or "any time"


def _record(form: IssueOption) -> dict[str, Any]:
    return {
        "resourceType": form.resource_type,
        "credential": OPTION_WORDS[form.option],
        "keys": [str(profile) for profile in form.key_profiles],
        "scopes": list(form.scopes),
        "customScopes": form.custom_scopes,
        "audiences": list(form.audiences),
        "customAudiences": form.custom_audiences,
        "minSeconds": form.min_seconds,
        "maxSeconds": form.max_seconds,
        "mode": form.mode.name.lower(),
        "secretType": form.secret_type,
    }


def _command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        _run(connector, arguments)

    own = [
        spelled(connector, "forms", ["--forms"], is_flag=True, help="List the credentials that can be issued."),
        spelled(connector, "credential", ["--credential"], type=click.Choice(tuple(FORMS)), help="Issue this one."),
        spelled(connector, "scope", ["--scope"], metavar="NAME", multiple=True, help="Limit it to this scope."),
        spelled(
            connector, "audience", ["--audience"], metavar="NAME", multiple=True, help="Limit it to this audience."
        ),
        spelled(connector, "key", ["--key"], metavar="TYPE", help="Make a key of this type, such as RSA-2048."),
        spelled(connector, "expires", ["--expires"], metavar="TIME", help="End it at this time, or in Nd days."),
        *secret_options(connector, "new credential"),
    ]
    options = resource_options(connector, *own)
    for option in options:
        if option.name == "resource":
            option.required = False  # --forms needs none
    return ConnectorCommand(connector, run, options, TEXT)


@click.group(name="issue-credential", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Issue a new credential for an account in the application itself.

    `connector-host issue-credential CONNECTOR --help` shows how to specify it, and the options of a connector.
    """
