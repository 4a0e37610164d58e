"""`connector-host plugins add NAME --isolated` and `plugins remove NAME`: connectors in environments of their own."""

from __future__ import annotations

import logging
import os
import shutil
from importlib import metadata
from pathlib import Path

import click

from ....config_file import USUAL
from ....errors import ConfigError
from ....plugins import discovery
from ....plugins.isolated_environment import connector_folder, create_environment
from ....plugins.program_tables import add_program, refuse_program, remove_program

__all__ = ["add_command", "remove_command"]

log = logging.getLogger(__name__)


@click.command(name="add")
@click.argument("name")
@click.option("--isolated", is_flag=True, help="Install it into a virtual environment of its own. Required.")
@click.option(
    "--from",
    "requirements",
    metavar="REQUIREMENT",
    multiple=True,
    help="Install this for pip (a distribution, a file, a folder), instead of connector-host-NAME.",
)
@click.option(
    "--host",
    metavar="REQUIREMENT",
    help="Install this host beside it. By default connector-host[grpc] in the version of this one.",
)
@click.option("--python", metavar="PROGRAM", default="", help="Create the environment with this Python.")
@click.option("--replace", is_flag=True, help="Replace an environment and a table of this name.")
def add_command(
    name: str, *, isolated: bool, requirements: tuple[str, ...], host: str | None, python: str, replace: bool
) -> None:
    """Install the connector NAME into a virtual environment of its own, and name it in the config file.

    Its packages cannot conflict with those of this host or of other connectors. It is then used like an installed
    one: connector-host sync NAME.
    """
    _check_name(name, isolated=isolated)
    config, folder = _config_path(), connector_folder(name, os.environ)
    if replace:
        remove_program(config, name)
        shutil.rmtree(folder, ignore_errors=True)
    refuse_program(config, name)
    needed = (host or f"connector-host[grpc]=={metadata.version('connector-host')}", *requirements)
    click.echo(f"Creating the environment {folder} ...", err=True)
    connector = create_environment(
        folder, name, needed if requirements else (*needed, f"connector-host-{name}"), python=python
    )
    try:
        add_program(config, name, connector.command, f"{connector.distribution} {connector.version}, isolated")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    click.echo(f"Added {name} ({connector.distribution} {connector.version}) to {config}.")
    click.echo(f"Next: connector-host check {name}", err=True)


@click.command(name="remove")
@click.argument("name")
def remove_command(name: str) -> None:
    """Remove the connector NAME that `plugins add` installed: its table in the config file, and its environment."""
    _check_letters(name)
    config, folder = _config_path(), connector_folder(name, os.environ)
    in_config = remove_program(config, name)
    if not in_config and not folder.exists():
        raise ConfigError(
            f"plugins add has not added a connector {name!r} to {config}",
            hint="With another config file, specify it: connector-host --config FILE plugins remove NAME.",
        )
    shutil.rmtree(folder, ignore_errors=True)
    click.echo(f"Removed {name}.")


def _check_name(name: str, *, isolated: bool) -> None:
    _check_letters(name)
    if not isolated:
        raise ConfigError(
            "plugins add installs connectors into environments of their own only",
            hint=f"Add --isolated, or install it here: pip install connector-host-{name}.",
        )
    owners = [entry.distribution for entry in discovery.discover() if entry.name == name]
    if owners and not all(Path(owner).is_absolute() for owner in owners):
        raise ConfigError(
            f"{owners[0]} is installed here and offers the connector {name!r} already",
            hint=f"Uninstall it first: pip uninstall {owners[0]}.",
        )


def _check_letters(name: str) -> None:
    """Raise ConfigError for a text that is no name: it would become a part of a path."""
    if not discovery.is_name(name):
        raise ConfigError(
            f"{name!r} cannot be the name of a connector",
            hint="Use letters, digits, '-', '_' and '.', a letter or digit first.",
        )


def _config_path() -> Path:
    """Return the config file in force: the one that is named, else the usual one in this folder."""
    return Path(os.environ.get(discovery.CONFIG_VARIABLE) or USUAL).expanduser().absolute()
