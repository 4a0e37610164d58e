"""`connector-host lake report`: one HTML page about a lake."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from ....decoding.time_decoding import MOST_DAYS
from ....errors import ConfigError, PreconditionError
from ....lake.lake_catalog import parse_date
from ....lake.person_mapping import read_mapping
from ....lake.report.report_content import ReportSettings, report_lines
from ....output.atomic_file import replacing
from ....query.rules.rules_file import read_rules
from ...lake_option import engine_option, lake_option, opened_lake

__all__ = ["report"]

DAYS = 30

log = logging.getLogger(__name__)


@click.command(name="report")
@click.option("-o", "--out", metavar="FILE", default="report.html", show_default=True, help="Write this file.")
@click.option(
    "--from", "start", metavar="DATE", help=f"Compare with this day (UTC). [default: {DAYS} days before --at]"
)
@click.option("--at", metavar="DATE", help="Report about this day or time (UTC) instead of now.")
@click.option("--against", metavar="SOURCE", help="The source of people: it decides who joined and left.")
@click.option("--rules", metavar="FILE", help="Take privileged entitlements and separation of duties from this file.")
@click.option("--people", "people_file", metavar="FILE", help="Read this mapping of accounts to people (CSV).")
@click.option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=90,
    show_default=True,
    help="An account without a sign-in for this many days is dormant.",
)
@lake_option
@engine_option
def report(
    *,
    out: str,
    start: str | None,
    at: str | None,
    against: str | None,
    rules: str | None,
    people_file: str | None,
    days: int,
    lake: str | None,
    engine: str | None,
) -> None:
    """Write one HTML page about the lake: sources, people, changes, privileged and dormant access, findings.

    The page needs no network and no other file, opens in every browser and prints. This needs extra packages:
    pip install 'connector-host[lake,report]'.
    """
    opened = opened_lake(lake)
    now = datetime.now(UTC) if at is None else parse_date(at, "--at")
    begin = now - timedelta(days=DAYS) if start is None else parse_date(start, "--from")
    if begin >= now:
        raise ConfigError("--from is not before --at.", hint="Specify an earlier day with --from.")
    if not opened.current(now):
        raise PreconditionError(
            f"The lake holds no sync that ended before {now:%Y-%m-%d %H:%M} UTC.", hint="`lake stats` shows the syncs."
        )
    settings = ReportSettings(
        start=begin,
        now=now,
        engine=engine or "duckdb",
        against=None if against is None else opened.named_source(against),
        rules=None if rules is None else read_rules(Path(rules)),
        mappings=[] if people_file is None else read_mapping(Path(people_file)),
        dormant_days=days,
    )
    with replacing(Path(out)) as target:
        for line in report_lines(opened, settings):
            target.write(f"{line}\n".encode(errors="backslashreplace"))
    log.info("Wrote %s.", out)
