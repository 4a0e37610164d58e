"""`connector-host delete NAME`: delete a resource in the application permanently."""

from __future__ import annotations

import sys
from typing import Any

import click

from ....errors import ConfigError
from ....output.terminal_text import printable
from ....plugins.facade import Connector
from ....provision.change_effects import ChangeEffects
from ....provision.change_requests import Delete
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup
from .change_command import begin, perform, spelled
from .resource_arguments import named_step, resource_options

__all__ = ["command"]

TEXT = """Delete an account or another resource in the application permanently.

It is looked up in a c1z file, which does not change. On a terminal you are asked to type its id; without one, use
--yes. A resource that does not exist any more counts as success.
"""


def _command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        job = begin(connector, "delete_resource", arguments)
        step, lookup = named_step(job, arguments, Delete)
        if not (arguments["yes"] or job.dry_run):
            _confirm(step, lookup.effects)
        perform(job, [(0, step)], lookup=lookup)

    yes = spelled(connector, "yes", ["--yes"], is_flag=True, help="Delete without asking.")
    return ConnectorCommand(connector, run, resource_options(connector, yes), TEXT)


def _confirm(step: Delete, effects: ChangeEffects) -> None:
    """Ask a person to type the id. Raises ConfigError for another answer, or without a terminal."""
    resource_id = str(step.resource.id)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigError(
            f"cannot {step.title()} without a confirmation, and there is no terminal to ask on", hint="Use --yes."
        )
    sys.stderr.writelines(f"{printable(reason)}\n" for reason in effects.reasons)
    sys.stderr.write(printable(f"This will {step.title()} permanently. Type {resource_id} to continue: "))
    sys.stderr.flush()
    if sys.stdin.readline().strip() != resource_id:
        raise ConfigError("the answer is not the id of the resource; nothing was deleted")


@click.group(name="delete", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Delete an account or another resource in the application itself permanently.

    `connector-host delete CONNECTOR --help` shows how to specify it, and the options of a connector.
    """
