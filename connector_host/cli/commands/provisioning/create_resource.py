"""`connector-host create-resource NAME`: create a group or another resource in the application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ....errors import ConfigError
from ....model import Resource, ResourceId
from ....plugins.facade import Connector
from ....provision.change_requests import CreateResource
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup
from .change_command import begin, common_options, perform, spelled
from .json_arguments import json_object

__all__ = ["command"]

TEXT = """Create a group or another resource in the application.

A resource that exists already counts as success. The next sync lists the new one.
"""


def _run(connector: Connector, arguments: Mapping[str, Any]) -> None:
    job = begin(connector, "create_resource", arguments)
    perform(job, [(0, CreateResource(_resource(arguments)))])


def _resource(arguments: Mapping[str, Any]) -> Resource:
    name = arguments["display_name"].strip()
    if not name:
        raise ConfigError("--name is empty", hint="Specify the name of the resource.")
    return Resource(
        ResourceId(arguments["resource_type"], arguments["resource_id"] or ""),
        name,
        _parent(arguments["parent"]),
        arguments["description"] or "",
        profile=json_object("--profile", arguments["profile"]),
    )


def _parent(text: str | None) -> ResourceId | None:
    if text is None:
        return None
    type_id, separator, key = text.partition(":")
    if not (type_id and separator and key):
        raise ConfigError(f"--parent: {text!r} is not an id", hint="Specify it as TYPE:ID, as `resources` lists it.")
    return ResourceId(type_id, key)


def _command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        _run(connector, arguments)

    options = [
        spelled(connector, "resource_type", ["--resource-type"], metavar="TYPE", required=True, help="Set its type."),
        spelled(connector, "display_name", ["--name"], metavar="NAME", required=True, help="Set its display name."),
        spelled(connector, "parent", ["--parent"], metavar="ID", help="Create it under this resource (TYPE:ID)."),
        spelled(connector, "description", ["--description"], metavar="TEXT", help="Set its description."),
        spelled(
            connector, "resource_id", ["--id"], metavar="ID", help="Choose its id, if the application allows that."
        ),
        spelled(
            connector,
            "profile",
            ["--profile"],
            metavar="JSON",
            help="Set further properties, as the connector defines them.",
        ),
    ]
    return ConnectorCommand(connector, run, [*options, *common_options(connector, file=False)], TEXT)


@click.group(name="create-resource", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Create a group or another resource in the application itself.

    `connector-host create-resource CONNECTOR --help` shows its properties, and the options of a connector.
    """
