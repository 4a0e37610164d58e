"""The first page: how much there is, what changed, what deserves a look."""

from __future__ import annotations

from collections.abc import Iterator

from ...index import grant_search
from ...index import object_search as questions
from ...index.database import Catalogue
from ...index.grant_search import HeldFilter
from ...index.object_search import Part
from ...query.findings import findings
from ...query.sync_json import duration
from ...query.type_counts import by_type
from ..equivalent_commands import command
from ..open_files import Book, Opened
from ..page_content import Ask, Cell, Column, Sheet, Table, address
from .page_parts import number, principal_cell, type_name

__all__ = ["page"]

MOST_SHOWN = 8


def page(book: Book, one: Opened, ask: Ask) -> Sheet:
    """The overview. What needs every grant is left out until it was counted."""
    before = book.before(one)
    found: tuple[Table, ...] = ()
    if one.ready and one.catalogue is not None:
        found = tuple(_findings(one, one.catalogue, before))
    tables = (*found, _types(one, before))
    main = ask.text("table")
    if main == "types":  # the export of the second table
        tables = tables[-1:]
    return Sheet(
        title="Overview",
        section="overview",
        facts=_about(one, before),
        numbers=tuple(_numbers(one, before)),
        tables=tables,
        notes=tuple(book.notes),
        command=command(one, "stats", findings=True),
        waiting="" if one.ready else f"Reading {one.doing or 'the sync'} …",
    )


def _numbers(one: Opened, before: Opened | None) -> Iterator[tuple[str, Cell, str]]:
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


def _about(one: Opened, before: Opened | None) -> tuple[tuple[str, Cell], ...]:
    sync = one.sync
    took = duration(sync)
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


def _findings(one: Opened, catalogue: Catalogue, before: Opened | None) -> Iterator[Table]:
    rows = [
        (Cell(found.text, address(one.key, found.listing, **found.filters)), Cell(number(found.count)))
        for found in findings(one.view, one.objects, catalogue)
    ]
    columns = (Column("finding", "What"), Column("count", "How many", number=True))
    yield Table(columns, rows, len(rows), "Worth a look", "Nothing stands out.")
    yield _changes(one, catalogue, before)
    where = HeldFilter(privileged=True)
    if grant_search.count_held(catalogue, where):
        yield _mightiest(one, catalogue)


def _changes(one: Opened, catalogue: Catalogue, before: Opened | None) -> Table:
    columns = (Column("section", "What"), Column("mark", "Change"), Column("count", "How many", number=True))
    if before is None:
        return Table(columns, [], 0, "Changes", "There is no earlier sync to compare with.")
    if not catalogue.changes_ready:
        return Table(columns, [], 0, "Changes", "Still comparing with the earlier sync; look again in a moment.")
    rows = [
        (
            Cell(section, address(one.key, "changes", section=section, mark=mark)),
            Cell(mark, tags=(mark,)),
            Cell(number(count)),
        )
        for section, mark, count in questions.sections(catalogue)
    ]
    return Table(
        columns, rows, len(rows), f"Changes since {before.sync.ended_at[:16].replace('T', ' ')}", "Nothing has changed."
    )


def _mightiest(one: Opened, catalogue: Catalogue) -> Table:
    """The principals with the most privileged grants."""
    columns = (Column("name", "Principal"), Column("type", "Type"), Column("count", "Privileged grants", number=True))
    found = grant_search.most_privileged(catalogue, Part(limit=MOST_SHOWN))
    rows = [
        (principal_cell(one, thing), Cell(type_name(one, thing.type)), Cell(number(count))) for thing, count in found
    ]
    return Table(columns, rows, len(rows), "Most privileged")


def _types(one: Opened, before: Opened | None) -> Table:
    then = {kind.id: kind for kind in by_type(before.stats, before.objects)} if before else {}
    columns = (("resources", "Resources"), ("entitlements", "Entitlements"), ("grants", "Grants"))
    rows = []
    for kind in by_type(one.stats, one.objects):
        cells = [Cell(kind.name, address(one.key, "resources", type=kind.id))]
        for page_name, _ in columns:
            value = getattr(kind, page_name)
            old = getattr(then.get(kind.id), page_name, 0) if before else value
            tags = (f"{value - old:+,}",) if value != old else ()
            cells.append(Cell(number(value), address(one.key, page_name, type=kind.id), tags))
        rows.append(tuple(cells))
    heads = (Column("type", "Resource type"), *(Column(key, title, number=True) for key, title in columns))
    return Table(heads, rows, len(rows), "By resource type", "The sync lists no resource type.")
