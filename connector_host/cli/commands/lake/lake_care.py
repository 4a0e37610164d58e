"""`connector-host lake stats`, `verify`, `prune` and `compact`: the state and the care of a lake."""

from __future__ import annotations

import logging
from datetime import timedelta

import click

from ....lake.compaction import compact_lake
from ....lake.lake_checks import verify_lake
from ....lake.lake_pruning import RetentionPolicy, prune_lake
from ....lake.lake_statistics import list_syncs, source_statistics
from ....lake.result_table import LakeColumn, LakeTable, counted
from ...lake_option import lake_option, opened_lake, show_lake_table
from ...output_option import OutputFormat, output_option

__all__ = ["compact", "prune", "stats", "verify"]

FINDINGS = 1
COLUMNS = (
    LakeColumn("severity", "Severity"),
    LakeColumn("source", "Source"),
    LakeColumn("sync", "Sync", secondary=True),
    LakeColumn("finding", "Finding"),
    LakeColumn("remedy", "What to do"),
)
PRUNE_COLUMNS = (
    LakeColumn("source", "Source"),
    LakeColumn("sync", "Sync"),
    LakeColumn("ended", "Ended"),
    LakeColumn("grants", "Grants", number=True),
    LakeColumn("bytes", "Bytes", number=True),
)

log = logging.getLogger(__name__)


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


@click.command(name="prune")
@lake_option
@click.option(
    "--keep-daily",
    type=click.IntRange(min=0),
    default=30,
    show_default=True,
    help="Keep the last sync of each of this many days with syncs, for each source.",
)
@click.option(
    "--keep-monthly",
    type=click.IntRange(min=0),
    default=24,
    show_default=True,
    help="Keep the last sync of each of this many months with syncs, for each source.",
)
@click.option(
    "--grace",
    type=click.FloatRange(0, 876_000),
    default=24.0,
    show_default=True,
    help="Delete files that no sync needs any more after this many hours.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be removed, and remove nothing.")
@output_option
def prune(
    *, lake: str | None, keep_daily: int, keep_monthly: int, grace: float, dry_run: bool, output: OutputFormat
) -> None:
    """Remove old syncs by a policy, and delete files that no sync needs.

    The newest sync of each source is always kept. The files of a removed sync, and those of writers that were killed,
    are deleted by a prune after the time of grace, so that queries and writers at work are not disturbed.
    """
    policy = RetentionPolicy(daily=keep_daily, monthly=keep_monthly)
    pruned = prune_lake(opened_lake(lake), policy, grace=timedelta(hours=grace), dry_run=dry_run)
    rows = [
        (commit.source, commit.sync_id, commit.end, commit.counts.get("grants", 0), commit.size)
        for commit in pruned.syncs
    ]
    objects = f"{counted(pruned.objects, 'object')} ({counted(pruned.size, 'byte')})"
    note = f"{'To be removed' if dry_run else 'Removed'}: {counted(len(rows), 'sync')}; deleted: {objects}."
    show_lake_table(output, LakeTable(key="removed", columns=PRUNE_COLUMNS, rows=rows, notes=(note,)))


@click.command(name="compact")
@lake_option
@click.option(
    "--smaller-than",
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    help="Merge the files of syncs with less than this many MB.",
)
def compact(*, lake: str | None, smaller_than: int) -> None:
    """Merge the small files of many syncs into few large ones, so that questions about many sources stay quick.

    `lake prune` deletes the files that were merged, after its time of grace.
    """
    result = compact_lake(opened_lake(lake), smaller_than=smaller_than * 1_000_000)
    log.info(
        "%s: %s merged into %s.",
        counted(result.syncs, "sync"),
        counted(result.files_before, "file"),
        counted(result.files_after, "file"),
    )
