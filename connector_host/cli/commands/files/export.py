"""`connector-host export`: people and what they hold as CSV or Excel, or one sync as a file of its own."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from ....errors import PreconditionError
from ....output.atomic_file import replacing
from ....output.csv_format import lines
from ....output.screen import standard_output, write_pieces
from ....query.identity_table import COLUMNS, identity_rows
from ....query.sync_selection import newest_full, sync_by_id
from ...read_command import file_option, opened, sync_option, viewed
from ...terminal.number_text import size

__all__ = ["command"]

log = logging.getLogger(__name__)


@click.group(name="export")
def command() -> None:
    """Write what a c1z file holds in another form."""


@command.command(name="csv")
@file_option
@sync_option
@click.option("--out", metavar="FILE", default="sync.csv", show_default=True, help="Where to; - is standard output.")
def to_csv(*, file: str | None, sync_id: str | None, out: str) -> None:
    """Users, entitlements, and the grants that users hold, a row each, as comma-separated values."""
    with viewed(file, sync_id) as reading:
        found = lines(COLUMNS, identity_rows(reading.view))
        if out == "-":
            stream, _ = standard_output()
            write_pieces(found, stream)
            stream.flush()
            return
        with replacing(Path(out)) as target:
            write_pieces(found, target)
    _wrote(Path(out))


@command.command(name="xlsx")
@file_option
@sync_option
@click.option("--out", metavar="FILE", default="sync.xlsx", show_default=True, help="Where to.")
def to_xlsx(*, file: str | None, sync_id: str | None, out: str) -> None:
    """The same rows as an Excel workbook. Needs the extra: pip install 'connector-host[xlsx]'."""
    from ....output.xlsx_table import write_workbook  # noqa: PLC0415 - an extra

    with viewed(file, sync_id) as reading, replacing(Path(out)) as target:
        write_workbook(COLUMNS, identity_rows(reading.view), target)
    _wrote(Path(out))


@command.command(name="c1z")
@file_option
@sync_option
@click.option("--out", metavar="FILE", default="latest.c1z", show_default=True, help="Where to; must not exist.")
def to_c1z(*, file: str | None, sync_id: str | None, out: str) -> None:
    """One finished sync, the newest full one unless named, as a c1z file of its own, rows untouched."""
    with opened(file) as store:
        syncs = store.syncs()
        chosen = newest_full(syncs) if sync_id is None else sync_by_id(store, syncs, sync_id)
        if chosen is None:
            raise PreconditionError(
                f"{store.path} holds no finished full sync", hint="Name another one with --sync-id; `syncs` lists them."
            )
        if not chosen.finished:
            raise PreconditionError(f"the sync {chosen.id} is not finished", hint="Sync again to finish it.")
        store.copy_sync(chosen, Path(out))
    _wrote(Path(out))


def _wrote(path: Path) -> None:
    if sys.stderr.isatty():
        log.info("Wrote %s, %s.", path, size(path.stat().st_size))
