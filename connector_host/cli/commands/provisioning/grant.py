"""`connector-host grant NAME`: grant an entitlement in the application."""

from __future__ import annotations

import click

from ....c1z.types import View
from ....errors import ConfigError
from ....plugins.facade import Connector
from ....provision.change_file import give_line
from ....provision.change_requests import Give
from ....provision.change_targets import give
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup
from .grant_arguments import GrantAction, GrantTarget, granting_command

__all__ = ["command"]

TEXT = """Grant an entitlement to a principal in the application.

Both are looked up in a c1z file, which does not change: sync again to see the grant in it. A grant that exists already
counts as success.
"""


def _find(view: View, target: GrantTarget) -> Give:
    if target.principal is None or target.entitlement is None:
        raise ConfigError(
            "no principal or no entitlement is specified", hint="Specify the grant: --principal and --entitlement."
        )
    return give(view, target.principal, target.entitlement)


def _command(connector: Connector) -> ConnectorCommand:
    return granting_command(connector, GrantAction("grant", _find, give_line, TEXT))


@click.group(name="grant", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Grant an entitlement to a principal in the application itself.

    `connector-host grant CONNECTOR --help` shows how to specify both, and the options of a connector.
    """
