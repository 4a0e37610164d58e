"""`connector-host capabilities NAME`: what a connector can do, in the JSON of the Go connectors."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from contextlib import redirect_stdout
from typing import Any

import click

from ....errors import ConnectorHostError, PluginError
from ....model import Can, ResourceType
from ....plugins.facade import Connector, capabilities, every_type
from .connector_group import ConnectorCommand, ConnectorGroup

__all__ = ["command", "described", "resource_types"]

TYPE = "type.googleapis.com/c1.connector.v2.ConnectorCapabilities"
NUMBERS = {
    "PROVISION": 1,
    "SYNC": 2,
    "ACCOUNT_PROVISIONING": 5,
    "RESOURCE_DELETE": 8,
    "TARGETED_SYNC": 11,
    "SERVICE_MODE_TARGETED_SYNC": 13,
}
"""Of the enum Capability (c1z-and-sync.md 3.2); the connector's own list is sorted by them."""
WORDS = ((Can.GRANT, "PROVISION"), (Can.CREATE_ACCOUNT, "ACCOUNT_PROVISIONING"), (Can.DELETE, "RESOURCE_DELETE"))
"""In the order of a type's list. `Can.SET_STATUS` is none there: the Go connectors have actions for it."""


def described(connector: Connector, types: Iterable[ResourceType]) -> dict[str, Any]:
    """The ConnectorCapabilities of a connector with these resource types, as JSON values."""
    from ....wire import encode  # noqa: PLC0415 - protobuf, not for --help
    from ....wire.json import rendering  # noqa: PLC0415 - protobuf, not for --help

    types = sorted(types, key=lambda one: one.id)
    possible = capabilities(connector, types)
    of_types, everything = [], set()
    for kind in types:
        words = ["SYNC"]
        if "get_resource" in connector.hooks:
            words.append("TARGETED_SYNC")
            everything.add("SERVICE_MODE_TARGETED_SYNC")
        words += [word for can, word in WORDS if can in possible[kind.id]]
        everything.update(words)
        of_types.append(
            {
                "resourceType": json.loads(rendering.resource_type(encode.resource_type(kind))),
                "capabilities": [f"CAPABILITY_{word}" for word in words],
                "permissions": {},
            }
        )
    return {
        "@type": TYPE,
        "resourceTypeCapabilities": of_types,
        "connectorCapabilities": [f"CAPABILITY_{word}" for word in sorted(everything, key=NUMBERS.__getitem__)],
        "credentialDetails": {},
    }


def resource_types(connector: Connector) -> list[ResourceType]:
    """What `list_resource_types` gives without a session. PluginError when it needs one."""
    try:
        with redirect_stdout(sys.stderr):
            return every_type(lambda token: connector.list_resource_types(None, token))
    except ConnectorHostError:
        raise
    except Exception as error:
        raise PluginError(
            f"connector {connector.name}: list_resource_types without a session: {type(error).__name__}: {error}",
            hint="It is called with session=None when only capabilities are asked for: its author must allow for that.",
        ) from error


def _command(connector: Connector) -> ConnectorCommand:
    def run() -> None:
        click.echo(json.dumps(described(connector, resource_types(connector)), indent=2, ensure_ascii=False))

    text = f"What {connector.info.display_name or connector.name} can do, as the Go connectors print it."
    return ConnectorCommand(connector, run, [], text, asks=False)


@click.group(name="capabilities", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Print what a connector can do, type by type, as the JSON that `capabilities` of a Go connector prints.

    Nobody signs in: the resource types are those the connector names without a session.
    """
