"""`connector-host stats`: counts of the objects in a sync."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import click

from ....c1z.sync_stats import Stats
from ....c1z.types import SyncRun, View
from ....errors import ConfigError
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes, listing
from ....query.findings import list_findings
from ....query.index_loading import indexed
from ....query.listing.listing_columns import COUNT_COLUMNS, cell_texts
from ....query.listing.type_counts import TYPE_ORDERS, TypeCount, count_by_type
from ....query.lookup.object_cache import SyncObjects
from ....query.sync_context import context_lines
from ....query.sync_json import sync_counts, sync_seconds, sync_stats_json
from ...filter_options import order_options, text_option
from ...output_option import OutputFormat
from ...read_command import reads, viewed
from ...terminal.number_text import count, duration

__all__ = ["command"]

log = logging.getLogger(__name__)

COUNT = frozenset({"Count"})
SHOWN_COUNTS = tuple(column for column in COUNT_COLUMNS if column.key != "name")


@click.command(name="stats")
@click.argument("target", metavar="[FILE]", required=False)
@text_option("the resource type's name or id")
@order_options(*TYPE_ORDERS)
@click.option("--findings", is_flag=True, help="Count what deserves a look instead: privileged, disabled, missing.")
@reads
def command(
    *,
    target: str | None,
    text: str,
    sort: str | None,
    desc: bool,
    findings: bool,
    file: str | None,
    output: OutputFormat,
    sync_id: str | None,
) -> None:
    """Count the objects in a c1z file, by kind and by resource type.

    FILE can also be specified with --file.

    --text and --sort apply to the table by resource type. --findings counts the findings of the overview of `explore`.
    """
    if findings and (text or sort or desc):
        raise ConfigError("--findings has no filters and no order.", hint="Leave out --text, --sort and --desc.")
    with viewed(target or file, sync_id) as reading:
        view = reading.view
        if findings:
            output.show(_findings_document(view))
            return
        stats = sync_counts(view)
        context = tuple(context_lines(view))
        counts = count_by_type(stats, SyncObjects(view), text=text, sort=sort or "id", descending=desc)
        engine = reading.store.engine
    output.show(_stats_document(view.sync, engine, stats, context, counts))
    if text and not counts:
        log.info("0 of %s match.", count(stats.resource_types, "resource types"))


def _findings_document(view: View) -> Document:
    with indexed(view) as index:
        findings = list_findings(view, SyncObjects(view), index)
    rows = [(finding.text, str(finding.count)) for finding in findings]
    items = [json_bytes({"finding": finding.text, "count": finding.count}) for finding in findings]
    return listing(TablePart(("Finding", "Count"), lambda: rows, numbers=COUNT), "findings", lambda: items)


def _stats_document(
    sync: SyncRun, engine: str, stats: Stats, context: tuple[str, ...], counts: list[TypeCount]
) -> Document:
    json = json_bytes(sync_stats_json(sync, stats))
    table = _type_table(counts)
    return Document(
        parts=lambda: _parts(sync, engine, stats, context, table),
        document=lambda: (json,),
        records=lambda: (json,),
        flat=table,
    )


def _parts(
    sync: SyncRun, engine: str, stats: Stats, context: tuple[str, ...], table: TablePart
) -> Iterator[DocumentPart]:
    if context:
        yield TextPart(context)
    yield TablePart(("Field", "Value"), lambda: _about(sync, engine))
    totals = (
        ("Resource types", stats.resource_types),
        ("Resources", stats.resources),
        ("Entitlements", stats.entitlements),
        ("Grants", stats.grants),
    )
    yield TablePart(("Kind", "Count"), lambda: ((name, str(number)) for name, number in totals), numbers=COUNT)
    yield table


def _about(sync: SyncRun, engine: str) -> Iterator[Row]:
    yield "Engine", engine
    yield "Sync", sync.id
    yield "Type", sync.type
    if sync.parent_id:
        yield "Parent sync", sync.parent_id
    yield "Started", sync.started_at
    yield "Ended", sync.ended_at or "unfinished"
    seconds = sync_seconds(sync)
    if seconds is not None:
        yield "Took", duration(seconds)


def _type_table(counts: list[TypeCount]) -> TablePart:
    titles = tuple("Resource type" if column.key == "id" else column.title for column in SHOWN_COUNTS)
    numbers = frozenset(column.title for column in SHOWN_COUNTS if column.number)
    return TablePart(titles, lambda: cell_texts(SHOWN_COUNTS, counts), numbers=numbers)
