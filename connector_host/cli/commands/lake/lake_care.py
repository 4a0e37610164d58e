"""`connector-host lake stats` and `lake verify`: the state of a lake."""

from __future__ import annotations

import click

from ....lake.lake_checks import verify_lake
from ....lake.lake_statistics import list_syncs, source_statistics
from ....lake.result_table import LakeColumn, LakeTable
from ...lake_option import lake_option, opened_lake, show_lake_table
from ...output_option import OutputFormat, output_option

__all__ = ["stats", "verify"]

FINDINGS = 1
COLUMNS = (
    LakeColumn("severity", "Severity"),
    LakeColumn("source", "Source"),
    LakeColumn("sync", "Sync", secondary=True),
    LakeColumn("finding", "Finding"),
    LakeColumn("remedy", "What to do"),
)


@click.command(name="stats")
@lake_option
@click.option("--syncs", is_flag=True, help="One row for each sync, instead of one for each source.")
@output_option
def stats(*, lake: str | None, syncs: bool, output: OutputFormat) -> None:
    """Show the sources of a lake with the number, age and size of their syncs, and what these lack."""
    opened = opened_lake(lake)
    show_lake_table(output, list_syncs(opened) if syncs else source_statistics(opened))


@click.command(name="verify")
@lake_option
@click.option("--quick", is_flag=True, help="Compare the sizes of the files only, without reading them.")
@output_option
def verify(*, lake: str | None, quick: bool, output: OutputFormat) -> None:
    """Check that every sync of a lake is complete and unaltered. Exit code 1 means that one is not."""
    opened = opened_lake(lake)
    findings = list(verify_lake(opened, quick=quick))
    rows = [(item.severity, item.source, item.sync_id, item.text, item.remedy) for item in findings]
    is_faulty = any(item.severity == "error" for item in findings)
    verdict = "is damaged" if is_faulty else "is complete and unaltered"
    show_lake_table(
        output,
        LakeTable(key="findings", columns=COLUMNS, rows=rows, notes=(f"The lake {opened.store.url} {verdict}.",)),
    )
    click.get_current_context().exit(FINDINGS if is_faulty else 0)
