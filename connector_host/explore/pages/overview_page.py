"""The overview page: counts, findings and changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ...index import grant_search
from ...index import object_search as search
from ...index.grant_search import IndexedGrantFilter
from ...index.object_search import RowWindow
from ...index.sync_index import SyncIndex
from ...query.findings import FindingTitle, list_findings
from ...query.listing.type_counts import count_by_type
from ...query.sync_json import sync_seconds
from ...query.sync_origin import read_origin
from ..equivalent_commands import equivalent_command
from ..open_files import OpenFiles, OpenSync
from ..page_content import Cell, PageColumn, PageContent, PageQuery, PageTable, address
from .page_parts import number, principal_cell, type_name

__all__ = ["page"]

MOST_SHOWN = 8


def page(files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """Show the overview; the findings are left out until the index is filled."""
    earlier = files.before(opened)
    finding_tables: tuple[PageTable, ...] = ()
    if opened.ready and opened.index is not None:
        finding_tables = tuple(_findings(opened, opened.index, earlier))
    tables = (*finding_tables, _types(opened, earlier))
    table = request.text("table")
    if table == "types":  # the download of the second table
        tables = tables[-1:]
    return PageContent(
        title="Overview",
        section="overview",
        facts=_about(opened, earlier),
        numbers=tuple(_numbers(opened, earlier)),
        tables=tables,
        notes=(*files.notes, *opened.gaps),
        command=equivalent_command(opened, "stats", findings=True),
        waiting="" if opened.ready else f"Reading {opened.doing or 'the sync'} …",
    )


def _numbers(opened: OpenSync, earlier: OpenSync | None) -> Iterator[tuple[str, Cell, str]]:
    counts, earlier_counts = opened.stats, earlier.stats if earlier else None
    for label, key, name in (
        ("Resource types", "resource_types", "types"),
        ("Resources", "resources", "resources"),
        ("Entitlements", "entitlements", "entitlements"),
        ("Grants", "grants", "grants"),
    ):
        value = int(getattr(counts, key))
        change = ""
        if earlier_counts is not None:
            old = int(getattr(earlier_counts, key))
            change = f"{value - old:+,} since the previous sync" if value != old else "unchanged"
        yield label, Cell(number(value), address(opened.key, name)), change


def _about(opened: OpenSync, earlier: OpenSync | None) -> tuple[tuple[str, Cell], ...]:
    sync = opened.sync
    took = sync_seconds(sync)
    origin = read_origin(sync)
    facts = [
        ("File", Cell(str(opened.file.path))),
        ("Account", Cell(origin.account)),
        ("Read as", Cell(origin.user)),
        ("Connector", Cell(f"{origin.connector} {origin.connector_version}".strip())),
        ("Sync", Cell(f"{sync.id} ({sync.type})")),
        ("Ended", Cell(sync.ended_at[:19].replace("T", " ") or "unfinished")),
        ("Took", Cell(f"{took:.1f} s" if took is not None else "")),
    ]
    if earlier is not None:
        source = earlier.sync.id if earlier.file is opened.file else f"{earlier.sync.id} in {earlier.file.path}"
        facts.append(("Compared with", Cell(source, address(earlier.key, "overview"))))
    return tuple(fact for fact in facts if fact[1].text)


def _findings(opened: OpenSync, index: SyncIndex, earlier: OpenSync | None) -> Iterator[PageTable]:
    rows = [
        (Cell(finding.text, address(opened.key, finding.listing, **finding.filters)), Cell(number(finding.count)))
        for finding in list_findings(opened.view, opened.objects, index)
    ]
    counts = Counter(violation.rule.name for violation in opened.violations if violation.is_open)
    rows += [
        (Cell(f"{FindingTitle.VIOLATIONS}: {name}", address(opened.key, "violations", rule=name)), Cell(number(count)))
        for name, count in counts.items()
    ]
    columns = (PageColumn("finding", "Finding"), PageColumn("count", "Count", number=True))
    yield PageTable(columns, rows, len(rows), "Findings", "There are no findings.")
    yield _changes(opened, index, earlier)
    privileged_grants = IndexedGrantFilter(privileged=True)
    if grant_search.count_grants(index, privileged_grants):
        yield _most_privileged(opened, index)


def _changes(opened: OpenSync, index: SyncIndex, earlier: OpenSync | None) -> PageTable:
    columns = (
        PageColumn("section", "Section"),
        PageColumn("mark", "Change"),
        PageColumn("count", "Count", number=True),
    )
    if earlier is None:
        return PageTable(columns, [], 0, "Changes", "There is no earlier sync to compare with.")
    if not index.changes_ready:
        return PageTable(
            columns,
            [],
            0,
            "Changes",
            "The comparison with the earlier sync is not finished yet. Reload the page in a moment.",
        )
    rows = [
        (
            Cell(section, address(opened.key, "changes", section=section, mark=mark)),
            Cell(mark, tags=(mark,)),
            Cell(number(count)),
        )
        for section, mark, count in search.count_by_section(index)
    ]
    return PageTable(
        columns,
        rows,
        len(rows),
        f"Changes since {earlier.sync.ended_at[:16].replace('T', ' ')}",
        "Nothing has changed.",
    )


def _most_privileged(opened: OpenSync, index: SyncIndex) -> PageTable:
    """List the principals with the most privileged grants."""
    columns = (
        PageColumn("name", "Principal"),
        PageColumn("type", "Type"),
        PageColumn("count", "Privileged grants", number=True),
    )
    principals = grant_search.most_privileged_principals(index, RowWindow(limit=MOST_SHOWN))
    rows = [
        (principal_cell(opened, principal), Cell(type_name(opened, principal.type)), Cell(number(count)))
        for principal, count in principals
    ]
    return PageTable(columns, rows, len(rows), "Most privileged")


def _types(opened: OpenSync, earlier: OpenSync | None) -> PageTable:
    earlier_types = (
        {resource_type.id: resource_type for resource_type in count_by_type(earlier.stats, earlier.objects)}
        if earlier
        else {}
    )
    columns = (("resources", "Resources"), ("entitlements", "Entitlements"), ("grants", "Grants"))
    rows = []
    for resource_type in count_by_type(opened.stats, opened.objects):
        cells = [Cell(resource_type.name, address(opened.key, "resources", type=resource_type.id))]
        for page_name, _ in columns:
            value = getattr(resource_type, page_name)
            old = getattr(earlier_types.get(resource_type.id), page_name, 0) if earlier else value
            tags = (f"{value - old:+,}",) if value != old else ()
            cells.append(Cell(number(value), address(opened.key, page_name, type=resource_type.id), tags))
        rows.append(tuple(cells))
    heads = (PageColumn("type", "Resource type"), *(PageColumn(key, title, number=True) for key, title in columns))
    return PageTable(heads, rows, len(rows), "By resource type", "The sync lists no resource type.")
