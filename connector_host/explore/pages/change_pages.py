"""What is different from the sync before, or from the other file."""

from __future__ import annotations

from ...index import object_search as questions
from ...query.changes.report import Section
from ..equivalent_commands import command
from ..open_files import Book, Opened
from ..page_content import Ask, Cell, Choice, Column, Link, Sheet, Table, address
from .page_parts import catalogue_of, crumbs, number

__all__ = ["page"]

SECTIONS = tuple((section.value, section.value) for section in Section)
MARKS = (("", "All changes"), ("added", "Added"), ("removed", "Removed"), ("changed", "Changed"))
NONE = "There is no earlier sync to compare with: open a second file with another -f, or keep more syncs in one."


def page(book: Book, one: Opened, ask: Ask) -> Sheet:
    """The changes, by section."""
    catalogue, before = catalogue_of(one), book.before(one)
    section = ask.choice("section", SECTIONS) or ""
    mark, text = ask.choice("mark", MARKS) or "", ask.text("q")
    columns = (
        Column("section", "What"),
        Column("change", "Change"),
        Column("name", "Name"),
        Column("where", "Where"),
        Column("details", "Details"),
        Column("id", "ID"),
    )
    counted = questions.sections(catalogue)
    found = questions.changes(catalogue, ask.part, section, mark, text)
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
    return Sheet(
        title="Changes",
        section="changes",
        crumbs=crumbs(one, Link("Changes", current=True)),
        facts=_facts(one, before),
        numbers=tuple(
            (f"{name} {how}", Cell(number(count), ask.url(section=name, mark=how)), "") for name, how, count in counted
        ),
        search=text,
        choices=(
            Choice("section", "What", (("", "Everything"), *((name, name) for name in names)), section),
            Choice("mark", "Change", MARKS, mark),
        ),
        tables=(Table(columns, rows, total, empty=empty, paged=True),),
        command=_command(one, before, ask),
    )


def _lead(one: Opened, row: questions.ChangeRow) -> str:
    """Where a change leads: to what it is of, if that is still there."""
    if row.mark == "removed":
        return ""
    if row.section in ("Principals", "Other resources"):
        type_id, _, resource_id = row.id.partition(":")
        return address(
            one.key, "resource" if row.section == "Other resources" else "principal", type=type_id, id=resource_id
        )
    return address(one.key, "entitlement", id=row.id) if row.section == "Entitlements" else ""


def _facts(one: Opened, before: Opened | None) -> tuple[tuple[str, Cell], ...]:
    if before is None:
        return ()
    return (("From", _side(before)), ("To", _side(one)))


def _side(one: Opened) -> Cell:
    return Cell(
        f"{one.sync.ended_at[:19].replace('T', ' ')}, {one.sync.id}, {one.file.path}", address(one.key, "overview")
    )


def _command(one: Opened, before: Opened | None, ask: Ask) -> str:
    if before is None:
        return command(one, "syncs", sync_id=False)
    sides = [before.sync.id, one.sync.id]
    if before.file is not one.file:
        sides = [f"{side.file.path}@{side.sync.id}" for side in (before, one)]
    filters = {
        "section": ask.choice("section", SECTIONS),
        "change": ask.choice("mark", MARKS),
        "text": ask.text("q"),
    }
    return command(one, "diff", *sides, sync_id=False, **filters)
