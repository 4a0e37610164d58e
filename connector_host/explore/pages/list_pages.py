"""The lists: resource types, principals, resources, entitlements, grants."""

from __future__ import annotations

from ...index import object_search as questions
from ...index.grant_search import HeldFilter
from ...index.object_search import EntitlementFilter, Thing, ThingFilter
from ...query.type_counts import by_type
from ..equivalent_commands import command, order
from ..open_files import Book, Opened
from ..page_content import Ask, Cell, Choice, Column, Link, Sheet, Table, address
from .page_parts import (
    GRANT_COLUMNS,
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
    part = ask.part
    found = by_type(one.stats, one.objects, text=ask.text("q"), sort=part.sort or "name", descending=part.descending)
    rows = [
        (
            Cell(kind.name, address(one.key, "resources", type=kind.id)),
            Cell(kind.id),
            Cell(number(kind.resources)),
            Cell(number(kind.entitlements), address(one.key, "entitlements", type=kind.id)),
            Cell(number(kind.grants), address(one.key, "grants", type=kind.id)),
        )
        for kind in found[part.offset : part.offset + part.limit]
    ]
    columns = (
        Column("name", "Resource type", "name"),
        Column("id", "ID", "id"),
        Column("resources", "Resources", "resources", number=True),
        Column("entitlements", "Entitlements", "entitlements", number=True),
        Column("grants", "Grants", "grants", number=True),
    )
    return Sheet(
        title="Resource types",
        section="types",
        crumbs=crumbs(one, Link("Resource types", current=True)),
        search=ask.text("q"),
        tables=(Table(columns, rows, len(found), "", "No resource type fits.", paged=True, default_sort="name"),),
        command=command(one, "stats", text=ask.text("q"), **order(ask, columns)),
    )


def principals(_book: Book, one: Opened, ask: Ask) -> Sheet:
    """Those who hold something, or could."""
    holding = ask.choice("holding", HOLDING) or ""
    of_type = ask.optional("type")
    where = ThingFilter(
        text=ask.text("q"),
        type=of_type,
        state=ask.choice("state", STATES),
        kind=ask.choice("account", ACCOUNTS),
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
            Cell(f"{thing.type}:{thing.id}"),
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
        command=command(
            one,
            "principals",
            text=ask.text("q"),
            principal_type=of_type,
            state=where.state,
            account=where.kind,
            holding=holding,
            **order(ask, columns),
        ),
    )


def resources(_book: Book, one: Opened, ask: Ask) -> Sheet:
    """Everything that was found."""
    where = ThingFilter(text=ask.text("q"), type=ask.optional("type"), missing=bool(ask.text("missing")))
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
            Cell(f"{thing.type}:{thing.id}"),
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
        command=command(
            one,
            "resources",
            resource_type=where.type,
            text=where.text,
            missing=bool(where.missing),
            **order(ask, columns),
        ),
    )


def entitlements(_book: Book, one: Opened, ask: Ask) -> Sheet:
    """What can be held."""
    catalogue = catalogue_of(one)
    show = ask.text("show")
    text, type_id = ask.text("q"), ask.optional("type")
    on = questions.thing(catalogue, type_id, ask.text("on")) if type_id and ask.text("on") else None
    where = EntitlementFilter(
        text=text,
        type=type_id,
        on=on.num if on is not None else None,
        privileged=show == "privileged",
        unheld=show == "unheld",
        missing=show == "missing",
    )
    found = questions.entitlements(catalogue, where, ask.part)
    total = questions.count_entitlements(catalogue, where)
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
        kind=f"on {on.name}" if on is not None else "",
        section="entitlements",
        crumbs=crumbs(one, Link("Entitlements", current=True)),
        search=text,
        choices=(type_choice(one, ask), Choice("show", "Show", shows, show)),
        tables=(Table(columns, cells, total, "", "No entitlement fits.", paged=True, default_sort="resource"),),
        command=command(
            one,
            "entitlements",
            resource_type=type_id,
            resource=on.id if on is not None else None,
            text=text,
            privileged=where.privileged,
            unheld=where.unheld,
            missing=bool(where.missing),
            **order(ask, columns),
        ),
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
        command=command(
            one,
            "grants",
            resource_type=type_id,
            text=text,
            privileged=where.privileged,
            state=where.state,
            **order(ask, GRANT_COLUMNS),
        ),
    )


def _things(one: Opened, ask: Ask, where: ThingFilter) -> tuple[list[Thing], int]:
    catalogue = catalogue_of(one)
    return questions.things(catalogue, where, ask.part), questions.count_things(catalogue, where)


def _parent(one: Opened, thing: Thing) -> str:
    if not thing.parent:
        return ""
    type_id, _, resource_id = thing.parent.partition(":")
    return one.objects.resources[type_id, resource_id].name
