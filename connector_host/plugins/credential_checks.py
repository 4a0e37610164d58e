"""Checks of what a connector returns about new accounts, credentials, tickets and images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from ..credentials import AccountField, AccountFieldType, AccountSchema, CredentialDetails, IssueOption
from ..enums import CredentialMode, CredentialOption, Outcome
from ..errors import ConfigError, PluginError
from ..model import Asset, Page, Resource
from ..tickets import Ticket, TicketChoice, TicketField, TicketFieldType, TicketResult, TicketSchema
from .contract_checks import add_name, article, type_words

__all__ = [
    "checked_account_schema",
    "checked_asset",
    "checked_credential_details",
    "checked_ticket",
    "checked_ticket_result",
    "checked_ticket_results",
    "checked_ticket_schema",
    "checked_ticket_schemas",
]

OF_ACCOUNTS = frozenset(
    {
        CredentialOption.NO_PASSWORD,
        CredentialOption.RANDOM_PASSWORD,
        CredentialOption.SSO,
        CredentialOption.ENCRYPTED_PASSWORD,
    }
)
TICKET_TYPES: Mapping[str, Any] = {
    **dict.fromkeys(("id", "display_name", "description", "url"), str),
    **dict.fromkeys(("labels", "assignees"), (tuple, list)),
    **dict.fromkeys(("type", "status"), (TicketChoice, type(None))),
    **dict.fromkeys(("reporter", "requested_for"), (Resource, type(None))),
    **dict.fromkeys(("created_at", "updated_at", "completed_at"), (datetime, type(None))),
    "fields": Mapping,
}
SEQUENCE = (tuple, list)
ISSUED = frozenset(
    {
        CredentialOption.API_KEY,
        CredentialOption.KEYPAIR,
        CredentialOption.TOKEN,
        CredentialOption.CLIENT_SECRET,
    }
)
MOST_BYTES = 16 << 20

T = TypeVar("T")


def _instance(value: object, expected: type[T], where: str) -> T:
    if not isinstance(value, expected):
        raise PluginError(f"{where} returned {type_words(value)}, not {article(expected.__name__)}")
    return value


def _check_types(value: Any, types: Mapping[str, Any], where: str) -> None:
    """Raise PluginError for a field of a value that has none of its types."""
    for name, allowed in types.items():
        if not isinstance(getattr(value, name), allowed):
            raise PluginError(
                f"{where} returned {article(type(value).__name__)} whose {name} is {type_words(getattr(value, name))}"
            )


# ----------------------------------------------------------------------------------------------- accounts, credentials


def checked_account_schema(value: object, where: str) -> AccountSchema:
    """Return the value of `account_schema` if its fields have names of their own, types, and defaults that fit."""
    checked = _instance(value, AccountSchema, where)
    _check_types(checked, {"fields": SEQUENCE}, where)
    names: set[str] = set()
    for field in checked.fields:
        if not isinstance(field, AccountField):
            raise PluginError(f"{where} returned {type_words(field)} among the fields, not an AccountField")
        add_name(names, field.name, "field", where)
        if field.type not in tuple(AccountFieldType):
            raise PluginError(f"{where}: the field {field.name} has the type {field.type!r}, not an AccountFieldType")
        _check_types(field, dict.fromkeys(("display_name", "description", "placeholder"), str), where)
        if field.secret and (field.type is not AccountFieldType.STRING or field.default is not None):
            raise PluginError(f"{where}: the secret field {field.name} must be of type STRING, without a default")
        if field.default is not None:
            try:
                field.parse(field.default, f"the default of {field.name}")
            except ConfigError as error:
                raise PluginError(f"{where}: {error}") from error
    return checked


def checked_credential_details(value: object, where: str) -> CredentialDetails:
    """Return the value of `credential_details` if each option fits its use."""
    checked = _instance(value, CredentialDetails, where)
    _check_types(checked, dict.fromkeys(("create_account", "rotate", "issue"), SEQUENCE), where)
    for use in ("create_account", "rotate"):
        for option in getattr(checked, use):
            if option not in OF_ACCOUNTS:
                raise PluginError(f"{where}: {option!r} is no credential option of {use}")
    for form in checked.issue:
        _instance(form, IssueOption, where)
        if form.option not in ISSUED:
            raise PluginError(f"{where}: {form.option!r} is not a credential that can be issued")
        if form.mode not in (CredentialMode.DISCOVERABLE, CredentialMode.VIRTUAL):
            raise PluginError(f"{where}: the mode of {form.option.name} is neither DISCOVERABLE nor VIRTUAL")
        if form.option is CredentialOption.KEYPAIR and not form.key_profiles:
            raise PluginError(f"{where}: KEYPAIR has no key_profiles, so no key could be requested")
    return checked


# ----------------------------------------------------------------------------------------------- tickets, images


def checked_ticket_schema(value: object, where: str) -> TicketSchema:
    """Return a ticket schema if it has an id, and fields with ids of their own and known types."""
    checked = _instance(value, TicketSchema, where)
    if not isinstance(checked.id, str) or not checked.id:
        raise PluginError(f"{where} returned a TicketSchema without an id")
    _check_types(checked, dict.fromkeys(("types", "statuses", "fields"), SEQUENCE), where)
    names: set[str] = set()
    for field in checked.fields:
        if not isinstance(field, TicketField) or not field.id or field.type not in tuple(TicketFieldType):
            raise PluginError(f"{where}: the ticket schema {checked.id} has a field without an id or a type")
        if field.id in names:
            raise PluginError(f"{where}: the ticket schema {checked.id} has the field {field.id} twice")
        names.add(field.id)
    return checked


def checked_ticket_schemas(page: Page[TicketSchema], where: str) -> Page[TicketSchema]:
    """Return a page of ticket schemas if each is one."""
    for schema in page.items:
        checked_ticket_schema(schema, where)
    return page


def checked_ticket(value: object, where: str) -> Ticket:
    """Return the value of `get_ticket` if it is a Ticket with an id."""
    checked = _instance(value, Ticket, where)
    _check_types(checked, TICKET_TYPES, where)
    if not checked.id:
        raise PluginError(f"{where} returned a Ticket without an id")
    return checked


def checked_ticket_result(value: object, where: str, *, dry_run: bool = False) -> TicketResult:
    """Return a result if it has a ticket or an error; of a dry run, neither is needed."""
    checked = _instance(value, TicketResult, where)
    _check_types(checked, {"error": str, "outcome": Outcome, "calls": SEQUENCE}, where)
    if checked.ticket is not None:
        checked_ticket(checked.ticket, where)
    elif not checked.error and not dry_run:
        raise PluginError(
            f"{where} returned a TicketResult without a ticket and without an error",
            hint="The ticket may have been created: check the application.",
        )
    return checked


def checked_ticket_results(value: object, count: int, where: str, *, dry_run: bool = False) -> tuple[TicketResult, ...]:
    """Return the results of a bulk hook if there is one for each of `count` requests."""
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise PluginError(f"{where} returned {type_words(value)}, not a list of TicketResult")
    if len(value) != count:
        raise PluginError(f"{where} returned {len(value)} results for {count} requests")
    return tuple(checked_ticket_result(result, where, dry_run=dry_run) for result in value)


def checked_asset(value: object, where: str) -> Asset:
    """Return the value of `get_asset` if it has a content type and bytes."""
    checked = _instance(value, Asset, where)
    if not isinstance(checked.content_type, str) or "/" not in checked.content_type:
        raise PluginError(f"{where} returned an Asset without a content type")
    if not isinstance(checked.data, bytes):
        raise PluginError(f"{where} returned an Asset whose data are {type_words(checked.data)}, not bytes")
    if len(checked.data) > MOST_BYTES:
        raise PluginError(f"{where} returned an Asset of {len(checked.data):,} bytes; {MOST_BYTES:,} are allowed")
    return checked
