"""`connector-host stats`: how much is in a sync."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ....c1z.sync_stats import Stats
from ....c1z.types import SyncRun, View
from ....errors import ConfigError
from ....output.document import Document, DocumentPart, Row, TablePart, json_bytes, listing
from ....query.findings import list_findings as all_findings
from ....query.index_loading import indexed
from ....query.listing.type_counts import TYPE_ORDERS, TypeCount, count_by_type
from ....query.lookup.object_cache import SyncObjects
from ....query.sync_json import sync_counts, sync_seconds, sync_stats_json
from ...filter_options import order_options, text_option
from ...output_option import OutputFormat
from ...read_command import reads, viewed
from ...terminal.number_text import duration as in_words

__all__ = ["command"]

NUMBERS = frozenset({"Count", "Resources", "Entitlements", "Grants"})


@click.command(name="stats")
@text_option("the resource type's name or id")
@order_options(*TYPE_ORDERS)
@click.option("--findings", is_flag=True, help="Count what is worth a look instead: privileged, disabled, missing.")
@reads
def command(
    *,
    text: str,
    sort: str | None,
    desc: bool,
    findings: bool,
    file: str | None,
    output: OutputFormat,
    sync_id: str | None,
) -> None:
    """Count what is in a c1z file, by kind and by resource type.

    --text and --sort are about the table by resource type. With --findings: what the overview of `explore` finds.
    """
    if findings and (text or sort or desc):
        raise ConfigError("--findings has no filters and no order", hint="Leave out --text, --sort and --desc.")
    with viewed(file, sync_id) as reading:
        if findings:
            output.show(_findings(reading.view))
            return
        sync, engine = reading.view.sync, reading.store.engine
        stats = sync_counts(reading.view)
        named = count_by_type(stats, SyncObjects(reading.view), text=text, sort=sort or "id", descending=desc)
    whole = json_bytes(sync_stats_json(sync, stats))
    table = _by_type(named)
    answer = Document(
        parts=lambda: _parts(sync, engine, stats, table),
        document=lambda: (whole,),
        records=lambda: (whole,),
        flat=table,
    )
    output.show(answer)


def _findings(view: View) -> Document:
    with indexed(view) as catalogue:
        found = all_findings(view, SyncObjects(view), catalogue)
    table = TablePart(("Finding", "Count"), lambda: ((one.text, str(one.count)) for one in found), numbers=NUMBERS)
    items = [json_bytes({"finding": one.text, "count": one.count}) for one in found]
    return listing(table, "findings", lambda: items)


def _parts(sync: SyncRun, engine: str, stats: Stats, table: TablePart) -> Iterator[DocumentPart]:
    yield TablePart(("Field", "Value"), lambda: _about(sync, engine))
    kinds = (
        ("Resource types", stats.resource_types),
        ("Resources", stats.resources),
        ("Entitlements", stats.entitlements),
        ("Grants", stats.grants),
    )
    yield TablePart(("Kind", "Count"), lambda: ((name, str(number)) for name, number in kinds), numbers=NUMBERS)
    yield table


def _about(sync: SyncRun, engine: str) -> Iterator[Row]:
    yield "Engine", engine
    yield "Sync", sync.id
    yield "Type", sync.type
    if sync.parent_id:
        yield "Parent sync", sync.parent_id
    yield "Started", sync.started_at
    yield "Ended", sync.ended_at or "unfinished"
    took = sync_seconds(sync)
    if took is not None:
        yield "Took", in_words(took)


def _by_type(found: list[TypeCount]) -> TablePart:
    rows = [(one.id, str(one.resources), str(one.entitlements), str(one.grants)) for one in found]
    return TablePart(("Resource type", "Resources", "Entitlements", "Grants"), lambda: rows, numbers=NUMBERS)
