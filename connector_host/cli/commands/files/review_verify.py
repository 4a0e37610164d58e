"""`connector-host review verify`: are the revocations of a review carried out in a later sync."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from ....output.document import Row, TablePart, json_bytes, listing
from ....review.decisions import ReviewDecisions, read_decisions
from ....review.verification import RevocationResult, VerifiedRevocation, verify_revocations
from ...output_option import OutputFormat, output_option
from ...terminal.number_text import count

__all__ = ["verify_command"]

log = logging.getLogger(__name__)
COLUMNS = ("System", "Principal", "Entitlement", "Resource", "Result", "Through", "Reviewer", "Decided", "Days")


@click.command(name="verify")
@click.argument("workbooks", metavar="WORKBOOK", nargs=-1, required=True)
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    required=True,
    metavar="FILE",
    help="The c1z file of the later sync; for several systems, one -f for each, in the order of the review.",
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
    """Check in a later sync that the grants revoked in each WORKBOOK are gone.

    Access that remains is listed with the path that gives it. The exit code is 1 if a revoked grant is still there.
    """
    decisions = read_decisions([Path(name) for name in workbooks], tuple(Path(name) for name in reviewed))
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
    return decisions.systems[row.system].system, *names, *result, revocation.reviewer, revocation.date.isoformat(), days


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
                "days": item.days,
            }
        )
