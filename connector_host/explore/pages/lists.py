"""The lists: resource types, principals, resources, entitlements, grants."""

from __future__ import annotations

from ...c1z import catalogue_questions as questions
from ...c1z.catalogue_held import HeldFilter
from ...c1z.catalogue_questions import Thing, ThingFilter
from ..book import Book, Opened
from ..commands import command
from ..sheet import Ask, Cell, Choice, Column, Link, Sheet, Table, address
from .parts import (
    catalogue_of,
    crumbs,
    entitlement_cell,
    grant_table,
    number,
    principal_cell,
    resource_cell,
    type_choice,
    type_name,
)

__all__ = ["entitlements", "grants", "principals", "resources", "types"]

STATES = (("", "Any state"), ("enabled", "Enabled"), ("disabled", "Disabled"), ("deleted", "Deleted"))
ACCOUNTS = (("", "Any account"), ("guest", "Guests"), ("service", "Service accounts"), ("system", "System accounts"))
HOLDING = (("", "Holding something"), ("none", "Holding nothing"), ("any", "All"))


def types(_book: Book, one: Opened, ask: Ask) -> Sheet:
    """Every resource type with its counts."""
    stats = one.stats
    names = sorted({*stats.resources_by_resource_type, *stats.entitlements_by_resource_type})
    rows = [
        (
            Cell(type_name(one, name), address(one.key, "resources", type=name)),
            Cell(name),
            Cell(number(stats.resources_by_resource_type.get(name, 0))),
            Cell(number(stats.entitlements_by_resource_type.get(name, 0)), address(one.key, "entitlements", type=name)),
            Cell(number(stats.grants_by_resource_type.get(name, 0)), address(one.key, "grants", type=name)),
        )
        for name in names
    ]
    columns = (
        Column("name", "Resource type", "name"),
        Column("id", "ID", "id"),
        Column("resources", "Resources", "resources", number=True),
        Column("entitlements", "Entitlements", "entitlements", number=True),
        Column("grants", "Grants", "grants", number=True),
    )
    wanted, part = ask.text("q").casefold(), ask.part
    found = [row for row in rows if wanted in f"{row[0].text}\n{row[1].text}".casefold()]
    place = next((at for at, column in enumerate(columns) if column.sort == part.sort), 0)
    found.sort(key=lambda row: _order(row[place].text, columns[place]), reverse=part.descending)
    shown = found[part.offset : part.offset + part.limit]
    return Sheet(
        title="Resource types",
        section="types",
        crumbs=crumbs(one, Link("Resource types", current=True)),
        search=ask.text("q"),
        tables=(Table(columns, shown, len(found), "", "No resource type fits.", paged=True, default_sort="name"),),
        command=command(one, "stats"),
    )


def _order(text: str, column: Column) -> tuple[int, str]:
    return (int(text.replace(",", "")), "") if column.number else (0, text.casefold())


def principals(_book: Book, one: Opened, ask: Ask) -> Sheet:
    """Those who hold something, or could."""
    holding = ask.text("holding")
    user_types = ask.optional("type")
    where = ThingFilter(
        text=ask.text("q"),
        type=user_types,
        state=ask.optional("state"),
        kind=ask.optional("account"),
        only="" if holding in ("none", "any") else "principals",
        unused=holding == "none",
    )
    columns = (
        Column("name", "Name", "name"),
        Column("type", "Type", "type"),
        Column("mail", "E-mail", "mail"),
        Column("state", "State"),
        Column("grants", "Grants held", "held", number=True),
        Column("id", "ID", "id"),
    )
    rows, total = _things(one, ask, where)
    cells = [
        (
            principal_cell(one, thing),
            Cell(type_name(one, thing.type)),
            Cell(thing.mail),
            Cell(thing.state),
            Cell(number(thing.held)),
            Cell(thing.id),
        )
        for thing in rows
    ]
    return Sheet(
        title="Principals",
        section="principals",
        crumbs=crumbs(one, Link("Principals", current=True)),
        search=ask.text("q"),
        choices=(
            type_choice(one, ask),
            Choice("state", "State", STATES, ask.text("state")),
            Choice("account", "Account", ACCOUNTS, ask.text("account")),
            Choice("holding", "Holding", HOLDING, holding),
        ),
        tables=(Table(columns, cells, total, "", "No principal fits.", paged=True, default_sort="name"),),
        command=command(one, "principals", text=ask.text("q")),
    )


