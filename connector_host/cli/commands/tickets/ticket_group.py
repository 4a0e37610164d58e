"""`connector-host tickets`: the schemas of an application's ticket system, and its tickets."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from ....errors import Refused
from ....plugins.facade import Connector
from ....provision.audit_record import Audit
from ....provision.capability_checks import check_able
from ....provision.ticket_calls import TicketCalls
from ....sync.hook_calls import Caller, Sessions
from ....sync.limits import Pace
from ...option_values import connector_options
from ...terminal.masked_streams import masked
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup, flags_of
from ..connectors.connector_run import introduce, new_run, running
from ..provisioning.change_command import CHANGE_GRACE, Job, begin, common_options, question_options, spelled
from .ticket_documents import schema_document, schemas_document, tickets_document
from .ticket_requests import requests_of

__all__ = ["command"]

INCOMPLETE = 6
SCHEMAS_TEXT = """List the forms of tickets that can be created; with --schema the fields of one."""
CREATE_TEXT = """Create a ticket, or with --from-file several.

A file holds one ticket as a JSON object with schema_id, display_name and if needed description, type_id, status_id,
labels, custom_fields and requested_for_id, or several as {"tickets": [...]}. Every ticket is checked before the first
one is created.
"""
GET_TEXT = """Show the tickets with these IDS, as the application has them now."""

log = logging.getLogger(__name__)


@contextmanager
def _calls(job: Job) -> Iterator[TicketCalls]:
    connector, attempts = job.connector, job.host["max-attempts"]
    options = connector_options(job.app, connector.name, connector.options, flags_of(connector.options, job.arguments))
    run = new_run(job.app, connector)
    with masked(job.app.redactor), running(job.app, run, connector, signal_grace=CHANGE_GRACE):
        sessions = Sessions(connector, options, run, max_attempts=attempts)
        try:
            pace = Pace(connector.info.rate_limits, run)
            yield TicketCalls(
                connector, Caller(sessions, run, connector=connector.name, max_attempts=attempts, pace=pace)
            )
        finally:
            sessions.close()


# ----------------------------------------------------------------------------------------------- the commands


def _list_schemas(connector: Connector, arguments: Mapping[str, Any]) -> None:
    job = begin(connector, "list_ticket_schemas", {**arguments, "dry_run": False})
    with _calls(job) as calls:
        chosen = arguments["schema"]
        document = schema_document(calls.schema(chosen)) if chosen else schemas_document(calls.schemas())
    job.output.show(document)


def _create(connector: Connector, arguments: Mapping[str, Any]) -> None:
    job = begin(connector, "create_ticket", arguments)
    with _calls(job) as calls:
        identity = calls.identity()
        introduce(identity.account, identity.user, identity.plan, identity.mode, identity.limits)
        requests, many = requests_of(arguments, calls.schema)
        if len(requests) > 1 and "create_tickets" in connector.hooks:
            check_able(connector, "create_tickets", dry_run=job.dry_run)
        with Audit(job.audit, job.app.redactor, connector=connector.name) as audit:
            audit.identify(identity)
            results = calls.create(requests, audit, dry_run=job.dry_run)
        log.info("Recorded in %s", job.audit)
    job.output.show(tickets_document(results, [request.display_name for request in requests], many=many))
    problems = [result.error for result in results if result.error]
    if problems and not many:
        raise Refused(f"the ticket was not created: {problems[0]}")
    if problems:
        click.get_current_context().exit(INCOMPLETE)


def _get(connector: Connector, arguments: Mapping[str, Any]) -> None:
    job = begin(connector, "get_ticket", {**arguments, "dry_run": False})
    ids: tuple[str, ...] = arguments["ticket_ids"]
    with _calls(job) as calls:
        results = calls.get(ids)
    job.output.show(tickets_document(results, ids, many=len(ids) > 1))
    if any(result.error for result in results):
        click.get_current_context().exit(INCOMPLETE)


def _schemas_command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        _list_schemas(connector, arguments)

    own = [spelled(connector, "schema", ["--schema"], metavar="ID", help="Show the fields of this schema.")]
    return ConnectorCommand(connector, run, [*own, *question_options(connector)], SCHEMAS_TEXT)


def _create_command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        _create(connector, arguments)

    words: tuple[tuple[str, str, str, str, bool], ...] = (
        ("schema", "--schema", "ID", "Create it by this schema.", False),
        ("title", "--title", "TEXT", "Set its title.", False),
        ("description", "--description", "TEXT", "Set its description.", False),
        ("ticket_type", "--type", "ID", "Set its type.", False),
        ("status", "--status", "ID", "Set its status.", False),
        ("label", "--label", "TEXT", "Set a label.", True),
        ("field", "--field", "ID=VALUE", "Set a field of the schema.", True),
        ("requested_for", "--requested-for", "TYPE:ID", "Request it for this person.", False),
        ("from_file", "--from-file", "FILE", "Create the ticket or tickets of this JSON file.", False),
    )
    own = [
        spelled(connector, parameter, [flag], metavar=metavar, help=text, multiple=multiple)
        for parameter, flag, metavar, text, multiple in words
    ]
    return ConnectorCommand(connector, run, [*own, *common_options(connector, file=False)], CREATE_TEXT)


def _get_command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        _get(connector, arguments)

    tickets = ConnectorCommand(connector, run, question_options(connector), GET_TEXT)
    tickets.params.append(click.Argument(["ticket_ids"], metavar="IDS", nargs=-1, required=True))
    return tickets


@click.group(name="tickets")
def command() -> None:
    """Read and create tickets in the ticket system of an application."""


@command.group(name="schemas", cls=ConnectorGroup, make=_schemas_command)
def schemas() -> None:
    """List the forms of tickets that can be created."""


@command.group(name="create", cls=ConnectorGroup, make=_create_command)
def create() -> None:
    """Create a ticket in the application, or several from a file."""


@command.group(name="get", cls=ConnectorGroup, make=_get_command)
def get() -> None:
    """Show the tickets with these IDS, as the application has them now."""
