"""`connector-host rollback-expansion`: back to the grants that the connector itself gave."""

from __future__ import annotations

from pathlib import Path

import click

from ....query.sync_selection import choose_sync
from ...read_command import file_of, file_option, opened, sync_option
from ...terminal.number_text import count

__all__ = ["command"]


@click.command(name="rollback-expansion")
@file_option
@sync_option
@click.option("--out", metavar="FILE", help="Write that sync into this new file, and leave the other as it is.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--preserve-suspect-grants", is_flag=True, help="Keep derived grants that lack the mark of a generated one."
)
def command(
    *, file: str | None, sync_id: str | None, out: str | None, dry_run: bool, preserve_suspect_grants: bool
) -> None:
    """Take grant expansion back: derived grants are deleted, the sources of direct ones cleared.

    The file is replaced atomically. `connector-host expand` does the expansion again.
    """
    from ....sync.expansion.file_expansion import roll_back_file  # noqa: PLC0415 - SQLite and protobuf

    path, target = file_of(file), Path(out) if out else None
    with opened(file) as store:
        chosen = choose_sync(store, sync_id).sync
    result = roll_back_file(path, chosen.id, target, preserve_suspect=preserve_suspect_grants, dry_run=dry_run)
    derived, direct = count(result.deleted, "derived grants"), count(result.cleared, "direct grants")
    suspect = f" ({result.suspect} suspect)" if result.suspect else ""
    end = "nothing was written" if dry_run else f"wrote {target or path}"
    start = f"{'dry run: ' if dry_run else ''}sync {chosen.id}"
    click.echo(f"{start}: {derived} deleted, sources of {direct} cleared{suspect}; {end}")
