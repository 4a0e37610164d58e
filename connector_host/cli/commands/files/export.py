"""`connector-host export`: users and their grants as CSV or Excel, or one sync as a file of its own."""

from __future__ import annotations

import itertools
import logging
import sys
from pathlib import Path

import click

from ....errors import PreconditionError
from ....output.atomic_file import replacing
from ....output.csv_format import BYTE_ORDER_MARK, lines
from ....output.screen import standard_output, write_pieces
from ....query.identity_table import COLUMNS, identity_rows
from ....query.sync_selection import newest_full, sync_by_id
from ...read_command import file_option, opened, sync_option, viewed
from ...terminal.number_text import size

__all__ = ["command"]

log = logging.getLogger(__name__)


@click.group(name="export")
def command() -> None:
    """Write the content of a c1z file as CSV, Excel, or a c1z of one sync."""


@command.command(name="csv")
@file_option
@sync_option
@click.option(
    "--out", metavar="FILE", default="sync.csv", show_default=True, help="Write to this file; - is standard output."
)
@click.option("--bom", is_flag=True, help="Begin with a byte order mark, which Excel needs to read UTF-8.")
def to_csv(*, file: str | None, sync_id: str | None, out: str, bom: bool) -> None:
    """Write users, entitlements and the grants of users, one a row, as comma-separated values.

    A cell that a spreadsheet would run as a formula begins with an apostrophe.
    """
    with viewed(file, sync_id, lists_access=True) as reading:
        mark = [BYTE_ORDER_MARK] if bom else []
        pieces = itertools.chain(mark, lines(COLUMNS, identity_rows(reading.view)))
        if out == "-":
            stream, _ = standard_output()
            write_pieces(pieces, stream)
            stream.flush()
            return
        with replacing(Path(out)) as target:
            write_pieces(pieces, target)
    _wrote(Path(out))


@command.command(name="xlsx")
@file_option
@sync_option
@click.option("--out", metavar="FILE", default="sync.xlsx", show_default=True, help="Write to this file.")
def to_xlsx(*, file: str | None, sync_id: str | None, out: str) -> None:
    """Write users, entitlements and the grants of users as an Excel workbook.

    This needs an extra package: pip install 'connector-host[xlsx]'.
    """
    from ....output.xlsx_table import write_workbook  # noqa: PLC0415 - an extra

    with viewed(file, sync_id, lists_access=True) as reading, replacing(Path(out)) as target:
        write_workbook(COLUMNS, identity_rows(reading.view), target)
    _wrote(Path(out))


@command.command(name="c1z")
@file_option
@sync_option
@click.option("--out", metavar="FILE", default="latest.c1z", show_default=True, help="Write to this new file.")
def to_c1z(*, file: str | None, sync_id: str | None, out: str) -> None:
    """Write one finished sync, by default the newest full one, as a c1z file of its own, its rows unchanged."""
    with opened(file) as store:
        syncs = store.syncs()
        chosen = newest_full(syncs) if sync_id is None else sync_by_id(store, syncs, sync_id)
        if chosen is None:
            raise PreconditionError(
                f"{store.path} holds no finished full sync",
                hint="Specify one with --sync-id; `connector-host syncs` lists them.",
            )
        if not chosen.finished:
            raise PreconditionError(f"the sync {chosen.id} is not finished", hint="Sync again to finish it.")
        store.copy_sync(chosen, Path(out))
    _wrote(Path(out))


def _wrote(path: Path) -> None:
    if sys.stderr.isatty():
        log.info("Wrote %s, %s.", path, size(path.stat().st_size))
