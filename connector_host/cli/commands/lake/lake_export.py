"""`connector-host lake export`: the syncs of a source as a c1z file."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from ....lake.c1z_extraction import extract_source
from ....lake.lake_catalog import parse_date
from ...lake_option import lake_option, opened_lake

__all__ = ["export"]

log = logging.getLogger(__name__)


@click.command(name="export")
@click.argument("source", metavar="SOURCE")
@click.option("--out", metavar="FILE", help="Write this new file. [default: SOURCE.c1z]")
@click.option("--at", metavar="DATE", help="The newest sync by this day (UTC).")
@lake_option
def export(*, source: str, out: str | None, at: str | None, lake: str | None) -> None:
    """Write the newest sync of SOURCE, and the one before it, as a c1z file for the commands that read files.

    The file lacks what a lake does not hold: icons, annotations, and what traits other than of users say.
    """
    opened = opened_lake(lake)
    name = opened.named_source(source)
    path = Path(out or f"{name}.c1z")
    extract_source(opened, name, path, parse_date(at, "--at") if at is not None else None)
    log.info("Wrote %s.", path)
