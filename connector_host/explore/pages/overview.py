"""The first page: how much there is, what changed, what deserves a look."""

from __future__ import annotations

from collections.abc import Iterator

from ...c1z import catalogue_held
from ...c1z import catalogue_questions as questions
from ...c1z.catalogue import Catalogue
from ...c1z.catalogue_held import HeldFilter
from ...c1z.catalogue_questions import Part, ThingFilter
from ...query.runs import duration
from ..book import Book, Opened
from ..commands import command
from ..sheet import Ask, Cell, Column, Sheet, Table, address
from .parts import number, principal_cell, type_name, user_types

__all__ = ["page"]

MOST_SHOWN = 8


def page(book: Book, one: Opened, ask: Ask) -> Sheet:
    """The overview. What needs every grant is left out until it was counted."""
    before = book.before(one)
    findings: tuple[Table, ...] = ()
    if one.ready and one.catalogue is not None:
        findings = tuple(_findings(one, one.catalogue, before))
    tables = (*findings, _types(one, before))
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
        command=command(one, "stats"),
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
    rows = [(Cell(text, href), Cell(number(count))) for text, count, href in _looked_at(one, catalogue) if count]
    columns = (Column("finding", "What"), Column("count", "How many", number=True))
    yield Table(columns, rows, len(rows), "Worth a look", "Nothing stands out.")
    yield _changes(one, catalogue, before)
    where = HeldFilter(privileged=True)
    if catalogue_held.count_held(catalogue, where):
        yield _mightiest(one, catalogue)


def _looked_at(one: Opened, catalogue: Catalogue) -> Iterator[tuple[str, int, str]]:
    """What deserves a look: (text, how many, where it leads)."""
    key = one.key
    counted = questions.states(catalogue)
    for state in ("disabled", "deleted"):
        holding = sum(held for of, _, _, held in counted if of == state)
        yield f"{state.capitalize()} accounts that hold something", holding, address(key, "principals", state=state)
    for kind, text in (("guest", "Guests"), ("service", "Service accounts"), ("system", "System accounts")):
        holding = sum(held for _, of, _, held in counted if of == kind)
        yield f"{text} that hold something", holding, address(key, "principals", account=kind)
    privileged = questions.count_entitlements(catalogue, privileged=True)
    yield "Privileged entitlements, by their names", privileged, address(key, "entitlements", show="privileged")
    held = catalogue_held.count_held(catalogue, HeldFilter(privileged=True)) if privileged else 0
    yield "Grants of privileged entitlements", held, address(key, "grants", show="privileged")
    for type_id in user_types(one):
        where = ThingFilter(type=type_id, unused=True)
        text = f"{type_name(one, type_id)}: accounts that hold nothing"
        yield text, questions.count_things(catalogue, where), address(key, "principals", type=type_id, holding="none")
    unheld = questions.count_entitlements(catalogue, unheld=True)
    yield "Entitlements that nobody holds", unheld, address(key, "entitlements", show="unheld")
    missing = questions.count_things(catalogue, ThingFilter(missing=True))
    yield "Named by grants, but not in the sync", missing, address(key, "resources", missing=1)
    lost = questions.count_entitlements(catalogue, missing=True)
    yield "Entitlements granted, but not in the sync", lost, address(key, "entitlements", show="missing")


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
    found = catalogue_held.most_privileged(catalogue, Part(limit=MOST_SHOWN))
    rows = [
        (principal_cell(one, thing), Cell(type_name(one, thing.type)), Cell(number(count))) for thing, count in found
    ]
    return Table(columns, rows, len(rows), "Most privileged")


def _types(one: Opened, before: Opened | None) -> Table:
    now = one.stats
    names = sorted({*now.resources_by_resource_type, *now.entitlements_by_resource_type, *now.grants_by_resource_type})
    groups = (
        ("resources", "Resources", "resources_by_resource_type"),
        ("entitlements", "Entitlements", "entitlements_by_resource_type"),
        ("grants", "Grants", "grants_by_resource_type"),
    )
    rows = []
    for name in names:
        cells = [Cell(type_name(one, name), address(one.key, "resources", type=name))]
        for page_name, _, field in groups:
            value = getattr(now, field).get(name, 0)
            old = getattr(before.stats, field).get(name, 0) if before else value
            tags = (f"{value - old:+,}",) if value != old else ()
            cells.append(Cell(number(value), address(one.key, page_name, type=name), tags))
        rows.append(tuple(cells))
    columns = (Column("type", "Resource type"), *(Column(key, title, number=True) for key, title, _ in groups))
    return Table(columns, rows, len(rows), "By resource type", "The sync lists no resource type.")
