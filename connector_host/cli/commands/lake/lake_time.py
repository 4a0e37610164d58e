"""`connector-host lake diff` and `lake timeline`: what changed, and when access came and went."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ....errors import ConfigError
from ....lake.lake_catalog import parse_date
from ....lake.questions.change_questions import list_changes
from ....lake.questions.timeline_questions import list_timeline
from ...lake_option import engine_option, lake_option, opened_lake, question_options, reading_of, show_lake_table
from ...output_option import OutputFormat, output_option

__all__ = ["diff", "timeline"]


@click.command(name="diff")
@click.option(
    "--from", "start", metavar="DATE", required=True, help="Compare the newest syncs of this day or time (UTC)."
)
@click.option("--to", "end", metavar="DATE", help="With those of this day or time. [default: now]")
@click.option("--source", metavar="NAME", help="Only changes of this source.")
@lake_option
@engine_option
@output_option
def diff(
    *, start: str, end: str | None, source: str | None, lake: str | None, engine: str | None, output: OutputFormat
) -> None:
    """Show the accounts and grants that came, went or changed between two days, in every source."""
    opened = opened_lake(lake)
    moments = parse_date(start, "--from"), datetime.now(UTC) if end is None else parse_date(end, "--to")
    if moments[0] >= moments[1]:
        raise ConfigError("--from is not before --to.", hint="Specify the earlier day with --from.")
    chosen = None if source is None else opened.named_source(source)
    show_lake_table(output, list_changes(opened, *moments, engine=engine or "duckdb", source=chosen))


@click.command(name="timeline")
@click.argument("who", metavar="WHO|WHAT")
@question_options
def timeline(*, who: str, output: OutputFormat, **options: str | None) -> None:
    """Show when access came and went: that of a person, or that to a resource (WHO|WHAT).

    WHO is an e-mail address, a login, an id or a name, also of somebody who has left; WHAT is the name or id of a
    resource. The times are those of syncs: access came after "Not yet on" and by "First seen".
    """
    with reading_of(options) as (_, reading):
        show_lake_table(output, list_timeline(reading, who))
