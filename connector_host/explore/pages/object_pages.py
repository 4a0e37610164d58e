"""A page for one principal (what it holds), one resource (who holds something on it), one entitlement (its holders)."""

from __future__ import annotations

import msgspec

from ...errors import FileError
from ...index import object_search as questions
from ...index.grant_search import IndexedGrantFilter
from ...index.object_search import EntitlementFilter, IndexedResource
from ...index.object_search import PageRequest as Part
from ...model import Entitlement, Resource, ResourceId, UserTrait
from ...query.lookup.principal_names import addresses
from ...wire import decode
from ..equivalent_commands import equivalent_command, sort_options
from ..open_files import OpenFiles, OpenSync
from ..page_content import Cell, PageColumn, PageContent, PageLink, PageRequest, PageTable, address
from .page_parts import (
    GRANT_COLUMNS,
    catalogue_of,
    crumbs,
    entitlement_cell,
    grant_table,
    no_such,
    number,
    plain,
    tabs,
    thing_tags,
    type_name,
)

__all__ = ["entitlement", "principal", "resource"]

MOST_ENTITLEMENTS = 100


def principal(_book: OpenFiles, one: OpenSync, ask: PageRequest) -> PageContent:
    """What a principal holds, direct or through what."""
    thing = _named(one, ask)
    where = IndexedGrantFilter(who=thing.num, text=ask.text("q"))
    table = grant_table(one, ask, where, "what", "Holds")
    listed = PageLink("Principals", address(one.key, "principals"))
    return PageContent(
        title=thing.name,
        kind=type_name(one, thing.type),
        section="principals",
        tags=thing_tags(thing),
        crumbs=crumbs(one, listed, PageLink(thing.name, current=True)),
        facts=_facts(one, thing),
        tabs=tabs(one, thing, "principal"),
        search=ask.text("q"),
        hidden=(("type", thing.type), ("id", thing.id)),
        tables=(table,),
        command=equivalent_command(one, "access", resource_type=thing.type, resource=thing.id, text=where.text),
    )


def resource(_book: OpenFiles, one: OpenSync, ask: PageRequest) -> PageContent:
    """Who holds something on a resource, and how."""
    thing = _named(one, ask)
    catalogue = catalogue_of(one)
    where = IndexedGrantFilter(on=thing.num, text=ask.text("q"))
    on = questions.list_entitlements(catalogue, EntitlementFilter(on=thing.num), Part(limit=MOST_ENTITLEMENTS))
    total = questions.count_entitlements(catalogue, EntitlementFilter(on=thing.num))
    rows = [(entitlement_cell(one, entry), Cell(entry.slug), Cell(number(entry.holders))) for entry in on]
    columns = (
        PageColumn("name", "Entitlement"),
        PageColumn("slug", "Slug"),
        PageColumn("holders", "Grants", number=True),
    )
    listed = PageLink("Resources", address(one.key, "resources", type=thing.type))
    return PageContent(
        title=thing.name,
        kind=type_name(one, thing.type),
        section="resources",
        tags=thing_tags(thing),
        crumbs=crumbs(one, listed, PageLink(thing.name, current=True)),
        facts=_facts(one, thing),
        tabs=tabs(one, thing, "resource"),
        search=ask.text("q"),
        hidden=(("type", thing.type), ("id", thing.id)),
        tables=(
            grant_table(one, ask, where, "who", "Who holds something here"),
            PageTable(
                columns,
                rows,
                total,
                "What can be held here",
                "Nothing can be held here.",
                more=_all_of(one, thing, total),
            ),
        ),
        command=equivalent_command(
            one,
            "grants",
            resource_type=thing.type,
            resource=thing.id,
            text=where.text,
            **sort_options(ask, GRANT_COLUMNS),
        ),
    )


def _all_of(one: OpenSync, thing: IndexedResource, total: int) -> PageLink | None:
    if total <= MOST_ENTITLEMENTS:
        return None
    return PageLink(f"All {number(total)}", address(one.key, "entitlements", type=thing.type, on=thing.id))