def resources(_book: Book, one: Opened, ask: Ask) -> Sheet:
    """Everything that was found."""
    where = ThingFilter(text=ask.text("q"), type=ask.optional("type"), missing=True if ask.text("missing") else None)
    columns = (
        Column("name", "Name", "name"),
        Column("type", "Type", "type"),
        Column("parent", "Under"),
        Column("holders", "Grants on it", "holders", number=True),
        Column("held", "Grants held", "held", number=True),
        Column("id", "ID", "id"),
    )
    rows, total = _things(one, ask, where)
    cells = [
        (
            resource_cell(one, thing),
            Cell(type_name(one, thing.type)),
            Cell(_parent(one, thing)),
            Cell(number(thing.holders)),
            Cell(number(thing.held)),
            Cell(thing.id),
        )
        for thing in rows
    ]
    missing = (("", "All"), ("1", "Named by grants, but missing"))
    return Sheet(
        title="Resources",
        section="resources",
        crumbs=crumbs(one, Link("Resources", current=True)),
        search=ask.text("q"),
        choices=(type_choice(one, ask), Choice("missing", "Show", missing, ask.text("missing"))),
        tables=(Table(columns, cells, total, "", "No resource fits.", paged=True, default_sort="name"),),
        command=command(one, "resources", resource_type=ask.optional("type"), text=ask.text("q")),
    )


def entitlements(_book: Book, one: Opened, ask: Ask) -> Sheet:
    """What can be held."""
    catalogue = catalogue_of(one)
    show = ask.text("show")
    text, type_id = ask.text("q"), ask.optional("type")
    flags = {"privileged": show == "privileged", "unheld": show == "unheld"}
    missing = True if show == "missing" else None
    found = questions.entitlements(catalogue, ask.part, text=text, type_id=type_id, missing=missing, **flags)
    total = questions.count_entitlements(catalogue, text=text, type_id=type_id, missing=missing, **flags)
    columns = (
        Column("name", "Entitlement", "name"),
        Column("resource", "Resource", "resource"),
        Column("type", "Type"),
        Column("slug", "Slug", "slug"),
        Column("holders", "Grants", "holders", number=True),
        Column("id", "ID"),
    )
    cells = [
        (
            entitlement_cell(one, entry),
            Cell(entry.resource_name, address(one.key, "resource", type=entry.type, id=entry.resource)),
            Cell(type_name(one, entry.type)),
            Cell(entry.slug),
            Cell(number(entry.holders)),
            Cell(entry.id),
        )
        for entry in found
    ]
    shows = (("", "All"), ("privileged", "Privileged"), ("unheld", "Held by nobody"), ("missing", "Missing"))
    return Sheet(
        title="Entitlements",
        section="entitlements",
        crumbs=crumbs(one, Link("Entitlements", current=True)),
        search=text,
        choices=(type_choice(one, ask), Choice("show", "Show", shows, show)),
        tables=(Table(columns, cells, total, "", "No entitlement fits.", paged=True, default_sort="resource"),),
        command=command(one, "entitlements", resource_type=type_id, text=text),
    )


def grants(_book: Book, one: Opened, ask: Ask) -> Sheet:
    """Who holds what."""
    show, text, type_id = ask.text("show"), ask.text("q"), ask.optional("type")
    where = HeldFilter(
        text=text,
        type=type_id,
        privileged=show == "privileged",
        state=show if show in ("disabled", "deleted") else None,
    )
    shows = (
        ("", "All"),
        ("privileged", "Privileged"),
        ("disabled", "Of disabled accounts"),
        ("deleted", "Of deleted accounts"),
    )
    return Sheet(
        title="Grants",
        section="grants",
        crumbs=crumbs(one, Link("Grants", current=True)),
        search=text,
        choices=(type_choice(one, ask), Choice("show", "Show", shows, show)),
        tables=(grant_table(one, ask, where, "both"),),
        command=command(one, "grants", resource_type=type_id, text=text),
    )


def _things(one: Opened, ask: Ask, where: ThingFilter) -> tuple[list[Thing], int]:
    catalogue = catalogue_of(one)
    return questions.things(catalogue, where, ask.part), questions.count_things(catalogue, where)


def _parent(one: Opened, thing: Thing) -> str:
    if not thing.parent:
        return ""
    type_id, _, resource_id = thing.parent.partition(":")
    return one.objects.resources[type_id, resource_id].name
