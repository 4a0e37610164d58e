"""`connector-host set-status NAME`: enable or disable an account in the application."""

from __future__ import annotations

from typing import Any

import click

from ....model import ResourceStatus
from ....plugins.facade import Connector
from ....provision.change_requests import SetStatus
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup
from .change_command import begin, perform, spelled
from .resource_arguments import named_step, resource_options

__all__ = ["command"]

STATUSES = {"enabled": ResourceStatus.ENABLED, "disabled": ResourceStatus.DISABLED}
TEXT = """Enable or disable an account in the application.

It is looked up in a c1z file, which does not change. An account that has the status already counts as success.
"""


def _command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        job = begin(connector, "set_status", arguments)
        status = STATUSES[arguments["status"]]
        step, lookup = named_step(job, arguments, lambda resource: SetStatus(resource, status))
        perform(job, [(0, step)], lookup=lookup)

    choice = click.Choice(list(STATUSES))
    status = spelled(connector, "status", ["--status"], type=choice, required=True, help="Set this status.")
    return ConnectorCommand(connector, run, resource_options(connector, status), TEXT)


@click.group(name="set-status", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Enable or disable an account in the application itself.

    `connector-host set-status CONNECTOR --help` shows how to specify it, and the options of a connector.
    """
