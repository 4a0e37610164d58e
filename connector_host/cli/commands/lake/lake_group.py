"""`connector-host lake`: the group of its commands."""

from __future__ import annotations

import click

from .lake_add import add
from .lake_care import stats, verify

__all__ = ["command"]


@click.group(name="lake")
def command() -> None:
    """Keep the syncs of many applications as Parquet files, and ask questions across them.

    This needs extra packages: pip install 'connector-host[lake]'.
    """


for subcommand in (add, stats, verify):
    command.add_command(subcommand)