def entitlement(_book: OpenFiles, one: OpenSync, ask: PageRequest) -> PageContent:
    """The holders of an entitlement."""
    entry = questions.entitlement_by_id(catalogue_of(one), ask.text("id"))
    if entry is None:
        raise no_such("entitlement", ask.text("id"))
    where = IndexedGrantFilter(what=entry.num, text=ask.text("q"))
    on = Cell(entry.resource_name, address(one.key, "resource", type=entry.type, id=entry.resource))
    stored = _entitlement(one, entry.id)
    facts = (
        ("Resource", on if entry.resource else Cell("")),
        ("Type", Cell(type_name(one, entry.type))),
        ("Description", Cell(stored.description if stored else "")),
        ("Purpose", Cell(stored.purpose.name.lower() if stored else "")),
        ("Slug", Cell(entry.slug)),
        ("Privileged", Cell(entry.privileged)),
        ("ID", Cell(entry.id)),
    )
    here = address(one.key, "entitlement", id=entry.id)
    return PageContent(
        title=entry.name,
        kind="Entitlement",
        section="entitlements",
        tags=entitlement_cell(one, entry).tags,
        crumbs=crumbs(
            one, PageLink("Entitlements", address(one.key, "entitlements")), PageLink(entry.name, current=True)
        ),
        facts=plain(facts),
        tabs=(
            PageLink("Holders", here, current=True),
            PageLink("Graph", address(one.key, "graph", what=entry.id)),
        ),
        search=ask.text("q"),
        hidden=(("id", entry.id),),
        tables=(grant_table(one, ask, where, "who", "Holders"),),
        command=equivalent_command(
            one, "grants", entitlement=entry.id, text=where.text, **sort_options(ask, GRANT_COLUMNS)
        ),
    )


def _named(one: OpenSync, ask: PageRequest) -> IndexedResource:
    type_id, resource_id = ask.text("type"), ask.text("id")
    thing = questions.resource_by_id(catalogue_of(one), type_id, resource_id)
    if thing is None:
        raise no_such("resource", f"{type_id}:{resource_id}")
    return thing


def _facts(one: OpenSync, thing: IndexedResource) -> tuple[tuple[str, Cell], ...]:
    found = _resource(one, ResourceId(thing.type, thing.id))
    if found is None:
        text = "Grants name it; the sync lacks it." if thing.missing else "Its message in the file cannot be read."
        return (("ID", Cell(f"{thing.type}:{thing.id}")), ("Not known", Cell(text)))
    users = [trait for trait in found.traits if isinstance(trait, UserTrait)]
    signed_in = next((user.last_login for user in users if user.last_login), None)
    facts = [
        ("E-mail", Cell(", ".join(addresses(found)))),
        ("State", Cell(_state(found, thing))),
        ("Last signed in", Cell(signed_in.isoformat(" ", "minutes") if signed_in else "")),
        ("Under", _parent(one, found)),
        ("Description", Cell(found.description)),
        ("ID", Cell(str(found.id))),
    ]
    facts += [(str(key), Cell(_shown(value))) for key, value in sorted((found.profile or {}).items())]
    return plain(facts)


def _state(found: Resource, thing: IndexedResource) -> str:
    details = found.status.details if found.status else ""
    return f"{thing.state} ({details})" if details and details.casefold() != thing.state else thing.state


def _shown(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _parent(one: OpenSync, found: Resource) -> Cell:
    if found.parent is None:
        return Cell("")
    on = found.parent
    name = one.objects.resources[on.resource_type, on.resource].name
    return Cell(name, address(one.key, "resource", type=on.resource_type, id=on.resource))


def _resource(one: OpenSync, resource_id: ResourceId) -> Resource | None:
    data = one.view.resource(resource_id)
    try:
        return None if data is None else decode.resource(data)
    except FileError:
        return None


def _entitlement(one: OpenSync, entitlement_id: str) -> Entitlement | None:
    data = one.view.entitlement(entitlement_id)
    try:
        return None if data is None else decode.entitlement(data)
    except FileError:
        return None
