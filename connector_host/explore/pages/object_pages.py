"""The pages of one principal, one resource and one entitlement."""

from __future__ import annotations

import msgspec

from ...errors import FileError
from ...index import object_search as search
from ...index.grant_search import IndexedGrantFilter
from ...index.object_search import EntitlementFilter, IndexedResource, RowWindow
from ...model import Entitlement, Resource, ResourceId, UserTrait
from ...query.listing.listed_rows import resource_tags
from ...query.listing.listing_columns import GRANT_COLUMNS, ONE_PRINCIPAL, ONE_RESOURCE, grant_columns
from ...query.lookup.principal_names import addresses
from ...wire import decode
from ..equivalent_commands import equivalent_command, sort_options
from ..open_files import OpenFiles, OpenSync
from ..page_content import Cell, PageColumn, PageContent, PageLink, PageQuery, PageTable, address
from .page_listings import grant_table, grants_or_access, is_by_resource, rows_choice
from .page_parts import (
    crumbs,
    entitlement_cell,
    index_of,
    no_such,
    number,
    plain,
    tabs,
    type_name,
)

__all__ = ["entitlement", "principal", "resource"]

MOST_ENTITLEMENTS = 100


def principal(_files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """List the grants of a principal, direct and inherited."""
    subject = _named(opened, request)
    where = IndexedGrantFilter(principal=subject.number, text=request.text("q"))
    table = grants_or_access(opened, request, where, ONE_PRINCIPAL, "Holds")
    listed = PageLink("Principals", address(opened.key, "principals"))
    return PageContent(
        title=subject.name,
        subtitle=type_name(opened, subject.type),
        section="principals",
        tags=resource_tags(subject),
        crumbs=crumbs(opened, listed, PageLink(subject.name, current=True)),
        facts=_facts(opened, subject),
        tabs=tabs(opened, subject, "principal"),
        search=request.text("q"),
        choices=(rows_choice(request),),
        hidden=(("type", subject.type), ("id", subject.id)),
        tables=(table,),
        command=equivalent_command(
            opened,
            "access",
            resource_type=subject.type,
            resource=subject.id,
            text=where.text,
            by_resource=is_by_resource(request),
        ),
    )


def resource(_files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """List the grants on a resource and its entitlements."""
    subject = _named(opened, request)
    index = index_of(opened)
    where = IndexedGrantFilter(resource=subject.number, text=request.text("q"))
    on = search.list_entitlements(index, EntitlementFilter(resource=subject.number), RowWindow(limit=MOST_ENTITLEMENTS))
    total = search.count_entitlements(index, EntitlementFilter(resource=subject.number))
    rows = [(entitlement_cell(opened, entry), Cell(entry.slug), Cell(number(entry.holders))) for entry in on]
    columns = (
        PageColumn("name", "Entitlement"),
        PageColumn("slug", "Slug"),
        PageColumn("holders", "Grants", number=True),
    )
    listed = PageLink("Resources", address(opened.key, "resources", type=subject.type))
    return PageContent(
        title=subject.name,
        subtitle=type_name(opened, subject.type),
        section="resources",
        tags=resource_tags(subject),
        crumbs=crumbs(opened, listed, PageLink(subject.name, current=True)),
        facts=_facts(opened, subject),
        tabs=tabs(opened, subject, "resource"),
        search=request.text("q"),
        choices=(rows_choice(request),),
        hidden=(("type", subject.type), ("id", subject.id)),
        tables=(
            grants_or_access(opened, request, where, ONE_RESOURCE, "Grants on this resource"),
            PageTable(
                columns,
                rows,
                total,
                "Entitlements of this resource",
                "This resource has no entitlements.",
                more=_all_of(opened, subject, total),
            ),
        ),
        command=equivalent_command(
            opened,
            "grants",
            resource_type=subject.type,
            resource=subject.id,
            text=where.text,
            by_resource=is_by_resource(request),
            **sort_options(request, GRANT_COLUMNS),
        ),
    )


def _all_of(opened: OpenSync, resource: IndexedResource, total: int) -> PageLink | None:
    if total <= MOST_ENTITLEMENTS:
        return None
    return PageLink(f"All {number(total)}", address(opened.key, "entitlements", type=resource.type, on=resource.id))


def entitlement(_files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """List the holders of an entitlement."""
    entry = search.entitlement_by_id(index_of(opened), request.text("id"))
    if entry is None:
        raise no_such("entitlement", request.text("id"))
    where = IndexedGrantFilter(entitlement=entry.number, text=request.text("q"))
    resource_link = Cell(entry.resource_name, address(opened.key, "resource", type=entry.type, id=entry.resource))
    stored = _entitlement(opened, entry.id)
    facts = (
        ("Resource", resource_link if entry.resource else Cell("")),
        ("Type", Cell(type_name(opened, entry.type))),
        ("Description", Cell(stored.description if stored else "")),
        ("Purpose", Cell(stored.purpose.name.lower() if stored else "")),
        ("Slug", Cell(entry.slug)),
        ("Privileged", Cell(entry.privileged)),
        ("ID", Cell(entry.id)),
    )
    own_address = address(opened.key, "entitlement", id=entry.id)
    return PageContent(
        title=entry.name,
        subtitle="Entitlement",
        section="entitlements",
        tags=entitlement_cell(opened, entry).tags,
        crumbs=crumbs(
            opened, PageLink("Entitlements", address(opened.key, "entitlements")), PageLink(entry.name, current=True)
        ),
        facts=plain(facts),
        tabs=(
            PageLink("Holders", own_address, current=True),
            PageLink("Graph", address(opened.key, "graph", what=entry.id)),
        ),
        search=request.text("q"),
        hidden=(("id", entry.id),),
        tables=(grant_table(opened, request, where, grant_columns(same=ONE_RESOURCE), "Holders"),),
        command=equivalent_command(
            opened, "grants", entitlement=entry.id, text=where.text, **sort_options(request, GRANT_COLUMNS)
        ),
    )


def _named(opened: OpenSync, request: PageQuery) -> IndexedResource:
    type_id, resource_id = request.text("type"), request.text("id")
    subject = search.resource_by_id(index_of(opened), type_id, resource_id)
    if subject is None:
        raise no_such("resource", f"{type_id}:{resource_id}")
    return subject


def _facts(opened: OpenSync, subject: IndexedResource) -> tuple[tuple[str, Cell], ...]:
    stored = _resource(opened, ResourceId(subject.type, subject.id))
    if stored is None:
        text = (
            "Grants name this object, but the sync does not hold it."
            if subject.missing
            else "Its record in the file cannot be read."
        )
        return (("ID", Cell(f"{subject.type}:{subject.id}")), ("Details", Cell(text)))
    users = [trait for trait in stored.traits if isinstance(trait, UserTrait)]
    signed_in = next((user.last_login for user in users if user.last_login), None)
    facts = [
        ("E-mail", Cell(", ".join(addresses(stored)))),
        ("State", Cell(_state(stored, subject))),
        ("Last signed in", Cell(signed_in.isoformat(" ", "minutes") if signed_in else "")),
        ("Parent", _parent(opened, stored)),
        ("Description", Cell(stored.description)),
        ("ID", Cell(str(stored.id))),
    ]
    facts += [(str(key), Cell(_shown(value))) for key, value in sorted((stored.profile or {}).items())]
    return plain(facts)


def _state(stored: Resource, subject: IndexedResource) -> str:
    details = stored.status.details if stored.status else ""
    return f"{subject.state} ({details})" if details and details.casefold() != subject.state else subject.state


def _shown(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _parent(opened: OpenSync, stored: Resource) -> Cell:
    if stored.parent is None:
        return Cell("")
    parent = stored.parent
    name = opened.objects.resources[parent.resource_type, parent.resource].name
    return Cell(name, address(opened.key, "resource", type=parent.resource_type, id=parent.resource))


def _resource(opened: OpenSync, resource_id: ResourceId) -> Resource | None:
    data = opened.view.resource(resource_id)
    try:
        return None if data is None else decode.resource(data)
    except FileError:
        return None


def _entitlement(opened: OpenSync, entitlement_id: str) -> Entitlement | None:
    data = opened.view.entitlement(entitlement_id)
    try:
        return None if data is None else decode.entitlement(data)
    except FileError:
        return None
