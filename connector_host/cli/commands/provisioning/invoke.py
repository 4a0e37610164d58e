"""`connector-host invoke NAME`: list the actions of a connector, and invoke one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
import msgspec

from ....actions import ActionResult, ActionSchema, ActionStatus
from ....errors import ConfigError, Refused
from ....model import Resource, ResourceId
from ....output.document import Document, DocumentPart, TablePart, TextPart, json_bytes
from ....plugins.facade import Connector
from ....provision import change_targets
from ....provision.action_calls import ActionCalls, check_arguments, choose_action
from ....provision.audit_record import Audit
from ....query.sync_origin import read_origin
from ....run import Run
from ....sync.hook_calls import Caller, Sessions
from ...option_values import connector_options
from ...terminal.masked_streams import masked
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup, flags_of
from ..connectors.connector_run import new_run, running
from .change_command import CHANGE_GRACE, Job, begin, check_origin, common_options, looking_up, spelled
from .json_arguments import assignments, json_object

__all__ = ["command"]

TEXT = """Invoke an action of the connector, or without --action list its actions.

Arguments are specified as --argument NAME=VALUE, once for each, or together with --arguments JSON. An action of a
resource type needs --resource, which is looked up in a c1z file.
"""
COLUMNS = ("Action", "Resource type", "Arguments", "Description")

log = logging.getLogger(__name__)


def _run(connector: Connector, arguments: Mapping[str, Any]) -> None:
    job = begin(connector, "invoke_action", arguments)
    if not arguments["action"] and (arguments["argument"] or arguments["arguments"] or arguments["resource"]):
        raise ConfigError("no action is specified", hint="Name it with --action; without arguments they are listed.")
    run = new_run(job.app, connector)
    with (
        masked(job.app.redactor),
        running(job.app, run, connector, signal_grace=CHANGE_GRACE),
        _calls(job, run) as calls,
    ):
        document, result = _perform(job, calls)
    job.output.show(document)
    if result is not None and result.status is ActionStatus.FAILED:
        raise Refused(f"the action failed{f': {result.message}' if result.message else ''}")


def _perform(job: Job, calls: ActionCalls) -> tuple[Document, ActionResult | None]:
    """Do what the command line asks for; return what to show, and the result of an action."""
    arguments = job.arguments
    if arguments["status"]:
        result = calls.status(arguments["status"])
    elif not arguments["action"]:
        return _list_document(calls.list_actions()), None
    else:
        resource = _resource(job, calls) if arguments["resource"] else None
        action = choose_action(calls.list_actions(), arguments["action"], resource)
        values = check_arguments(action, _values(arguments))
        for secret in values.secrets():
            job.app.redactor.add(secret)
        with Audit(job.audit, job.app.redactor, connector=job.connector.name) as audit:
            result = calls.invoke(action, values, resource, audit, dry_run=job.dry_run)
        log.info("Recorded in %s", job.audit)
    if arguments["wait"]:
        result = calls.wait(result)
    return _result_document(result), result


def _resource(job: Job, calls: ActionCalls) -> Resource:
    """Return the resource of the command line as stored in a file of the account that is signed in."""
    text, resource_type = job.arguments["resource"], job.arguments["resource_type"]
    with looking_up(job) as view:
        check_origin(job, read_origin(view.sync), calls.identity())
        return change_targets.resource(view, text if resource_type is None else ResourceId(resource_type, text))


@contextmanager
def _calls(job: Job, run: Run) -> Iterator[ActionCalls]:
    connector = job.connector
    options = connector_options(job.app, connector.name, connector.options, flags_of(connector.options, job.arguments))
    sessions = Sessions(connector, options, run, max_attempts=job.host["max-attempts"])
    try:
        caller = Caller(sessions, run, connector=connector.name, max_attempts=job.host["max-attempts"])
        yield ActionCalls(connector, caller, run)
    finally:
        sessions.close()


def _values(arguments: Mapping[str, Any]) -> dict[str, Any]:
    values = json_object("--arguments", arguments["arguments"]) or {}
    return {**values, **assignments("--argument", arguments["argument"])}


def _list_document(actions: Sequence[ActionSchema]) -> Document:
    table = TablePart(COLUMNS, lambda: map(_row, actions))
    records = [_schema_record(action) for action in actions]
    parts: list[DocumentPart] = [table if actions else TextPart(("The connector has no actions.",))]
    return Document(
        parts=lambda: parts,
        flat=table,
        document=lambda: (json_bytes({"actions": records}),),
        records=lambda: map(json_bytes, records),
    )


def _row(action: ActionSchema) -> tuple[str, ...]:
    names = ", ".join(f"{option.name}{'' if option.required else '?'}" for option in action.arguments)
    return action.name, action.resource_type, names, action.description or action.display_name


def _schema_record(action: ActionSchema) -> dict[str, Any]:
    arguments = [
        {
            "name": option.name,
            "type": str(option.type),
            "required": option.required,
            "description": option.help,
            "choices": list(option.choices),
            "secret": option.secret,
        }
        for option in action.arguments
    ]
    return {
        "name": action.name,
        "displayName": action.display_name,
        "description": action.description,
        "resourceType": action.resource_type,
        "arguments": arguments,
    }


def _result_document(result: ActionResult) -> Document:
    record = {
        "status": str(result.status),
        "id": result.id,
        "values": msgspec.to_builtins(result.values or {}),
        "calls": list(result.calls),
        "message": result.message,
    }
    lines = [
        f"{result.status}{f' ({result.id})' if result.id else ''}{f': {result.message}' if result.message else ''}"
    ]
    lines += [f"  {call}" for call in result.calls]
    lines += [f"{name}: {value}" for name, value in record["values"].items()]
    if result.status is ActionStatus.RUNNING:
        lines.append(f"To see its state: --status {result.id}")
    return Document(
        parts=lambda: iter((TextPart(tuple(lines)),)),
        flat=TablePart(("Status", "Id", "Message"), lambda: iter(((str(result.status), result.id, result.message),))),
        document=lambda: (json_bytes(record),),
        records=lambda: (json_bytes(record),),
    )


def _command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        _run(connector, arguments)

    options = [
        spelled(connector, "action", ["--action"], metavar="NAME", help="Invoke this action. [default: list them]"),
        spelled(
            connector, "argument", ["--argument"], metavar="NAME=VALUE", multiple=True, help="Set one of its arguments."
        ),
        spelled(connector, "arguments", ["--arguments"], metavar="JSON", help="Set its arguments as a JSON object."),
        spelled(
            connector,
            "resource",
            ["--resource"],
            metavar="ID",
            help="Invoke it on this resource: an id, or a unique name.",
        ),
        spelled(connector, "resource_type", ["--resource-type"], metavar="TYPE", help="Take ID as an id of this type."),
        spelled(
            connector,
            "sync_id",
            ["--sync-id", "--sync"],
            metavar="ID",
            help="Look it up in this sync. [default: newest]",
        ),
        spelled(connector, "wait", ["--wait"], is_flag=True, help="Wait until the action no longer runs."),
        spelled(connector, "status", ["--status"], metavar="ID", help="Show the state of an action that was started."),
    ]
    return ConnectorCommand(connector, run, [*options, *common_options(connector)], TEXT)


@click.group(name="invoke", cls=ConnectorGroup, make=_command)
def command() -> None:
    """List the actions of a connector, and invoke one in the application itself.

    `connector-host invoke CONNECTOR --help` shows how, and the options of a connector.
    """
