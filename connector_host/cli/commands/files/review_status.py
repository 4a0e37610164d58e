"""`connector-host review status`: how much of a campaign is decided."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import click

from ....output.document import Row, TablePart, json_bytes, listing
from ....review.campaign_status import CampaignStatus, PackageStatus, read_status
from ...output_option import OutputFormat, output_option
from ...terminal.number_text import count

__all__ = ["status_command"]

log = logging.getLogger(__name__)
MANIFEST = "campaign.json"
COLUMNS = ("Reviewer", "Workbook", "Rows", "Keep", "Revoke", "Undecided", "State")


@click.command(name="status")
@click.argument("campaign", metavar="CAMPAIGN")
@click.option(
    "-f", "--file", "files", multiple=True, metavar="FILE", help="The reviewed c1z file. [default: its recorded path]"
)
@output_option
def status_command(*, campaign: str, files: tuple[str, ...], output: OutputFormat) -> None:
    """Show how much of each workbook in the folder CAMPAIGN is decided, and which ones are overdue.

    The folder is the one that `review --split-by` wrote. Put returned workbooks back into it under their names.
    """
    path = Path(campaign)
    manifest = path / MANIFEST if path.is_dir() else path
    status = read_status(manifest, tuple(Path(name) for name in files))
    today = datetime.now(UTC).date()
    table = TablePart(COLUMNS, lambda: (_row(status, package, today) for package in status.packages))
    output.show(listing(table, "packages", lambda: _items(status, today)))
    total = sum(package.rows for package in status.packages)
    due = f"; due on {status.due.isoformat()}" if status.due else ""
    log.info("%s of %s are undecided%s.", f"{status.undecided:,}", count(total, "rows"), due)


def _state(status: CampaignStatus, package: PackageStatus, today: date) -> str:
    if package.problem:
        return package.problem
    if status.is_overdue(package, today):
        return "overdue"
    return "open" if package.undecided else "complete"


def _row(status: CampaignStatus, package: PackageStatus, today: date) -> Row:
    numbers = (package.rows, package.keep, package.revoke, package.undecided)
    return package.reviewer, package.file, *(f"{number:,}" for number in numbers), _state(status, package, today)


def _items(status: CampaignStatus, today: date) -> Iterator[bytes]:
    for package in status.packages:
        yield json_bytes(
            {
                "reviewer": package.reviewer,
                "workbook": package.file,
                "rows": package.rows,
                "keep": package.keep,
                "revoke": package.revoke,
                "undecided": package.undecided,
                "state": _state(status, package, today),
            }
        )
