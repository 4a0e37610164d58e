"""`connector-host new NAME`: the beginnings of a connector, as a distribution that works as it is."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]


@click.command(name="new")
@click.argument("name")
@click.option("--dir", "folder", metavar="FOLDER", default=".", help="Where to make its folder. [default: here]")
def command(name: str, folder: str) -> None:
    """Write a new connector, which installs, syncs and passes its tests as it is.

    NAME is what it will be called on the command line: lower-case words joined by '-'. Its folder,
    connector-host-NAME, must not be there yet.
    """
    from ....scaffold import create  # noqa: PLC0415 - not for --help

    made = create(name, Path(folder))
    click.echo(f"Wrote {made}")
    click.echo("Next:", err=True)
    click.echo(f"  cd {made} && pip install -e '.[test]' && pytest", err=True)
    click.echo(f"  connector-host sync {name} --people tests/people.json", err=True)
