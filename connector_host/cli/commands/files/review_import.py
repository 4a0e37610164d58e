"""`connector-host review import`: the decisions of a workbook as a plan of revocations."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from ....output.document import Row, TablePart, json_bytes, listing
from ....review.campaign_status import returned_files
from ....review.decisions import OPEN, REASSIGN, ReviewDecisions, Revocation, read_decisions
from ....review.review_columns import DECISIONS
from ....review.revocation_plan import write_plans
from ...output_option import OUT_FLAGS, OutputFormat, format_option
from ...terminal.number_text import count

__all__ = ["import_command"]

log = logging.getLogger(__name__)
COLUMNS = ("System", "Row", "Principal", "Entitlement", "Resource", "Reviewer", "Date", "Note", "Grant ID")


@click.command(name="import")
@click.argument("returned", metavar="RETURNED", nargs=-1, required=True)
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    metavar="FILE",
    help="The reviewed c1z file. [default: its path in RETURNED]",
)
@click.option(
    *OUT_FLAGS,
    "out",
    metavar="FILE",
    help="Write the plan to this file. [default: RETURNED with the ending .revoke.jsonl]",
)
@click.option(
    "--require-complete", is_flag=True, help="Exit with code 1 and write no plan unless every row is decided."
)
@format_option("--format", "--output-format")
@click.pass_context
def import_command(
    ctx: click.Context,
    *,
    returned: tuple[str, ...],
    files: tuple[str, ...],
    out: str | None,
    require_complete: bool,
    output: OutputFormat,
) -> None:
    """Read the decisions in each RETURNED file, list the revocations, and write them as a plan.

    RETURNED is a workbook, a decision file that was saved in the page, or the folder of a campaign. Several of one
    review are merged. Nothing changes in the application: carry out the plan with `connector-host revoke NAME
    --from-file PLAN`. Every row that does not match the reviewed file, or contradicts another row, is refused by name.
    """
    paths = returned_files(returned)
    decisions = read_decisions(paths, tuple(Path(name) for name in files))
    complete = _report_progress(decisions)
    if require_complete and not complete:
        log.warning("No plan was written, because of --require-complete.")
        ctx.exit(1)
    target = Path(out) if out else _default_plan(Path(returned[0]))
    plans, outdated = write_plans(decisions, target, [*paths, *decisions.files])
    table = TablePart(COLUMNS, lambda: (_row(decisions, revocation) for revocation in decisions.revocations))
    output.show(listing(table, "revocations", lambda: _items(decisions)))
    _report_plans(decisions, plans)
    for path in outdated:
        log.warning("%s is of an earlier import; this one revokes nothing there. Delete it.", path)


def _default_plan(path: Path) -> Path:
    """Return the plan beside a returned file, or beside the folder of a campaign."""
    if path.is_dir():
        folder = path if path.name not in ("", "..") else path.resolve()
        return folder.with_name(f"{folder.name}.revoke.jsonl")
    return path.with_name(f"{path.name.removesuffix(path.suffix).removesuffix('.decisions')}.revoke.jsonl")


def _row(decisions: ReviewDecisions, revocation: Revocation) -> Row:
    row = revocation.row
    names = (row.principal.name, row.entitlement.name, row.entitlement.resource_name)
    position = decisions.systems[row.system].system, f"{revocation.sheet} {revocation.line}"
    return *position, *names, revocation.reviewer, revocation.date.isoformat(), revocation.note, row.grant


def _items(decisions: ReviewDecisions) -> Iterator[bytes]:
    for revocation in decisions.revocations:
        row = revocation.row
        yield json_bytes(
            {
                "system": decisions.systems[row.system].system,
                "sheet": revocation.sheet,
                "row": revocation.line,
                "grant": row.grant,
                "principal": row.principal.id,
                "entitlement": row.entitlement.id,
                "reviewer": revocation.reviewer,
                "date": revocation.date.isoformat(),
                "note": revocation.note,
                "alsoThrough": [source.id for source in row.via],
            }
        )


def _report_progress(decisions: ReviewDecisions) -> bool:
    """Log how much is decided; return True if the review is complete."""
    total = sum(decisions.counts.values())
    undecided, noun = decisions.undecided, decisions.noun
    if decisions.missing_packages:
        missing = count(decisions.missing_packages, "packages")
        log.warning("The review is not complete: %s of the campaign are not imported.", missing)
    if undecided:
        log.warning("The review is not complete: %s of %s are undecided.", f"{undecided:,}", count(total, noun))
    elif not decisions.missing_packages:
        log.info("The review is complete: %s are decided.", count(total, noun))
    words = (*DECISIONS, *([REASSIGN] if decisions.reassigned else []), OPEN)
    log.info("Decided: %s", ", ".join(f"{decisions.counts[word]:,} {word}" for word in words))
    for person, rows in sorted(decisions.reassigned.items()):
        log.warning("Reassigned to %s, who decides on them: %s.", person, count(rows, noun))
    if decisions.lacking:
        log.warning("No longer in the workbook: %s of the review.", count(decisions.lacking, noun))
    if decisions.annotated:
        log.warning(
            "Without a decision, but with a reviewer, a date or a note: %s.", count(decisions.annotated, "rows")
        )
    return not undecided and not decisions.missing_packages


def _report_plans(decisions: ReviewDecisions, plans: dict[int, Path]) -> None:
    """Log which access remains, and the command that carries out each plan."""
    for revocation in decisions.revocations:
        if revocation.row.via:
            names = ", ".join(source.name for source in revocation.row.via)
            principal, entitlement = revocation.row.principal.name, revocation.row.entitlement.name
            log.warning("row %d: %s still inherits %s through %s.", revocation.line, principal, entitlement, names)
    for note in decisions.notes:
        log.warning("%s", note)
    if not plans:
        log.info("There is nothing to revoke; no plan was written.")
    for number, plan in plans.items():
        system = decisions.systems[number]
        words = ("revoke", system.connector or "NAME", "-f", str(decisions.files[number]), "--sync-id", system.sync)
        log.info("Wrote %s. Next: connector-host %s", plan, shlex.join((*words, "--from-file", str(plan), "--dry-run")))
