"""`connector-host new NAME`: the files of a new connector, as a distribution that works as it is."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]


@click.command(name="new")
@click.argument("name")
@click.option(
    "--dir",
    "folder",
    metavar="FOLDER",
    default=".",
    help="Create it in this folder. [default: the current one]",
)
def command(name: str, folder: str) -> None:
    """Write the files of a new connector, which installs, syncs and passes its tests as it is.

    NAME is its name on the command line: lower-case words joined by '-'. Its folder, connector-host-NAME, must not
    exist.
    """
    from ....scaffold import create  # noqa: PLC0415 - not for --help

    project = create(name, Path(folder))
    click.echo(f"Wrote {project}")
    click.echo("Next:", err=True)
    click.echo(f"  cd {project} && pip install -e '.[test]' && pytest", err=True)
    click.echo(f"  connector-host sync {name} --people tests/people.json", err=True)
