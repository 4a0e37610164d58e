"""The page of changes since the sync before, or against the other file."""

from __future__ import annotations

from ...index import object_search as search
from ...query.changes.change_report import ChangeSection
from ..equivalent_commands import equivalent_command
from ..open_files import OpenFiles, OpenSync
from ..page_content import Cell, FilterChoice, PageColumn, PageContent, PageLink, PageQuery, PageTable, address
from .page_parts import crumbs, index_of, no_such, number

__all__ = ["page"]

SECTIONS = tuple((section.value, section.value) for section in ChangeSection)
MARKS = (("", "All changes"), ("added", "Added"), ("removed", "Removed"), ("changed", "Changed"))
COLUMNS = (
    PageColumn("section", "Section"),
    PageColumn("change", "Change"),
    PageColumn("name", "Name"),
    PageColumn("where", "Where"),
    PageColumn("details", "Details"),
    PageColumn("id", "ID"),
)
NOTHING_TO_COMPARE = "There is no earlier sync to compare with. Name an older file with a second -f."


def page(files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """List the changes, grouped by section."""
    index, before = index_of(opened), files.before(opened)
    section = request.choice("section", SECTIONS) or ""
    if request.text("section") and not section:
        raise no_such("section", request.text("section"))
    mark, text = request.choice("mark", MARKS) or "", request.text("q")
    counted = search.count_by_section(index)
    rows = [_cells(opened, row) for row in search.list_changes(index, request.part, section, mark, text)]
    total = search.count_changes(index, section, mark, text)
    sections = (("", "All sections"), *((name, name) for name in dict.fromkeys(name for name, _, _ in counted)))
    filtered = "No changes match these filters." if counted else "Nothing has changed."
    empty = NOTHING_TO_COMPARE if before is None else filtered
    return PageContent(
        title="Changes",
        section="changes",
        crumbs=crumbs(opened, PageLink("Changes", current=True)),
        facts=_facts(opened, before),
        numbers=tuple(
            (f"{name} {how}", Cell(number(count), request.url(section=name, mark=how)), "")
            for name, how, count in counted
        ),
        search=text,
        choices=(
            FilterChoice("section", "Section", sections, section, open_ended=True),
            FilterChoice("mark", "Change", MARKS, mark),
        ),
        tables=(PageTable(COLUMNS, rows, total, empty=empty, paged=True),),
        command=_command(opened, before, request),
    )


def _cells(opened: OpenSync, row: search.IndexedChange) -> tuple[Cell, ...]:
    return (
        Cell(row.section),
        Cell(row.mark, tags=(row.mark,)),
        Cell(row.name, _lead(opened, row)),
        Cell(row.place),
        Cell(row.details),
        Cell(row.id),
    )


def _lead(opened: OpenSync, row: search.IndexedChange) -> str:
    """Return the address of the changed object, empty if it was removed."""
    if row.mark == "removed":
        return ""
    if row.section in ("Principals", "Other resources"):
        type_id, _, resource_id = row.id.partition(":")
        return address(
            opened.key, "resource" if row.section == "Other resources" else "principal", type=type_id, id=resource_id
        )
    return address(opened.key, "entitlement", id=row.id) if row.section == "Entitlements" else ""


def _facts(opened: OpenSync, before: OpenSync | None) -> tuple[tuple[str, Cell], ...]:
    if before is None:
        return ()
    return (("From", _side(before)), ("To", _side(opened)))


def _side(opened: OpenSync) -> Cell:
    return Cell(
        f"{opened.sync.ended_at[:19].replace('T', ' ')}, {opened.sync.id}, {opened.file.path}",
        address(opened.key, "overview"),
    )


def _command(opened: OpenSync, before: OpenSync | None, request: PageQuery) -> str:
    if before is None:
        return equivalent_command(opened, "syncs", sync_id=False)
    sides = [before.sync.id, opened.sync.id]
    if before.file is not opened.file:
        sides = [f"{side.file.path}@{side.sync.id}" for side in (before, opened)]
    filters = {
        "section": request.choice("section", SECTIONS),
        "change": request.choice("mark", MARKS),
        "text": request.text("q"),
    }
    return equivalent_command(opened, "diff", *sides, sync_id=False, **filters)
