"""`connector-host lake`: the group of its commands."""

from __future__ import annotations

import click

from .lake_access import access, people, who
from .lake_add import add
from .lake_care import compact, prune, stats, verify
from .lake_decisions import add_decisions_of_files
from .lake_export import export
from .lake_findings import dormant, orphans, privileged, sod
from .lake_report import report
from .lake_sql import sql
from .lake_time import diff, timeline

__all__ = ["command"]


@click.group(name="lake")
def command() -> None:
    """Keep the syncs of many applications as Parquet files, and ask questions across them.

    This needs extra packages: pip install 'connector-host[lake]'.
    """


SUBCOMMANDS = (
    *(add, add_decisions_of_files, stats, verify, prune, compact),
    *(access, who, people, diff, timeline, orphans, dormant, privileged, sod, sql, report, export),
)
for subcommand in SUBCOMMANDS:
    command.add_command(subcommand)
