"""`connector-host revoke NAME`: revoke a grant in the application."""

from __future__ import annotations

import click

from ....c1z.types import View
from ....errors import ConfigError
from ....plugins.facade import Connector
from ....provision.change_file import take_line
from ....provision.change_requests import Take
from ....provision.change_targets import take, take_by_id
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup
from .grant_arguments import GrantAction, GrantTarget, granting_command

__all__ = ["command"]

TEXT = """Revoke a grant in the application, by its id, or by its principal and entitlement.

It is looked up in a c1z file, which does not change: sync again to see the change in it. A grant that does not exist
any more counts as success.
"""
SPECIFY = "Specify the grant to revoke: --grant ID, or --principal and --entitlement."


def _find(view: View, target: GrantTarget) -> Take:
    if target.grant is not None:
        if target.principal is not None or target.entitlement is not None:
            raise ConfigError("the grant is specified twice", hint=SPECIFY)
        return take_by_id(view, target.grant)
    if target.principal is None or target.entitlement is None:
        raise ConfigError("no grant is specified", hint=SPECIFY)
    return take(view, target.principal, target.entitlement)


def _command(connector: Connector) -> ConnectorCommand:
    return granting_command(connector, GrantAction("revoke", _find, take_line, TEXT, by_grant=True))


@click.group(name="revoke", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Revoke a grant in the application itself.

    `connector-host revoke CONNECTOR --help` shows how to specify it, and the options of a connector.
    """
