"""Arguments for a new account: its names, and the fields that the connector declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ....credentials import AccountField, AccountRequest, AccountSchema, CredentialDetails
from ....errors import ConfigError
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes
from ....plugins.facade import Connector
from ....provision.credential_choice import OPTION_WORDS, choose_credentials
from ....secret import Secret
from ....traits import Email
from ...app import App
from ...option_values import ask_person, is_interactive
from ..provisioning.change_command import spelled
from ..provisioning.json_arguments import assignments, json_object, unicode_text
from .credential_arguments import credential_request

__all__ = ["account_options", "account_request", "fields_document"]

COLUMNS = ("Field", "Type", "Required", "Default", "Description")
NAMES = ("login", "email", "display_name")
"""Fields of a request that have an option of their own; a schema may declare them, too."""


def account_options(connector: Connector) -> list[click.Option]:
    """Return the options that describe the account."""
    words: tuple[tuple[str, tuple[str, ...], str, str, bool], ...] = (
        ("account_email", ("--email", "--account-email", "--create-account-email"), "ADDRESS",
         "Set its e-mail address.", False),
        ("other_email", ("--other-email",), "ADDRESS", "Set a further e-mail address.", True),
        ("login", ("--login", "--account-login", "--create-account-login"), "LOGIN",
         "Set the login that it signs in with.", False),
        ("login_alias", ("--login-alias",), "LOGIN", "Set a further login.", True),
        ("display_name", ("--display-name", "--account-name"), "NAME", "Set its display name.", False),
        ("field", ("--field",), "NAME=VALUE", "Set a field that the connector declares.", True),
        ("profile", ("--profile", "--create-account-profile"), "JSON",
         "Set fields as a JSON object, or as @FILE with one.", False),
        ("resource_type", ("--resource-type", "--create-account-resource-type"), "TYPE",
         "Create an account of this type. [default: the connector chooses]", False),
    )  # fmt: skip
    return [
        spelled(connector, parameter, flags, metavar=metavar, help=text, multiple=multiple)
        for parameter, flags, metavar, text, multiple in words
    ]


def account_request(
    app: App, arguments: Mapping[str, Any], schema: AccountSchema | None, details: CredentialDetails
) -> AccountRequest:
    """Return the request that the arguments describe, checked against the connector's fields and credentials.

    A person at a terminal is asked for required fields without a value. Raises ConfigError.
    """
    profile = json_object("--profile", arguments["profile"]) or {}
    profile |= assignments("--field", arguments["field"])
    names = {
        "login": unicode_text("--login", arguments["login"] or "").strip(),
        "email": unicode_text("--email", arguments["account_email"] or "").strip(),
        "display_name": unicode_text("--display-name", arguments["display_name"] or ""),
    }
    if schema is not None:
        profile = _completed(app, schema, profile, names)
    if not names["email"] and not names["login"] and (schema is None or not profile):
        raise ConfigError(
            "no e-mail address and no login is specified", hint="Specify the account: --account-email or --login."
        )
    return AccountRequest(
        **names,
        profile=profile if profile or arguments["profile"] is not None else None,
        resource_type=arguments["resource_type"] or "",
        other_emails=tuple(Email(unicode_text("--other-email", text)) for text in arguments["other_email"]),
        login_aliases=tuple(unicode_text("--login-alias", text) for text in arguments["login_alias"]),
        credentials=choose_credentials(credential_request(app, arguments), details.create_account),
    )


def _completed(app: App, schema: AccountSchema, profile: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return the profile in its types; names that the schema declares and those of the request complete each other."""
    known = {field.name: field for field in schema.fields}
    for name in NAMES:
        if name in known and not profile.get(name) and names[name]:
            profile[name] = names[name]
    if is_interactive():
        for field in schema.asked:
            if field.required and field.default is None and profile.get(field.name) in (None, ""):
                profile[field.name] = _ask(app, field)
    for field in schema.fields:
        if field.secret and isinstance(value := profile.get(field.name), str):
            app.redactor.add(value)
    values = schema.parse(profile, "--field {}".format)
    for name in NAMES:
        if not names[name] and isinstance(value := values.get(name), str):
            names[name] = value
    return values


def _ask(app: App, field: AccountField) -> str | None:
    example = f" (for example {field.placeholder})" if field.placeholder else ""
    return ask_person(app, f"{field.label}{example}", is_secret=field.secret) or None


# ----------------------------------------------------------------------------------------------- the list of fields


def fields_document(schema: AccountSchema | None, details: CredentialDetails) -> Document:
    """Return the fields of a new account, and the credentials that it can get."""
    fields = schema.asked if schema is not None else ()
    table = TablePart(COLUMNS, lambda: map(_row, fields))
    forms = [OPTION_WORDS[option] for option in details.create_account]
    parts: list[DocumentPart] = [table if fields else TextPart(("The connector declares no fields.",))]
    if forms:
        parts.append(TextPart((f"Credentials: {', '.join(forms)}. The first one is the default.",)))
    records = [_record(field) for field in fields]
    record = {"fields": records, "credentials": forms}
    return Document(
        parts=lambda: parts,
        flat=table,
        document=lambda: (json_bytes(record),),
        records=lambda: map(json_bytes, records),
    )


def _row(field: AccountField) -> Row:
    words = field.description or field.label
    if field.placeholder:
        words = f"{words} (for example {field.placeholder})"
    return field.name, str(field.type), "yes" if field.required else "", _default(field), words


def _default(field: AccountField) -> str:
    if field.default is None or isinstance(field.default, Secret):
        return ""
    return ", ".join(field.default) if isinstance(field.default, tuple) else str(field.default)


def _record(field: AccountField) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": str(field.type),
        "displayName": field.display_name,
        "description": field.description,
        "required": field.required,
        "placeholder": field.placeholder,
        "default": None if field.secret else field.default,
        "secret": field.secret,
    }
