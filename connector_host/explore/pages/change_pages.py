"""What is different from the sync before, or from the other file."""

from __future__ import annotations

from ...index import object_search as questions
from ...query.changes.change_report import ChangeSection
from ..equivalent_commands import equivalent_command
from ..open_files import OpenFiles, OpenSync
from ..page_content import Cell, FilterChoice, PageColumn, PageContent, PageLink, PageRequest, PageTable, address
from .page_parts import catalogue_of, crumbs, number

__all__ = ["page"]

SECTIONS = tuple((section.value, section.value) for section in ChangeSection)
MARKS = (("", "All changes"), ("added", "Added"), ("removed", "Removed"), ("changed", "Changed"))
NONE = "There is no earlier sync to compare with: open a second file with another -f, or keep more syncs in one."


def page(book: OpenFiles, one: OpenSync, ask: PageRequest) -> PageContent:
    """The changes, by section."""
    catalogue, before = catalogue_of(one), book.before(one)
    section = ask.choice("section", SECTIONS) or ""
    mark, text = ask.choice("mark", MARKS) or "", ask.text("q")
    columns = (
        PageColumn("section", "What"),
        PageColumn("change", "Change"),
        PageColumn("name", "Name"),
        PageColumn("where", "Where"),
        PageColumn("details", "Details"),
        PageColumn("id", "ID"),
    )
    counted = questions.count_by_section(catalogue)
    found = questions.list_changes(catalogue, ask.part, section, mark, text)
    rows = [
        (
            Cell(row.section),
            Cell(row.mark, tags=(row.mark,)),
            Cell(row.name, _lead(one, row)),
            Cell(row.place),
            Cell(row.what),
            Cell(row.id),
        )
        for row in found
    ]
    total = questions.count_changes(catalogue, section, mark, text)
    names = list(dict.fromkeys(name for name, _, _ in counted))
    empty = NONE if before is None else "Nothing has changed."
    return PageContent(
        title="Changes",
        section="changes",
        crumbs=crumbs(one, PageLink("Changes", current=True)),
        facts=_facts(one, before),
        numbers=tuple(
            (f"{name} {how}", Cell(number(count), ask.url(section=name, mark=how)), "") for name, how, count in counted
        ),
        search=text,
        choices=(
            FilterChoice("section", "What", (("", "Everything"), *((name, name) for name in names)), section),
            FilterChoice("mark", "Change", MARKS, mark),
        ),
        tables=(PageTable(columns, rows, total, empty=empty, paged=True),),
        command=_command(one, before, ask),
    )


def _lead(one: OpenSync, row: questions.IndexedChange) -> str:
    """Where a change leads: to what it is of, if that is still there."""
    if row.mark == "removed":
        return ""
    if row.section in ("Principals", "Other resources"):
        type_id, _, resource_id = row.id.partition(":")
        return address(
            one.key, "resource" if row.section == "Other resources" else "principal", type=type_id, id=resource_id
        )
    return address(one.key, "entitlement", id=row.id) if row.section == "Entitlements" else ""


def _facts(one: OpenSync, before: OpenSync | None) -> tuple[tuple[str, Cell], ...]:
    if before is None:
        return ()
    return (("From", _side(before)), ("To", _side(one)))


def _side(one: OpenSync) -> Cell:
    return Cell(
        f"{one.sync.ended_at[:19].replace('T', ' ')}, {one.sync.id}, {one.file.path}", address(one.key, "overview")
    )


def _command(one: OpenSync, before: OpenSync | None, ask: PageRequest) -> str:
    if before is None:
        return equivalent_command(one, "syncs", sync_id=False)
    sides = [before.sync.id, one.sync.id]
    if before.file is not one.file:
        sides = [f"{side.file.path}@{side.sync.id}" for side in (before, one)]
    filters = {
        "section": ask.choice("section", SECTIONS),
        "change": ask.choice("mark", MARKS),
        "text": ask.text("q"),
    }
    return equivalent_command(one, "diff", *sides, sync_id=False, **filters)
