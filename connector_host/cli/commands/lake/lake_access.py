"""`connector-host lake access`, `lake who` and `lake people`: access now, or on a day, across sources."""

from __future__ import annotations

import click

from ....lake.questions.access_questions import list_access, list_holders
from ....lake.questions.people_questions import list_conflicts, list_people
from ...lake_option import question_options, reading_of, show_lake_table
from ...output_option import OutputFormat

__all__ = ["access", "people", "who"]


@click.command(name="access")
@click.argument("who", metavar="WHO")
@click.option("--source", metavar="NAME", help="Only access in this source.")
@question_options
def access(*, who: str, source: str | None, output: OutputFormat, **options: str | None) -> None:
    """Show what WHO holds in every source, directly or inherited.

    WHO is an e-mail address, a login, an id or a name. Accounts in several sources belong to one person if an address
    or the mapping file says so.
    """
    with reading_of(options) as (lake, reading):
        chosen = None if source is None else lake.named_source(source)
        show_lake_table(output, list_access(reading, who, chosen))


@click.command(name="who")
@click.argument("resource", metavar="RESOURCE")
@click.option("--source", metavar="NAME", help="Only resources of this source.")
@click.option("--permission", metavar="NAME", help="Only this entitlement, by its slug, name or id.")
@question_options
def who(
    *, resource: str, source: str | None, permission: str | None, output: OutputFormat, **options: str | None
) -> None:
    """Show who holds something on RESOURCE, which is a name, an id or TYPE:ID."""
    with reading_of(options) as (lake, reading):
        chosen = None if source is None else lake.named_source(source)
        show_lake_table(output, list_holders(reading, resource, source=chosen, permission=permission))


@click.command(name="people")
@click.option("--conflicts", is_flag=True, help="Only accounts whose person is not clear, with the reason.")
@question_options
def people(*, conflicts: bool, output: OutputFormat, **options: str | None) -> None:
    """List the people of the lake with their accounts in each source, or the conflicts between accounts."""
    with reading_of(options) as (_, reading):
        show_lake_table(output, list_conflicts(reading) if conflicts else list_people(reading))
