"""`connector-host lake add-decisions`: take decisions on access into a lake, for its timelines."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click

from ....errors import PreconditionError
from ....lake.access_decisions import add_decisions, source_namer
from ....lake.lake_schema import import_pyarrow
from ....lake.result_table import LakeColumn, LakeTable, counted
from ...lake_option import lake_option, opened_lake, show_lake_table
from ...output_option import OutputFormat, output_option

__all__ = ["add_decisions_of_files"]

COLUMNS = (
    LakeColumn("file", "File"),
    LakeColumn("kind", "Kind"),
    LakeColumn("decisions", "Decisions", number=True),
    LakeColumn("added", "Added", number=True),
    LakeColumn("foreign", "Of other accounts", number=True),
)

log = logging.getLogger(__name__)


@click.command(name="add-decisions")
@click.argument("files", nargs=-1, required=True, metavar="FILES")
@lake_option
@click.option(
    "--source", metavar="NAME", help="The source that was changed or reviewed. [default: by connector and account]"
)
@output_option
def add_decisions_of_files(
    *, files: tuple[str, ...], lake: str | None, source: str | None, output: OutputFormat
) -> None:
    """Add the decisions of the records of changes and of the evidence of reviews FILES, so that timelines name them.

    A record (connector-host-audit.jsonl) has the changes that `grant`, `revoke` and `delete` made; evidence (the ZIP
    file of `review evidence`) has what reviewers kept and revoked. Nothing is taken from a file that was altered. A
    decision that the lake holds is not added again, so that the command can be repeated.
    """
    from ....review.evidence.decision_sources import read_decision_source  # noqa: PLC0415 - only for this command

    import_pyarrow()
    opened = opened_lake(lake)
    name_source = source_namer(opened, source)
    rows: list[tuple[Any, ...]] = []
    for path, result in [(Path(file), read_decision_source(Path(file), name_source)) for file in files]:
        for note in result.notes:
            log.warning("%s: %s", path, note)
        if result.foreign and not result.decisions:
            raise PreconditionError(
                f"Nothing was taken from {path}: the lake holds no sync of the accounts that it is about.",
                hint="Add a file of the account first (`lake add`), or name its source: --source NAME.",
            )
        if result.foreign:
            log.warning("%s: left out: %s on accounts that the lake lacks.", path, counted(result.foreign, "decision"))
        file_kind = "evidence" if result.is_evidence else "record"
        added = add_decisions(opened, result.decisions)
        rows.append((str(path), file_kind, len(result.decisions), added, result.foreign))
    show_lake_table(output, LakeTable(key="added", columns=COLUMNS, rows=rows))
