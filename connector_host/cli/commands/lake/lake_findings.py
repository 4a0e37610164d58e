"""`connector-host lake orphans`, `dormant`, `privileged` and `sod`: accounts and access that deserve a look."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ....decoding.time_decoding import MOST_DAYS
from ....lake.lake_catalog import parse_date
from ....lake.questions.account_questions import list_dormant, list_orphans
from ....lake.questions.rule_questions import list_privileged, list_separation
from ....query.rules.rules_file import read_rules
from ...lake_option import question_options, reading_of, show_lake_table
from ...output_option import OutputFormat

__all__ = ["dormant", "orphans", "privileged", "sod"]

FINDINGS = 1


@click.command(name="orphans")
@click.option("--against", metavar="SOURCE", required=True, help="The source of people: HR or the identity provider.")
@question_options
def orphans(*, against: str, output: OutputFormat, **options: str | None) -> None:
    """List the accounts whose person has no active account in the source of people."""
    with reading_of(options) as (lake, reading):
        show_lake_table(output, list_orphans(reading, lake.named_source(against)))


@click.command(name="dormant")
@click.option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=90,
    show_default=True,
    help="List accounts without a sign-in for this many days.",
)
@click.option("--never", is_flag=True, help="Also list accounts whose last sign-in is unknown.")
@question_options
def dormant(*, days: int, never: bool, output: OutputFormat, **options: str | None) -> None:
    """List enabled accounts that nobody has used for some time, with the access that they hold."""
    at = options["at"]
    now = parse_date(at, "--at") if at is not None else datetime.now(UTC)
    with reading_of(options) as (_, reading):
        show_lake_table(output, list_dormant(reading, days, now, never=never))


@click.command(name="privileged")
@click.option("--rules", metavar="FILE", help="Take what is privileged from this file of rules. [default: from names]")
@question_options
def privileged(*, rules: str | None, output: OutputFormat, **options: str | None) -> None:
    """List who holds privileged access in which source, and why it counts as privileged."""
    chosen = read_rules(Path(rules)) if rules is not None else None
    with reading_of(options) as (_, reading):
        show_lake_table(output, list_privileged(reading, chosen))


@click.command(name="sod")
@click.option("--rules", metavar="FILE", required=True, help="Read the rules from this file (docs/rules.md).")
@question_options
def sod(*, rules: str, output: OutputFormat, **options: str | None) -> None:
    """List the people who hold access together that a rule separates, also across sources.

    Exit code 1 means that a violation has no exception.
    """
    chosen = read_rules(Path(rules))
    with reading_of(options) as (_, reading):
        table = list_separation(reading, chosen, datetime.now(UTC).date())
        show_lake_table(output, table)
    click.get_current_context().exit(FINDINGS if any(row[-1] for row in table.rows) else 0)
