"""`connector-host revoke NAME`: take something away from somebody, in the application."""

from __future__ import annotations

import click

from ....c1z.types import View
from ....errors import ConfigError
from ....plugins.facade import Connector
from ....provision.change_file import take_line
from ....provision.change_requests import Take
from ....provision.change_targets import take, take_by_id
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup
from .grant_arguments import Named, Verb, granting_command

__all__ = ["command"]

TEXT = """Take a grant away, in the application: by its id, or by WHO holds WHAT.

It is looked up in a c1z file, which stays as it is: sync again to see the change in it. What is gone already is
success.
"""
BOTH = "Give --grant, or --principal and --entitlement together."


def _find(view: View, named: Named) -> Take:
    if named.grant is not None:
        if named.who is not None or named.what is not None:
            raise ConfigError("the grant is named twice", hint=BOTH)
        return take_by_id(view, named.grant)
    if named.who is None or named.what is None:
        raise ConfigError("a revocation needs to know which grant", hint=BOTH)
    return take(view, named.who, named.what)


def _command(connector: Connector) -> ConnectorCommand:
    return granting_command(connector, Verb("revoke", _find, take_line, TEXT, by_grant=True))


@click.group(name="revoke", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Take something away from somebody, in the application itself.

    `connector-host revoke CONNECTOR --help` shows how to name it, and the options of a connector.
    """
