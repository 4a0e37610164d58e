"""`connector-host expand`: add the grants that members inherit through groups to an existing file."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from ....errors import PreconditionError
from ....query.sync_selection import newest_full, sync_by_id
from ....run import Run
from ...file_owner import reported_owner
from ...read_command import file_of, file_option, opened
from ...terminal.number_text import count
from ...terminal.stop_signals import stop_on_signals

__all__ = ["command"]

log = logging.getLogger(__name__)


@click.command(name="expand")
@file_option
@click.option("--sync-id", "--sync", "sync_id", metavar="ID", help="Expand this sync. [default: the newest full one]")
@click.option("--out", metavar="FILE", help="Write the sync to this new file instead of changing the other.")
def command(*, file: str | None, sync_id: str | None, out: str | None) -> None:
    """Expand the grants of a c1z file: each member of a group gets the grants that it inherits through the group.

    A sync does this itself. This command is for files that were synced with --skip-grant-expansion, rolled back, or
    written by other programs. The file is replaced atomically.
    """
    from ....sync.expansion.file_expansion import expand_file  # noqa: PLC0415 - SQLite and protobuf
    from ....sync.observers import Observers  # noqa: PLC0415
    from ...terminal.progress_display import SyncProgress, display  # noqa: PLC0415

    path, target = file_of(file), Path(out) if out else None
    with opened(file) as store:
        chosen = sync_by_id(store, store.syncs(), sync_id) if sync_id else newest_full(store.syncs())
    if chosen is None:
        raise PreconditionError(f"{path} holds no finished full sync", hint="Name one with --sync-id.")
    run, progress = Run(), SyncProgress()
    with stop_on_signals(run, log.warning), display(progress), reported_owner(target or path):
        result = expand_file(path, chosen.id, target, run, Observers([progress]))
    click.echo(
        f"sync {chosen.id} expanded: {count(result.added, 'grants')} added, {count(result.changed, 'grants')} with more"
        f" sources; wrote {target or path}"
    )
    if result.dropped_edges:
        log.warning(
            "%s left out, because the file does not hold their entitlement", count(result.dropped_edges, "expansions")
        )
