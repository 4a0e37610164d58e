"""`connector-host config NAME`: the options of a connector, in the JSON of the Go connectors."""

from __future__ import annotations

import json
from typing import Any

import click

from ....options import Option, OptionType
from ....plugins.facade import Connector
from .connector_group import ConnectorCommand, ConnectorGroup

__all__ = ["command", "configuration", "option_field"]

FIELDS = {
    OptionType.STR: "stringField",
    OptionType.PATH: "stringField",
    OptionType.FLOAT: "stringField",  # the message has no field for fractions
    OptionType.INT: "intField",
    OptionType.BOOL: "boolField",
    OptionType.STRINGS: "stringSliceField",
}


def configuration(connector: Connector) -> dict[str, Any]:
    """Return the `c1.config.v1.Configuration` of a connector as JSON values: its own options, in their order.

    Values that are false or empty are left out, and integers are strings, as the JSON mapping of protobuf has them. A
    Go connector adds the options of its SDK; those of this host are not the connector's.
    """
    values: dict[str, Any] = {
        "fields": [option_field(option) for option in connector.options],
        "displayName": connector.info.display_name,
        "helpUrl": connector.info.docs_url,
    }
    return {key: value for key, value in values.items() if value}


def option_field(option: Option) -> dict[str, Any]:
    """Return an option as the JSON values of a `c1.config.v1.Field`."""
    field: dict[str, Any] = {"name": option.name, "displayName": option.name.replace("-", " ").capitalize()}
    if option.help:
        field["description"] = option.help
    if option.required:
        field["isRequired"] = True
    if option.secret:
        field["isSecret"] = True
    field[FIELDS[option.type]] = _default_and_rules(option)
    return field


def _default_and_rules(option: Option) -> dict[str, Any]:
    values: dict[str, Any] = {}
    default = option.default
    if default not in (None, "", (), False) and not option.secret:
        match option.type:
            case OptionType.BOOL:
                values["defaultValue"] = True
            case OptionType.STRINGS:
                values["defaultValue"] = [str(item) for item in default]
            case _:
                values["defaultValue"] = str(default)
    rules: dict[str, Any] = {}
    if option.choices:
        rules["in"] = list(option.choices)
    if option.required:
        rules["isRequired"] = True
    return {**values, **({"rules": rules} if rules else {})}


def _command(connector: Connector) -> ConnectorCommand:
    def run() -> None:
        click.echo(json.dumps(configuration(connector), indent=2, ensure_ascii=False))

    text = f"Print the options of {connector.info.display_name or connector.name} as the Go connectors print them."
    return ConnectorCommand(connector, run, [], text, asks=False)


@click.group(name="config", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Print the options of a connector as the JSON that `config` of a Go connector prints."""
