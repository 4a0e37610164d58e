"""`connector-host rollback-expansion`: remove the grants that an expansion added."""

from __future__ import annotations

from pathlib import Path

import click

from ....query.sync_selection import choose_sync
from ...file_owner import reported_owner
from ...read_command import file_of, file_option, opened, sync_option
from ...terminal.number_text import count

__all__ = ["command"]


@click.command(name="rollback-expansion")
@file_option
@sync_option
@click.option("--out", metavar="FILE", help="Write the sync to this new file instead of changing the other.")
@click.option("--dry-run", is_flag=True, help="Report the changes without making them.")
@click.option(
    "--preserve-suspect-grants", is_flag=True, help="Keep inherited grants without the mark of a generated one."
)
def command(
    *, file: str | None, sync_id: str | None, out: str | None, dry_run: bool, preserve_suspect_grants: bool
) -> None:
    """Remove the grants that an expansion added, and the sources that it noted on direct grants.

    The file is replaced atomically. `connector-host expand` expands the grants again.
    """
    from ....sync.expansion.file_expansion import roll_back_file  # noqa: PLC0415 - SQLite and protobuf

    path, target = file_of(file), Path(out) if out else None
    with opened(file) as store:
        chosen = choose_sync(store, sync_id).sync
    with reported_owner(target or path):
        result = roll_back_file(path, chosen.id, target, preserve_suspect=preserve_suspect_grants, dry_run=dry_run)
    derived, direct = count(result.deleted, "inherited grants"), count(result.cleared, "direct grants")
    suspect = f" ({result.suspect} suspect)" if result.suspect else ""
    end = "nothing was written" if dry_run else f"wrote {target or path}"
    start = f"{'dry run: ' if dry_run else ''}sync {chosen.id}"
    click.echo(f"{start}: {derived} deleted, sources of {direct} cleared{suspect}; {end}")
