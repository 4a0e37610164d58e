"""`connector-host stats`: counts of the objects in a sync."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator

import click

from ....c1z.sync_stats import Stats
from ....c1z.types import SyncRun, View
from ....errors import ConfigError
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes, listing
from ....query.access.sole_owners import count_sole_owners
from ....query.findings import FindingTitle, list_findings
from ....query.index_loading import indexed
from ....query.listing.listing_columns import COUNT_COLUMNS, cell_texts
from ....query.listing.type_counts import TYPE_ORDERS, TypeCount, count_by_type
from ....query.lookup.object_cache import SyncObjects
from ....query.privileged import word_mark
from ....query.rules.bound_rules import bind_rules
from ....query.sync_context import context_lines
from ....query.sync_json import sync_counts, sync_seconds, sync_stats_json
from ...filter_options import order_options, text_option
from ...output_option import OutputFormat
from ...read_command import reads, viewed
from ...rules_option import load_rules, rules_option, violations_of
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
@rules_option
@reads
def command(
    *,
    target: str | None,
    text: str,
    sort: str | None,
    desc: bool,
    findings: bool,
    rules: str | None,
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
    if rules and not findings:
        raise ConfigError("--rules needs --findings.", hint="Add --findings, or leave --rules out.")
    with viewed(target or file, sync_id) as reading:
        view = reading.view
        if findings:
            output.show(_findings_document(view, rules))
            return
        stats = sync_counts(view)
        context = tuple(context_lines(view))
        counts = count_by_type(stats, SyncObjects(view), text=text, sort=sort or "id", descending=desc)
        engine = reading.store.engine
    output.show(_stats_document(view.sync, engine, stats, context, counts))
    if text and not counts:
        log.info("0 of %s match.", count(stats.resource_types, "resource types"))


def _findings_document(view: View, rules: str | None) -> Document:
    loaded = load_rules(rules)
    bound = bind_rules(view, loaded) if loaded is not None else None
    with indexed(view, mark=bound.mark if bound is not None else word_mark) as index:
        findings = [(finding.text, finding.count) for finding in list_findings(view, SyncObjects(view), index)]
        if sole_owners := count_sole_owners(view, index):
            findings.append((FindingTitle.SOLE_OWNERS, sole_owners))
    if bound is not None:
        violations = Counter(violation.rule.name for violation in violations_of(view, bound) if violation.is_open)
        findings += [(f"{FindingTitle.VIOLATIONS}: {name}", number) for name, number in violations.items()]
    rows = [(text, str(number)) for text, number in findings]
    items = [json_bytes({"finding": text, "count": number}) for text, number in findings]
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
