"""The first page: how much there is, what changed, what deserves a look."""

from __future__ import annotations

from collections.abc import Iterator

from ...index import grant_search
from ...index import object_search as questions
from ...index.grant_search import IndexedGrantFilter
from ...index.object_search import PageRequest as Part
from ...index.sync_index import SyncIndex
from ...query.findings import list_findings
from ...query.sync_json import sync_seconds
from ...query.type_counts import count_by_type
from ..equivalent_commands import equivalent_command
from ..open_files import OpenFiles, OpenSync
from ..page_content import Cell, PageColumn, PageContent, PageRequest, PageTable, address
from .page_parts import number, principal_cell, type_name

__all__ = ["page"]

MOST_SHOWN = 8


def page(book: OpenFiles, one: OpenSync, ask: PageRequest) -> PageContent:
    """The overview. What needs every grant is left out until it was counted."""
    before = book.before(one)
    found: tuple[PageTable, ...] = ()
    if one.ready and one.catalogue is not None:
        found = tuple(_findings(one, one.catalogue, before))
    tables = (*found, _types(one, before))
    main = ask.text("table")
    if main == "types":  # the export of the second table
        tables = tables[-1:]
    return PageContent(
        title="Overview",
        section="overview",
        facts=_about(one, before),
        numbers=tuple(_numbers(one, before)),
        tables=tables,
        notes=tuple(book.notes),
        command=equivalent_command(one, "stats", findings=True),
        waiting="" if one.ready else f"Reading {one.doing or 'the sync'} …",
    )


def _numbers(one: OpenSync, before: OpenSync | None) -> Iterator[tuple[str, Cell, str]]:
    now, then = one.stats, before.stats if before else None
    for label, key, name in (
        ("Resource types", "resource_types", "types"),
        ("Resources", "resources", "resources"),
        ("Entitlements", "entitlements", "entitlements"),
        ("Grants", "grants", "grants"),
    ):
        value = int(getattr(now, key))
        change = ""
        if then is not None:
            old = int(getattr(then, key))
            change = f"{value - old:+,} since the sync before" if value != old else "as before"
        yield label, Cell(number(value), address(one.key, name)), change


def _about(one: OpenSync, before: OpenSync | None) -> tuple[tuple[str, Cell], ...]:
    sync = one.sync
    took = sync_seconds(sync)
    facts = [
        ("File", Cell(str(one.file.path))),
        ("Sync", Cell(f"{sync.id} ({sync.type})")),
        ("Ended", Cell(sync.ended_at[:19].replace("T", " ") or "unfinished")),
        ("Took", Cell(f"{took:.1f} s" if took is not None else "")),
    ]
    if before is not None:
        where = before.sync.id if before.file is one.file else f"{before.sync.id} in {before.file.path}"
        facts.append(("Compared with", Cell(where, address(before.key, "overview"))))
    return tuple(fact for fact in facts if fact[1].text)


def _findings(one: OpenSync, catalogue: SyncIndex, before: OpenSync | None) -> Iterator[PageTable]:
    rows = [
        (Cell(found.text, address(one.key, found.listing, **found.filters)), Cell(number(found.count)))
        for found in list_findings(one.view, one.objects, catalogue)
    ]
    columns = (PageColumn("finding", "What"), PageColumn("count", "How many", number=True))
    yield PageTable(columns, rows, len(rows), "Worth a look", "Nothing stands out.")
    yield _changes(one, catalogue, before)
    where = IndexedGrantFilter(privileged=True)
    if grant_search.count_grants(catalogue, where):
        yield _mightiest(one, catalogue)


def _changes(one: OpenSync, catalogue: SyncIndex, before: OpenSync | None) -> PageTable:
    columns = (
        PageColumn("section", "What"),
        PageColumn("mark", "Change"),
        PageColumn("count", "How many", number=True),
    )
    if before is None:
        return PageTable(columns, [], 0, "Changes", "There is no earlier sync to compare with.")
    if not catalogue.changes_ready:
        return PageTable(columns, [], 0, "Changes", "Still comparing with the earlier sync; look again in a moment.")
    rows = [
        (
            Cell(section, address(one.key, "changes", section=section, mark=mark)),
            Cell(mark, tags=(mark,)),
            Cell(number(count)),
        )
        for section, mark, count in questions.count_by_section(catalogue)
    ]
    return PageTable(
        columns, rows, len(rows), f"Changes since {before.sync.ended_at[:16].replace('T', ' ')}", "Nothing has changed."
    )


def _mightiest(one: OpenSync, catalogue: SyncIndex) -> PageTable:
    """The principals with the most privileged grants."""
    columns = (
        PageColumn("name", "Principal"),
        PageColumn("type", "Type"),
        PageColumn("count", "Privileged grants", number=True),
    )
    found = grant_search.most_privileged_principals(catalogue, Part(limit=MOST_SHOWN))
    rows = [
        (principal_cell(one, thing), Cell(type_name(one, thing.type)), Cell(number(count))) for thing, count in found
    ]
    return PageTable(columns, rows, len(rows), "Most privileged")


def _types(one: OpenSync, before: OpenSync | None) -> PageTable:
    then = {kind.id: kind for kind in count_by_type(before.stats, before.objects)} if before else {}
    columns = (("resources", "Resources"), ("entitlements", "Entitlements"), ("grants", "Grants"))
    rows = []
    for kind in count_by_type(one.stats, one.objects):
        cells = [Cell(kind.name, address(one.key, "resources", type=kind.id))]
        for page_name, _ in columns:
            value = getattr(kind, page_name)
            old = getattr(then.get(kind.id), page_name, 0) if before else value
            tags = (f"{value - old:+,}",) if value != old else ()
            cells.append(Cell(number(value), address(one.key, page_name, type=kind.id), tags))
        rows.append(tuple(cells))
    heads = (PageColumn("type", "Resource type"), *(PageColumn(key, title, number=True) for key, title in columns))
    return PageTable(heads, rows, len(rows), "By resource type", "The sync lists no resource type.")
