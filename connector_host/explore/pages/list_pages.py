"""The list pages: resource types, principals, resources, entitlements, grants."""

from __future__ import annotations

from ...index import object_search as search
from ...index.grant_search import IndexedGrantFilter
from ...index.object_search import EntitlementFilter, IndexedResource, ResourceFilter
from ...query.inactivity import EVER_DAYS, LONG_DAYS, inactive_users
from ...query.listing.listing_columns import (
    COUNT_COLUMNS,
    ENTITLEMENT_COLUMNS,
    GRANT_COLUMNS,
    PRINCIPAL_COLUMNS,
    RESOURCE_COLUMNS,
)
from ...query.listing.listings import list_entitlements, list_resources
from ...query.listing.type_counts import count_by_type
from ..equivalent_commands import equivalent_command, sort_options
from ..open_files import OpenFiles, OpenSync
from ..page_content import FilterChoice, PageContent, PageLink, PageQuery, PageTable
from .page_listings import (
    grants_or_access,
    is_by_resource,
    listing_cells,
    listing_source,
    page_columns,
    rows_choice,
)
from .page_parts import crumbs, index_of, no_such, type_choice

__all__ = ["entitlements", "grants", "principals", "resources", "types"]

STATES = (("", "Any state"), ("enabled", "Enabled"), ("disabled", "Disabled"), ("deleted", "Deleted"))
ACCOUNTS = (("", "Any account"), ("guest", "Guests"), ("service", "Service accounts"), ("system", "System accounts"))
HOLDING = (("", "With grants"), ("none", "Without grants"), ("any", "All"))
INACTIVE = (
    ("", "Any sign-in"),
    (str(EVER_DAYS), "Never signed in"),
    (str(LONG_DAYS), f"Not for {LONG_DAYS} days, or never"),
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
    rows = listing_cells(opened, COUNT_COLUMNS, counts[part.offset : part.offset + part.limit])
    return PageContent(
        title="Resource types",
        section="types",
        crumbs=crumbs(opened, PageLink("Resource types", current=True)),
        search=request.text("q"),
        tables=(
            PageTable(
                page_columns(COUNT_COLUMNS),
                rows,
                len(counts),
                "",
                "No resource types match these filters.",
                paged=True,
                default_sort="name",
            ),
        ),
        command=equivalent_command(opened, "stats", text=request.text("q"), **sort_options(request, COUNT_COLUMNS)),
    )


def principals(_files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """List the principals; by default those that hold a grant."""
    holding = request.choice("holding", HOLDING) or ""
    of_type, days = request.optional("type"), request.choice("inactive", INACTIVE)
    where = ResourceFilter(
        text=request.text("q"),
        type=of_type,
        state=request.choice("state", STATES),
        account=request.choice("account", ACCOUNTS),
        only="" if holding in ("none", "any") else "principals",
        unused=holding == "none",
        inactive=inactive_users(opened.view, int(days)) if days else None,
    )
    rows = list_resources(listing_source(opened), where, request.part)
    cells, total = listing_cells(opened, PRINCIPAL_COLUMNS, rows), search.count_resources(index_of(opened), where)
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
            FilterChoice("inactive", "Sign-in", INACTIVE, request.text("inactive")),
        ),
        tables=(
            PageTable(
                page_columns(PRINCIPAL_COLUMNS),
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
            inactive=days,
            **sort_options(request, PRINCIPAL_COLUMNS),
        ),
    )


def resources(_files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """List the resources."""
    where = ResourceFilter(text=request.text("q"), type=request.optional("type"), missing=bool(request.text("missing")))
    index = index_of(opened)
    rows = list_resources(listing_source(opened), where, request.part)
    cells, total = listing_cells(opened, RESOURCE_COLUMNS, rows), search.count_resources(index, where)
    return PageContent(
        title="Resources",
        section="resources",
        crumbs=crumbs(opened, PageLink("Resources", current=True)),
        search=request.text("q"),
        choices=(type_choice(opened, request), FilterChoice("missing", "Show", MISSING, request.text("missing"))),
        tables=(
            PageTable(
                page_columns(RESOURCE_COLUMNS),
                cells,
                total,
                "",
                "No resources match these filters.",
                paged=True,
                default_sort="name",
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
    on = _named_resource(opened, type_id or "", request.text("on"))
    where = EntitlementFilter(
        text=text,
        type=type_id,
        resource=on.number if on is not None else None,
        privileged=show == "privileged",
        unheld=show == "unheld",
        missing=show == "missing",
    )
    rows = list_entitlements(listing_source(opened), where, request.part)
    cells, total = listing_cells(opened, ENTITLEMENT_COLUMNS, rows), search.count_entitlements(index, where)
    return PageContent(
        title="Entitlements",
        subtitle=f"on {on.name}" if on is not None else "",
        section="entitlements",
        crumbs=crumbs(opened, PageLink("Entitlements", current=True)),
        search=text,
        choices=(type_choice(opened, request), FilterChoice("show", "Show", ENTITLEMENT_CHOICES, show)),
        tables=(
            PageTable(
                page_columns(ENTITLEMENT_COLUMNS),
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
    """List the grants, or one row for each principal and resource; of one holder and on one resource if named."""
    show, text, type_id = request.text("show"), request.text("q"), request.optional("type")
    holder = _named_resource(opened, request.text("holder_type"), request.text("holder"))
    resource = _named_resource(opened, type_id or "", request.text("on"))
    where = IndexedGrantFilter(
        text=text,
        type=type_id,
        principal=None if holder is None else holder.number,
        resource=None if resource is None else resource.number,
        privileged=show == "privileged",
        state=show if show in ("disabled", "deleted") else None,
    )
    hidden = {name: request.text(name) for name in ("holder_type", "holder", "on")}
    return PageContent(
        title="Grants",
        subtitle=_grants_subtitle(holder, resource),
        section="grants",
        crumbs=crumbs(opened, PageLink("Grants", current=True)),
        search=text,
        hidden=tuple((name, value) for name, value in hidden.items() if value),
        choices=(type_choice(opened, request), FilterChoice("show", "Show", GRANT_CHOICES, show), rows_choice(request)),
        tables=(grants_or_access(opened, request, where),),
        command=equivalent_command(
            opened,
            "grants",
            principal=None if holder is None else holder.whole_id,
            resource_type=type_id,
            resource=None if resource is None else resource.id,
            text=text,
            privileged=where.privileged,
            state=where.state,
            by_resource=is_by_resource(request),
            **sort_options(request, GRANT_COLUMNS),
        ),
    )


def _named_resource(opened: OpenSync, type_id: str, resource_id: str) -> IndexedResource | None:
    """Return the resource that parameters name, None if they name none. Raises NotFoundInFile."""
    if not resource_id:
        return None
    resource = search.resource_by_id(index_of(opened), type_id, resource_id)
    if resource is None:
        raise no_such("resource", f"{type_id}:{resource_id}")
    return resource


def _grants_subtitle(holder: IndexedResource | None, resource: IndexedResource | None) -> str:
    parts = (f"of {holder.name}" if holder else "", f"on {resource.name}" if resource else "")
    return " ".join(part for part in parts if part)
