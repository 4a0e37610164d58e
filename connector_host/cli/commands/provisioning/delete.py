"""`connector-host delete NAME`: delete a resource in the application, for good."""

from __future__ import annotations

import sys
from typing import Any

import click

from ....errors import ConfigError
from ....plugins.facade import Connector
from ....provision.change_requests import Delete
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup
from .change_command import begin, perform, spelled
from .resource_arguments import named_resource, resource_options

__all__ = ["command"]

TEXT = """Delete an account or another resource, in the application, for good.

It is looked up in a c1z file, which stays as it is. A person is asked to type its id; without a terminal, --yes must
be given. What is gone already is success.
"""


def _command(connector: Connector) -> ConnectorCommand:
    def run(**given: Any) -> None:
        job = begin(connector, "delete_resource", given)
        step = Delete(named_resource(job, given))
        if not (given["yes"] or job.dry_run):
            _confirm(step)
        perform(job, [(0, step)])

    yes = spelled(connector, "yes", ["--yes"], is_flag=True, help="Do not ask.")
    return ConnectorCommand(connector, run, resource_options(connector, yes), TEXT)


def _confirm(step: Delete) -> None:
    """ConfigError unless a person types the id."""
    wanted = str(step.resource.id)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigError(f"to {step.title()} is for good, and nobody is there to say yes", hint="Give --yes.")
    sys.stderr.write(f"About to {step.title()} for good. Type {wanted} to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != wanted:
        raise ConfigError("that is not it; nothing was deleted")


@click.group(name="delete", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Delete an account or another resource in the application itself, for good.

    `connector-host delete CONNECTOR --help` shows how to name it, and the options of a connector.
    """
