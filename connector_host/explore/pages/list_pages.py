"""The list pages: resource types, principals, resources, entitlements, grants."""

from __future__ import annotations

from ...index import object_search as search
from ...index.grant_search import IndexedGrantFilter
from ...index.object_search import EntitlementFilter, IndexedResource, ResourceFilter
from ...query.type_counts import count_by_type
from ..equivalent_commands import equivalent_command, sort_options
from ..open_files import OpenFiles, OpenSync
from ..page_content import Cell, FilterChoice, PageColumn, PageContent, PageLink, PageQuery, PageTable, address
from .page_parts import (
    GRANT_COLUMNS,
    crumbs,
    entitlement_cell,
    grant_table,
    index_of,
    number,
    principal_cell,
    resource_cell,
    type_choice,
    type_name,
)

__all__ = ["entitlements", "grants", "principals", "resources", "types"]

STATES = (("", "Any state"), ("enabled", "Enabled"), ("disabled", "Disabled"), ("deleted", "Deleted"))
ACCOUNTS = (("", "Any account"), ("guest", "Guests"), ("service", "Service accounts"), ("system", "System accounts"))
HOLDING = (("", "With grants"), ("none", "Without grants"), ("any", "All"))
TYPE_COLUMNS = (
    PageColumn("name", "Resource type", "name"),
    PageColumn("id", "ID", "id"),
    PageColumn("resources", "Resources", "resources", number=True),
    PageColumn("entitlements", "Entitlements", "entitlements", number=True),
    PageColumn("grants", "Grants", "grants", number=True),
)
PRINCIPAL_COLUMNS = (
    PageColumn("name", "Name", "name"),
    PageColumn("type", "Type", "type"),
    PageColumn("mail", "E-mail", "mail"),
    PageColumn("state", "State"),
    PageColumn("grants", "Grants held", "held", number=True),
    PageColumn("id", "ID", "id"),
)
RESOURCE_COLUMNS = (
    PageColumn("name", "Name", "name"),
    PageColumn("type", "Type", "type"),
    PageColumn("parent", "Parent"),
    PageColumn("holders", "Grants on it", "holders", number=True),
    PageColumn("held", "Grants held", "held", number=True),
    PageColumn("id", "ID", "id"),
)
ENTITLEMENT_COLUMNS = (
    PageColumn("name", "Entitlement", "name"),
    PageColumn("resource", "Resource", "resource"),
    PageColumn("type", "Type"),
    PageColumn("slug", "Slug", "slug"),
    PageColumn("holders", "Grants", "holders", number=True),
    PageColumn("id", "ID"),
)
MISSING = (("", "All"), ("1", "Missing: named by grants only"))
ENTITLEMENT_CHOICES = (("", "All"), ("privileged", "Privileged"), ("unheld", "Without grants"), ("missing", "Missing"))
GRANT_CHOICES = (
    ("", "All"),
    ("privileged", "Privileged"),
    ("disabled", "Of disabled accounts"),
    ("deleted", "Of deleted accounts"),
)


