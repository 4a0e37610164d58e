"""`connector-host review import`: the decisions of a workbook as a plan of revocations."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from ....output.document import Row, TablePart, json_bytes, listing
from ....review.decisions import OPEN, ReviewDecisions, Revocation, read_decisions
from ....review.review_columns import DECISIONS
from ....review.revocation_plan import write_plans
from ...output_option import OutputFormat, format_option
from ...terminal.number_text import count

__all__ = ["import_command"]

log = logging.getLogger(__name__)
COLUMNS = ("System", "Row", "Principal", "Entitlement", "Resource", "Reviewer", "Date", "Note", "Grant ID")


@click.command(name="import")
@click.argument("workbook")
@click.option(
    "-f", "--file", "files", multiple=True, metavar="FILE", help="The c1z file reviewed. [default: where it was]"
)
@click.option(
    "-o",
    "--out",
    "--output",
    "out",
    metavar="FILE",
    help="Write the plan to this file. [default: WORKBOOK with the ending .revoke.jsonl]",
)
@format_option("--format", "--output-format")
def import_command(*, workbook: str, files: tuple[str, ...], out: str | None, output: OutputFormat) -> None:
    """Read the decisions of a review's WORKBOOK, show what is to be revoked, and write it as a plan.

    Nothing is changed in the application: `connector-host revoke NAME --from-file PLAN` does that. What does not fit
    the file that was reviewed, or contradicts itself, is refused row by row.
    """
    path = Path(workbook)
    given = tuple(Path(name) for name in files)
    decided = read_decisions(path, given)
    target = Path(out) if out else path.with_suffix(".revoke.jsonl")
    plans, old = write_plans(decided, target, [path, *decided.files])
    table = TablePart(COLUMNS, lambda: (_line(decided, one) for one in decided.revocations))
    output.show(listing(table, "revocations", lambda: _items(decided)))
    _tell(decided, plans)
    for one in old:
        log.warning("%s is of an earlier import: by this one nothing is to be revoked there", one)


def _line(decided: ReviewDecisions, one: Revocation) -> Row:
    row = one.row
    names = (row.principal.name, row.entitlement.name, row.entitlement.resource_name)
    where = decided.systems[row.system].system, f"{one.sheet} {one.line}"
    return *where, *names, one.reviewer, one.date.isoformat(), one.note, row.grant


def _items(decided: ReviewDecisions) -> Iterator[bytes]:
    for one in decided.revocations:
        row = one.row
        yield json_bytes(
            {
                "system": decided.systems[row.system].system,
                "sheet": one.sheet,
                "row": one.line,
                "grant": row.grant,
                "principal": row.principal.id,
                "entitlement": row.entitlement.id,
                "reviewer": one.reviewer,
                "date": one.date.isoformat(),
                "note": one.note,
                "alsoThrough": [via.id for via in row.via],
            }
        )


def _tell(decided: ReviewDecisions, plans: dict[int, Path]) -> None:
    """What there is besides the plan, and what to do with it."""
    log.info("Decided: %s", ", ".join(f"{decided.counts[word]:,} {word}" for word in (*DECISIONS, OPEN)))
    if decided.lacking:
        log.warning("%s of the review are not in the workbook any more", count(decided.lacking, "grants"))
    for one in decided.revocations:
        if one.row.via:
            names = ", ".join(via.name for via in one.row.via)
            log.warning(
                "row %d: %s holds %s through %s, too", one.line, one.row.principal.name, one.row.entitlement.name, names
            )
    if not plans:
        log.info("Nothing is to be revoked; no plan was written.")
    for number, plan in plans.items():
        system = decided.systems[number]
        words = ("revoke", system.connector or "NAME", "-f", str(decided.files[number]), "--sync-id", system.sync)
        log.info("Wrote %s. Next: connector-host %s", plan, shlex.join((*words, "--from-file", str(plan), "--dry-run")))
