"""`connector-host config NAME`: the options of a connector, in the JSON of the Go connectors."""

from __future__ import annotations

import json
from typing import Any

import click

from ....options import Option, OptionType
from ....plugins.facade import Connector
from .connector_group import ConnectorCommand, ConnectorGroup

__all__ = ["command", "configuration"]

KINDS = {
    OptionType.STR: "stringField",
    OptionType.PATH: "stringField",
    OptionType.FLOAT: "stringField",  # there is no field for fractions there
    OptionType.INT: "intField",
    OptionType.BOOL: "boolField",
    OptionType.STRINGS: "stringSliceField",
}


def configuration(connector: Connector) -> dict[str, Any]:
    """The `c1.config.v1.Configuration` of a connector as JSON values: its own options, in their order.

    What is false or empty is left out, and integers are strings, as protobuf's JSON has them
    (baton-cli-and-protocol.md 5). A Go connector adds the options of its SDK; those of this host are not the
    connector's.
    """
    whole: dict[str, Any] = {"fields": [_field(option) for option in connector.options]}
    if connector.info.display_name:
        whole["displayName"] = connector.info.display_name
    if connector.info.docs_url:
        whole["helpUrl"] = connector.info.docs_url
    return {key: value for key, value in whole.items() if value}


def _field(option: Option) -> dict[str, Any]:
    field: dict[str, Any] = {"name": option.name, "displayName": option.name.replace("-", " ").capitalize()}
    if option.help:
        field["description"] = option.help
    if option.required:
        field["isRequired"] = True
    if option.secret:
        field["isSecret"] = True
    field[KINDS[option.type]] = _rules(option)
    return field


def _rules(option: Option) -> dict[str, Any]:
    inner: dict[str, Any] = {}
    default = option.default
    if default not in (None, "", (), False) and not option.secret:
        match option.type:
            case OptionType.BOOL:
                inner["defaultValue"] = True
            case OptionType.STRINGS:
                inner["defaultValue"] = [str(one) for one in default]
            case _:
                inner["defaultValue"] = str(default)
    rules: dict[str, Any] = {}
    if option.choices:
        rules["in"] = list(option.choices)
    if option.required:
        rules["isRequired"] = True
    if rules:
        inner["rules"] = rules
    return inner


def _command(connector: Connector) -> ConnectorCommand:
    def run() -> None:
        click.echo(json.dumps(configuration(connector), indent=2, ensure_ascii=False))

    text = f"The options of {connector.info.display_name or connector.name}, as the Go connectors print them."
    return ConnectorCommand(connector, run, [], text, asks=False)


@click.group(name="config", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Print the options of a connector as the JSON that `config` of a Go connector prints."""
