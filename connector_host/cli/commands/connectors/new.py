"""`connector-host new NAME`: write a new connector as a distribution that works as it is."""

from __future__ import annotations

import logging
from pathlib import Path

import click

__all__ = ["command"]

TEMPLATES = ("files", "http", "sql", "command", "minimal")

log = logging.getLogger(__name__)


@click.command(name="new")
@click.argument("name")
@click.option("--dir", "folder", metavar="FOLDER", default=".", help="Folder to write to. [default: this one]")
@click.option(
    "--template",
    type=click.Choice(TEMPLATES),
    default="files",
    help="Kind of application it reads: files, an HTTP API, an SQL database, a program. [default: files]",
)
def command(name: str, folder: str, template: str) -> None:
    """Write a new connector, which installs, syncs sample data and passes its tests as it is.

    NAME is its name on the command line: lower-case words joined by '-'. Its folder,
    connector-host-NAME, must not exist.
    """
    from ....plugins.discovery import discover  # noqa: PLC0415 - not for --help
    from ....scaffold import connector_name, create  # noqa: PLC0415 - not for --help

    short = connector_name(name)
    if short != name:
        log.warning("The connector is called %s: its distribution is %s", short, name)
    taken_by = [entry.distribution for entry in discover() if entry.name == short]
    if taken_by:
        log.warning(
            "A connector %s is installed already (%s); only one of the two can be used at a time", short, taken_by[0]
        )
    target = create(short, Path(folder), template)
    click.echo(f"Wrote {target}")
    click.echo("Next:", err=True)
    click.echo(f"  cd {target} && pip install -e '.[test]'", err=True)
    click.echo(f"  connector-host sync {short} -f sync.c1z", err=True)
    click.echo("  pytest", err=True)
