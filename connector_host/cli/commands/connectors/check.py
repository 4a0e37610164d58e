"""`connector-host check NAME`: sign in, and read a first page of each listing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click
from msgspec import to_builtins
from msgspec.structs import replace

from ....errors import ConnectorHostError, Stopped
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes
from ....plugins.facade import Connector
from ....sync.connection_check import ConnectionCheck, ListingCheck, check
from ...app import current_app
from ...host_options import SYNC_OPTIONS, click_option
from ...option_values import connector_options, host_options
from ...output_option import OutputFormat
from ...terminal.masked_streams import masked
from .connector_group import ConnectorCommand, ConnectorGroup, flags_of, output_option_for
from .connector_run import new_run, running
from .redacted_check import check_redacted

__all__ = ["command"]

ATTEMPTS = tuple(option for option in SYNC_OPTIONS if option.name == "max-attempts")
COLUMNS = ("Hook", "Of", "Items", "More", "Problem")
COLUMNS_FOR_PEOPLE = ("Listing", "Readable", "Items", "Problem")
TEXT = "Sign in, show the identity and what it cannot see, and read a first page of each listing. Nothing is written."


def _command(connector: Connector) -> ConnectorCommand:
    redact = click.Option(["--redact"], is_flag=True, help="Print versions, shapes and counts only, to send to others.")
    options = [*(click_option(option) for option in ATTEMPTS), redact, output_option_for(connector)]

    def run(output: OutputFormat, *, redact: bool, **arguments: Any) -> None:
        _check(connector, output, arguments, redact=redact)

    return ConnectorCommand(connector, run, options, TEXT)


def _check(connector: Connector, output: OutputFormat, arguments: Mapping[str, Any], *, redact: bool) -> None:
    app = current_app()
    host = host_options(app, ATTEMPTS, flags_of(ATTEMPTS, arguments))
    options = connector_options(app, connector.name, connector.options, flags_of(connector.options, arguments))
    run = new_run(app, connector)
    if redact:
        click.get_current_context().exit(check_redacted(connector, options, run, output, host["max-attempts"]))
    with masked(app.redactor):
        try:
            with running(app, run, connector):
                result = check(connector, options, run, max_attempts=host["max-attempts"])
        except ConnectorHostError as error:
            if not isinstance(error, Stopped):
                error.message = f"not ready to sync: {error.message}"
            raise
        output.show(_document(result))
    click.get_current_context().exit(result.exit_code)


def _document(result: ConnectionCheck) -> Document:
    records = [to_builtins(listing) for listing in result.listings]
    document = {"connector": result.connector, "identity": to_builtins(result.identity), "looks": records}
    return Document(
        parts=lambda: _parts(result),
        flat=TablePart(COLUMNS, lambda: map(_row, result.listings), numbers=frozenset({"Items"})),
        document=lambda: (json_bytes(document),),
        records=lambda: map(json_bytes, records),
    )


def _parts(result: ConnectionCheck) -> Iterator[DocumentPart]:
    identity = result.identity
    facts = (("Account", identity.account), ("User", identity.user), ("Plan", identity.plan), ("Mode", identity.mode))
    lines = [f"{name + ':':9} {value}" for name, value in facts if value]
    yield TextPart(tuple(lines or ["The connector does not report the identity that it is signed in as."]))
    if identity.limits:
        limits = (f"- {limit}" for limit in identity.limits)
        yield TextPart(("This identity cannot see or do everything:", *limits))
    yield TablePart(
        COLUMNS_FOR_PEOPLE, lambda: map(_row_for_people, _by_type(result.listings)), numbers=frozenset({"Items"})
    )
    hints = dict.fromkeys(listing.hint for listing in result.listings if listing.hint)
    if hints:
        yield TextPart(tuple(hints))
    yield TextPart((_verdict(result),))


def _verdict(result: ConnectionCheck) -> str:
    problems = [listing for listing in result.listings if listing.exit_code]
    if not problems:
        return f"Ready to sync: connector-host sync {result.connector}"
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"Not ready to sync: {_subject(problems[0])} cannot be read{more} because {problems[0].problem}"


def _row(listing: ListingCheck) -> Row:
    return (listing.hook, listing.subject, str(listing.items), "yes" if listing.more else "", listing.problem)


def _row_for_people(listing: ListingCheck) -> Row:
    items = f"{listing.items:,}{'+' if listing.more else ''}"
    return (_subject(listing), "no" if listing.exit_code else "yes", items, listing.problem)


WORDS = {
    "list_resource_types": "resource types",
    "list_resources": "resources of type {}",
    "list_static_entitlements": "entitlements of type {}",
    "list_type_entitlements": "entitlements of type {}",
    "list_entitlements": "entitlements of {}",
    "list_type_grants": "grants on resources of type {}",
    "list_grants": "grants on {}",
}
"""Listings by hook; `{}` stands for the subject."""


def _by_type(listings: list[ListingCheck]) -> list[ListingCheck]:
    """Return the listings with those of resources under parents joined to the listing of their type."""
    joined: dict[tuple[str, str], ListingCheck] = {}
    for listing in listings:
        key = listing.hook, listing.subject.partition(" under ")[0]
        first = joined.get(key)
        if listing.hook != "list_resources" or first is None:
            joined[key] = listing
            continue
        problem = first if first.exit_code else listing
        items, more = first.items + listing.items, first.more or listing.more
        joined[key] = replace(problem, subject=key[1], items=items, more=more)
    return list(joined.values())


def _subject(listing: ListingCheck) -> str:
    """Return a listing in words."""
    words = WORDS.get(listing.hook, f"{listing.hook} of {{}}")
    return words.format(listing.subject)


@click.group(name="check", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Check that a connector can sign in, and what it can see. Nothing is written.

    The exit code is 0 when the connector is ready to sync, else that of the first problem (4: not permitted).
    """
