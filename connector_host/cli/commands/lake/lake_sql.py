"""`connector-host lake sql`: a question of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from ....errors import ConfigError
from ....lake.questions.sql_questions import list_views, run_sql
from ...lake_option import question_options, reading_of, show_lake_table
from ...output_option import OutputFormat

__all__ = ["sql"]


@click.command(name="sql")
@click.argument("query", required=False, metavar="[QUERY]")
@click.option("--query-file", metavar="FILE", help="Read the query from this file.")
@click.option("--tables", is_flag=True, help="List the views and their columns instead.")
@question_options
def sql(
    *, query: str | None, query_file: str | None, tables: bool, output: OutputFormat, **options: str | None
) -> None:
    """Run QUERY, one SELECT in SQL, on the views of the lake.

    The views are current.* (the newest sync of each source) and history.* (every sync), each with syncs,
    resource_types, resources, entitlements and grants; and accounts, people and access, which describe current.*. The
    query can read these views and nothing else.
    """
    if query_file is not None:
        try:
            query = Path(query_file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{query_file} cannot be read: {error}", hint="Specify a text file.") from error
    if not tables and not (query and query.strip()):
        raise ConfigError("There is no query.", hint='For example: connector-host lake sql "select * from people"')
    with reading_of(options) as (_, reading):
        table = list_views(reading) if tables else run_sql(reading, query or "")
        show_lake_table(output, table)
