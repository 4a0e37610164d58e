"""The lists: resource types, principals, resources, entitlements, grants."""

from __future__ import annotations

from ...index import object_search as questions
from ...index.grant_search import IndexedGrantFilter
from ...index.object_search import EntitlementFilter, IndexedResource, ResourceFilter
from ...query.type_counts import count_by_type
from ..equivalent_commands import equivalent_command, sort_options
from ..open_files import OpenFiles, OpenSync
from ..page_content import Cell, FilterChoice, PageColumn, PageContent, PageLink, PageRequest, PageTable, address
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


def types(_book: OpenFiles, one: OpenSync, ask: PageRequest) -> PageContent:
    """Every resource type with its counts."""
    part = ask.part
    found = count_by_type(
        one.stats, one.objects, text=ask.text("q"), sort=part.sort or "name", descending=part.descending
    )
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
        PageColumn("name", "Resource type", "name"),
        PageColumn("id", "ID", "id"),
        PageColumn("resources", "Resources", "resources", number=True),
        PageColumn("entitlements", "Entitlements", "entitlements", number=True),
        PageColumn("grants", "Grants", "grants", number=True),
    )
    return PageContent(
        title="Resource types",
        section="types",
        crumbs=crumbs(one, PageLink("Resource types", current=True)),
        search=ask.text("q"),
        tables=(PageTable(columns, rows, len(found), "", "No resource type fits.", paged=True, default_sort="name"),),
        command=equivalent_command(one, "stats", text=ask.text("q"), **sort_options(ask, columns)),
    )


def principals(_book: OpenFiles, one: OpenSync, ask: PageRequest) -> PageContent:
    """Those who hold something, or could."""
    holding = ask.choice("holding", HOLDING) or ""
    of_type = ask.optional("type")
    where = ResourceFilter(
        text=ask.text("q"),
        type=of_type,
        state=ask.choice("state", STATES),
        kind=ask.choice("account", ACCOUNTS),
        only="" if holding in ("none", "any") else "principals",
        unused=holding == "none",
    )
    columns = (
        PageColumn("name", "Name", "name"),
        PageColumn("type", "Type", "type"),
        PageColumn("mail", "E-mail", "mail"),
        PageColumn("state", "State"),
        PageColumn("grants", "Grants held", "held", number=True),
        PageColumn("id", "ID", "id"),
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
    return PageContent(
        title="Principals",
        section="principals",
        crumbs=crumbs(one, PageLink("Principals", current=True)),
        search=ask.text("q"),
        choices=(
            type_choice(one, ask),
            FilterChoice("state", "State", STATES, ask.text("state")),
            FilterChoice("account", "Account", ACCOUNTS, ask.text("account")),
            FilterChoice("holding", "Holding", HOLDING, holding),
        ),
        tables=(PageTable(columns, cells, total, "", "No principal fits.", paged=True, default_sort="name"),),
        command=equivalent_command(
            one,
            "principals",
            text=ask.text("q"),
            principal_type=of_type,
            state=where.state,
            account=where.kind,
            holding=holding,
            **sort_options(ask, columns),
        ),
    )


def resources(_book: OpenFiles, one: OpenSync, ask: PageRequest) -> PageContent:
    """Everything that was found."""
    where = ResourceFilter(text=ask.text("q"), type=ask.optional("type"), missing=bool(ask.text("missing")))
    columns = (
        PageColumn("name", "Name", "name"),
        PageColumn("type", "Type", "type"),
        PageColumn("parent", "Under"),
        PageColumn("holders", "Grants on it", "holders", number=True),
        PageColumn("held", "Grants held", "held", number=True),
        PageColumn("id", "ID", "id"),
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
    return PageContent(
        title="Resources",
        section="resources",
        crumbs=crumbs(one, PageLink("Resources", current=True)),
        search=ask.text("q"),
        choices=(type_choice(one, ask), FilterChoice("missing", "Show", missing, ask.text("missing"))),
        tables=(PageTable(columns, cells, total, "", "No resource fits.", paged=True, default_sort="name"),),
        command=equivalent_command(
            one,
            "resources",
            resource_type=where.type,
            text=where.text,
            missing=bool(where.missing),
            **sort_options(ask, columns),
        ),
    )


def entitlements(_book: OpenFiles, one: OpenSync, ask: PageRequest) -> PageContent:
    """What can be held."""
    catalogue = catalogue_of(one)
    show = ask.text("show")
    text, type_id = ask.text("q"), ask.optional("type")
    on = questions.resource_by_id(catalogue, type_id, ask.text("on")) if type_id and ask.text("on") else None
    where = EntitlementFilter(
        text=text,
        type=type_id,
        on=on.num if on is not None else None,
        privileged=show == "privileged",
        unheld=show == "unheld",
        missing=show == "missing",
    )
    found = questions.list_entitlements(catalogue, where, ask.part)
    total = questions.count_entitlements(catalogue, where)
    columns = (
        PageColumn("name", "Entitlement", "name"),
        PageColumn("resource", "Resource", "resource"),
        PageColumn("type", "Type"),
        PageColumn("slug", "Slug", "slug"),
        PageColumn("holders", "Grants", "holders", number=True),
        PageColumn("id", "ID"),
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
    return PageContent(
        title="Entitlements",
        kind=f"on {on.name}" if on is not None else "",
        section="entitlements",
        crumbs=crumbs(one, PageLink("Entitlements", current=True)),
        search=text,
        choices=(type_choice(one, ask), FilterChoice("show", "Show", shows, show)),
        tables=(PageTable(columns, cells, total, "", "No entitlement fits.", paged=True, default_sort="resource"),),
        command=equivalent_command(
            one,
            "entitlements",
            resource_type=type_id,
            resource=on.id if on is not None else None,
            text=text,
            privileged=where.privileged,
            unheld=where.unheld,
            missing=bool(where.missing),
            **sort_options(ask, columns),
        ),
    )


def grants(_book: OpenFiles, one: OpenSync, ask: PageRequest) -> PageContent:
    """Who holds what."""
    show, text, type_id = ask.text("show"), ask.text("q"), ask.optional("type")
    where = IndexedGrantFilter(
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
    return PageContent(
        title="Grants",
        section="grants",
        crumbs=crumbs(one, PageLink("Grants", current=True)),
        search=text,
        choices=(type_choice(one, ask), FilterChoice("show", "Show", shows, show)),
        tables=(grant_table(one, ask, where, "both"),),
        command=equivalent_command(
            one,
            "grants",
            resource_type=type_id,
            text=text,
            privileged=where.privileged,
            state=where.state,
            **sort_options(ask, GRANT_COLUMNS),
        ),
    )


def _things(one: OpenSync, ask: PageRequest, where: ResourceFilter) -> tuple[list[IndexedResource], int]:
    catalogue = catalogue_of(one)
    return questions.list_resources(catalogue, where, ask.part), questions.count_resources(catalogue, where)


def _parent(one: OpenSync, thing: IndexedResource) -> str:
    if not thing.parent:
        return ""
    type_id, _, resource_id = thing.parent.partition(":")
    return one.objects.resources[type_id, resource_id].name