def types(_files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """List every resource type with its counts."""
    part = request.part
    counts = count_by_type(
        opened.stats, opened.objects, text=request.text("q"), sort=part.sort or "name", descending=part.descending
    )
    rows = [
        (
            Cell(resource_type.name, address(opened.key, "resources", type=resource_type.id)),
            Cell(resource_type.id),
            Cell(number(resource_type.resources)),
            Cell(number(resource_type.entitlements), address(opened.key, "entitlements", type=resource_type.id)),
            Cell(number(resource_type.grants), address(opened.key, "grants", type=resource_type.id)),
        )
        for resource_type in counts[part.offset : part.offset + part.limit]
    ]
    return PageContent(
        title="Resource types",
        section="types",
        crumbs=crumbs(opened, PageLink("Resource types", current=True)),
        search=request.text("q"),
        tables=(
            PageTable(
                TYPE_COLUMNS,
                rows,
                len(counts),
                "",
                "No resource types match these filters.",
                paged=True,
                default_sort="name",
            ),
        ),
        command=equivalent_command(opened, "stats", text=request.text("q"), **sort_options(request, TYPE_COLUMNS)),
    )


def principals(_files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """List the principals; by default those that hold a grant."""
    holding = request.choice("holding", HOLDING) or ""
    of_type = request.optional("type")
    where = ResourceFilter(
        text=request.text("q"),
        type=of_type,
        state=request.choice("state", STATES),
        account=request.choice("account", ACCOUNTS),
        only="" if holding in ("none", "any") else "principals",
        unused=holding == "none",
    )
    rows, total = _resources_and_count(opened, request, where)
    cells = [
        (
            principal_cell(opened, resource),
            Cell(type_name(opened, resource.type)),
            Cell(resource.mail),
            Cell(resource.state),
            Cell(number(resource.held)),
            Cell(f"{resource.type}:{resource.id}"),
        )
        for resource in rows
    ]
    return PageContent(
        title="Principals",
        section="principals",
        crumbs=crumbs(opened, PageLink("Principals", current=True)),
        search=request.text("q"),
        choices=(
            type_choice(opened, request),
            FilterChoice("state", "State", STATES, request.text("state")),
            FilterChoice("account", "Account", ACCOUNTS, request.text("account")),
            FilterChoice("holding", "Grants", HOLDING, holding),
        ),
        tables=(
            PageTable(
                PRINCIPAL_COLUMNS,
                cells,
                total,
                "",
                "No principals match these filters.",
                paged=True,
                default_sort="name",
            ),
        ),
        command=equivalent_command(
            opened,
            "principals",
            text=request.text("q"),
            principal_type=of_type,
            state=where.state,
            account=where.account,
            holding=holding,
            **sort_options(request, PRINCIPAL_COLUMNS),
        ),
    )


def resources(_files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """List the resources."""
    where = ResourceFilter(text=request.text("q"), type=request.optional("type"), missing=bool(request.text("missing")))
    rows, total = _resources_and_count(opened, request, where)
    cells = [
        (
            resource_cell(opened, resource),
            Cell(type_name(opened, resource.type)),
            Cell(_parent(opened, resource)),
            Cell(number(resource.holders)),
            Cell(number(resource.held)),
            Cell(f"{resource.type}:{resource.id}"),
        )
        for resource in rows
    ]
    return PageContent(
        title="Resources",
        section="resources",
        crumbs=crumbs(opened, PageLink("Resources", current=True)),
        search=request.text("q"),
        choices=(type_choice(opened, request), FilterChoice("missing", "Show", MISSING, request.text("missing"))),
        tables=(
            PageTable(
                RESOURCE_COLUMNS, cells, total, "", "No resources match these filters.", paged=True, default_sort="name"
            ),
        ),
        command=equivalent_command(
            opened,
            "resources",
            resource_type=where.type,
            text=where.text,
            missing=bool(where.missing),
            **sort_options(request, RESOURCE_COLUMNS),
        ),
    )


def entitlements(_files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """List the entitlements."""
    index = index_of(opened)
    show = request.text("show")
    text, type_id = request.text("q"), request.optional("type")
    on = search.resource_by_id(index, type_id, request.text("on")) if type_id and request.text("on") else None
    where = EntitlementFilter(
        text=text,
        type=type_id,
        resource=on.number if on is not None else None,
        privileged=show == "privileged",
        unheld=show == "unheld",
        missing=show == "missing",
    )
    entries = search.list_entitlements(index, where, request.part)
    total = search.count_entitlements(index, where)
    cells = [
        (
            entitlement_cell(opened, entry),
            Cell(entry.resource_name, address(opened.key, "resource", type=entry.type, id=entry.resource)),
            Cell(type_name(opened, entry.type)),
            Cell(entry.slug),
            Cell(number(entry.holders)),
            Cell(entry.id),
        )
        for entry in entries
    ]
    return PageContent(
        title="Entitlements",
        subtitle=f"on {on.name}" if on is not None else "",
        section="entitlements",
        crumbs=crumbs(opened, PageLink("Entitlements", current=True)),
        search=text,
        choices=(type_choice(opened, request), FilterChoice("show", "Show", ENTITLEMENT_CHOICES, show)),
        tables=(
            PageTable(
                ENTITLEMENT_COLUMNS,
                cells,
                total,
                "",
                "No entitlements match these filters.",
                paged=True,
                default_sort="resource",
            ),
        ),
        command=equivalent_command(
            opened,
            "entitlements",
            resource_type=type_id,
            resource=on.id if on is not None else None,
            text=text,
            privileged=where.privileged,
            unheld=where.unheld,
            missing=bool(where.missing),
            **sort_options(request, ENTITLEMENT_COLUMNS),
        ),
    )


def grants(_files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """List the grants."""
    show, text, type_id = request.text("show"), request.text("q"), request.optional("type")
    where = IndexedGrantFilter(
        text=text,
        type=type_id,
        privileged=show == "privileged",
        state=show if show in ("disabled", "deleted") else None,
    )
    return PageContent(
        title="Grants",
        section="grants",
        crumbs=crumbs(opened, PageLink("Grants", current=True)),
        search=text,
        choices=(type_choice(opened, request), FilterChoice("show", "Show", GRANT_CHOICES, show)),
        tables=(grant_table(opened, request, where, "both"),),
        command=equivalent_command(
            opened,
            "grants",
            resource_type=type_id,
            text=text,
            privileged=where.privileged,
            state=where.state,
            **sort_options(request, GRANT_COLUMNS),
        ),
    )


def _resources_and_count(
    opened: OpenSync, request: PageQuery, where: ResourceFilter
) -> tuple[list[IndexedResource], int]:
    index = index_of(opened)
    return search.list_resources(index, where, request.part), search.count_resources(index, where)


def _parent(opened: OpenSync, resource: IndexedResource) -> str:
    if not resource.parent:
        return ""
    type_id, _, resource_id = resource.parent.partition(":")
    return opened.objects.resources[type_id, resource_id].name
