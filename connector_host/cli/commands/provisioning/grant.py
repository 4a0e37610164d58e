"""`connector-host grant NAME`: give somebody something, in the application."""

from __future__ import annotations

import click

from ....c1z.types import View
from ....errors import ConfigError
from ....plugins.facade import Connector
from ....provision.change_file import give_line
from ....provision.change_requests import Give
from ....provision.change_targets import give
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup
from .grant_arguments import Named, Verb, granting_command

__all__ = ["command"]

TEXT = """Give WHO what WHAT stands for, in the application.

Both are looked up in a c1z file, which stays as it is: sync again to see the change in it. What is held already is
success.
"""


def _find(view: View, named: Named) -> Give:
    if named.who is None or named.what is None:
        raise ConfigError("a grant needs to know who and what", hint="Give --principal and --entitlement.")
    return give(view, named.who, named.what)


def _command(connector: Connector) -> ConnectorCommand:
    return granting_command(connector, Verb("grant", _find, give_line, TEXT))


@click.group(name="grant", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Give somebody something, in the application itself.

    `connector-host grant CONNECTOR --help` shows how to name it, and the options of a connector.
    """
