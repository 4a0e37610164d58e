"""`connector-host review verify`: are the revocations of a review carried out in later syncs."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click

from ....output.document import Row, TablePart, json_bytes, listing
from ....review.campaign_status import returned_files
from ....review.decisions import ReviewDecisions, read_decisions
from ....review.verification import RevocationResult, VerifiedRevocation, verify_revocations
from ...output_option import OutputFormat, output_option
from ...terminal.number_text import count

__all__ = ["verify_command"]

log = logging.getLogger(__name__)
COLUMNS = (
    *("System", "Principal", "Entitlement", "Resource", "Result", "Through"),
    *("Reviewer", "Decided", "Gone", "Back", "Days"),
)


@click.command(name="verify")
@click.argument("workbooks", metavar="WORKBOOK", nargs=-1, required=True)
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    required=True,
    metavar="FILE",
    help="A c1z file with later syncs; use -f again for more files, systems and the syncs in between.",
)
@click.option(
    "--reviewed", multiple=True, metavar="FILE", help="The reviewed c1z file. [default: its path in WORKBOOK]"
)
@output_option
@click.pass_context
def verify_command(
    ctx: click.Context,
    /,
    *,
    workbooks: tuple[str, ...],
    files: tuple[str, ...],
    reviewed: tuple[str, ...],
    output: OutputFormat,
) -> None:
    """Check in later syncs that the grants revoked in each WORKBOOK are gone, since when, and whether they came back.

    WORKBOOK can be the folder of a campaign. All later full syncs of the files are read, so that access that was gone
    and is there again is found. Access that remains is listed with the path that gives it. The exit code is 1 if
    anything is not gone.
    """
    decisions = read_decisions(returned_files(workbooks), tuple(Path(name) for name in reviewed))
    verified = verify_revocations(decisions, [Path(name) for name in files])
    table = TablePart(COLUMNS, lambda: (_row(decisions, revocation) for revocation in verified))
    output.show(listing(table, "revocations", lambda: _items(decisions, verified)))
    results = Counter(revocation.result for revocation in verified)
    remaining = len(verified) - results[RevocationResult.GONE]
    log.info("%s: %s", count(len(verified), "revocations"), _summary(results) or "nothing to verify")
    if remaining:
        ctx.exit(1)


def _summary(results: Counter[RevocationResult]) -> str:
    return ", ".join(f"{results[result]:,} {result.value}" for result in RevocationResult if results[result])


def _row(decisions: ReviewDecisions, verified: VerifiedRevocation) -> Row:
    revocation = verified.revocation
    row = revocation.row
    names = (row.principal.name, row.entitlement.name, row.entitlement.resource_name)
    days = "" if verified.days is None else str(verified.days)
    result = (verified.result.value, verified.through)
    decided = (revocation.reviewer, revocation.date.isoformat())
    times = (_day(verified.gone), _day(verified.back), days)
    return decisions.systems[row.system].system, *names, *result, *decided, *times


def _day(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d}" if time is not None else ""


def _items(decisions: ReviewDecisions, verified: Sequence[VerifiedRevocation]) -> Iterator[bytes]:
    for item in verified:
        revocation = item.revocation
        yield json_bytes(
            {
                "system": decisions.systems[revocation.row.system].system,
                "grant": revocation.row.grant,
                "principal": revocation.row.principal.id,
                "entitlement": revocation.row.entitlement.id,
                "result": item.result.value,
                "through": item.through,
                "reviewer": revocation.reviewer,
                "date": revocation.date.isoformat(),
                "note": revocation.note,
                "gone": item.gone.isoformat() if item.gone is not None else None,
                "back": item.back.isoformat() if item.back is not None else None,
                "days": item.days,
                "syncs": item.syncs,
            }
        )
