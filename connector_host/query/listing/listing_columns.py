"""Columns of the listings, each defined once for commands, pages and exports.

To add a column to a listing, add it to its tuple here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from msgspec import Struct

from ..lookup.object_cache import SyncObject
from .listed_rows import ListedAccess, ListedEntitlement, ListedGrant, ListedResource, ListedType, entitlement_tags
from .type_counts import TypeCount

__all__ = [
    "ACCESS_COLUMNS",
    "COUNT_COLUMNS",
    "ENTITLEMENT_COLUMNS",
    "GRANT_COLUMNS",
    "ONE_PRINCIPAL",
    "ONE_RESOURCE",
    "PRINCIPAL_COLUMNS",
    "RESOURCE_COLUMNS",
    "TYPE_COLUMNS",
    "ListColumn",
    "ListLink",
    "access_columns",
    "cell_texts",
    "grant_columns",
    "shown_columns",
]

T = TypeVar("T")
ONE_PRINCIPAL = frozenset({"principal", "principal_id", "principal_type", "mail"})
ONE_RESOURCE = frozenset({"resource", "resource_type"})


class ListLink(Struct, frozen=True):
    """Page that a cell leads to, with its parameters; `tags` stand beside the text, `id` is the id of the object."""

    page: str
    parameters: dict[str, str]
    tags: tuple[str, ...] = ()
    id: str = ""


class ListColumn(Struct, Generic[T], frozen=True):
    """Column of a listing: `key` in JSON and CSV of pages, `title` above it, `text` of a row's cell.

    `sort` is the name of the order by it. `counted` columns need an index. A narrow terminal leaves out columns with a
    number in `secondary`, the smallest first, as far as it must. Pages show `link`, if there is one, and leave
    `file_only` columns to commands; their downloads have the id of a `with_id` cell in a column of its own.
    """

    key: str
    title: str
    text: Callable[[T], str]
    sort: str = ""
    number: bool = False
    counted: bool = False
    file_only: bool = False
    with_id: bool = False
    secondary: int = 0
    link: Callable[[T], ListLink | None] | None = None


def shown_columns(columns: Iterable[ListColumn[T]], *, counted: bool) -> tuple[ListColumn[T], ...]:
    """Return the columns of a command: all, or those that need no index."""
    return tuple(column for column in columns if counted or not column.counted)


def grant_columns(
    *, same: frozenset[str] = frozenset({"principal_type", "mail"})
) -> tuple[ListColumn[ListedGrant], ...]:
    """Return the columns of grants without those in `same`, which say the same in each row or are of little use."""
    return tuple(column for column in GRANT_COLUMNS if column.key not in same)


def access_columns(*, same: frozenset[str] = frozenset()) -> tuple[ListColumn[ListedAccess], ...]:
    """Return the columns of access by resource without those in `same`, which say the same in each row."""
    return tuple(column for column in ACCESS_COLUMNS if column.key not in same)


def cell_texts(columns: Iterable[ListColumn[T]], rows: Iterable[T]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each row as text."""
    texts = [column.text for column in columns]
    for row in rows:
        yield tuple(text(row) for text in texts)


# ----------------------------------------------------------------------------------------------- links


def _object_page(page: str, listed: SyncObject, type_id: str, tags: tuple[str, ...] = ()) -> ListLink | None:
    key = listed.id.removeprefix(f"{type_id}:")
    return ListLink(page, {"type": type_id, "id": key}, tags, listed.id) if key else None


def _entitlement_page(row: ListedEntitlement) -> ListLink:
    return ListLink("entitlement", {"id": row.object.id}, row.tags, row.object.id)


def _granted_entitlement_page(row: ListedGrant) -> ListLink:
    entitlement = row.granted.entitlement
    tags = entitlement_tags(privileged=entitlement.privileged, missing=entitlement.data is None)
    return ListLink("entitlement", {"id": entitlement.id}, tags, entitlement.id)


def _resource_page(page: str) -> Callable[[ListedResource], ListLink | None]:
    return lambda row: _object_page(page, row.object, row.type_id, row.tags)


def _granted_resource_page(row: ListedGrant) -> ListLink | None:
    return _object_page("resource", row.granted.resource, row.granted.type.id)


def _grant_principal_page(row: ListedGrant) -> ListLink | None:
    return _object_page("principal", row.principal, row.row.principal_type, row.principal_row.tags)


def _access_principal_page(row: ListedAccess) -> ListLink | None:
    return _grant_principal_page(row.grants[0])


def _access_resource_page(row: ListedAccess) -> ListLink | None:
    return _granted_resource_page(row.grants[0])


def _access_grants_page(row: ListedAccess) -> ListLink | None:
    principal, resource = _access_principal_page(row), _access_resource_page(row)
    if principal is None or resource is None:
        return None
    ends = {"type": resource.parameters["type"], "on": resource.parameters["id"]}
    holder = {"holder_type": principal.parameters["type"], "holder": principal.parameters["id"]}
    return ListLink("grants", {**ends, **holder})


def _held_with_mark(row: ListedGrant) -> str:
    return f"{row.held} ({row.not_reported} not reported)" if row.not_reported else row.held


def _through_page(row: ListedGrant) -> ListLink | None:
    through = row.through
    return ListLink("entitlement", {"id": through[0].id}) if len(through) == 1 else None


def _type_page(page: str) -> Callable[[TypeCount], ListLink]:
    return lambda row: ListLink(page, {"type": row.id})


# ----------------------------------------------------------------------------------------------- columns

TYPE_COLUMNS: tuple[ListColumn[ListedType], ...] = (
    ListColumn("name", "Name", lambda row: row.object.name),
    ListColumn("traits", "Traits", lambda row: ", ".join(row.traits)),
    ListColumn("id", "ID", lambda row: row.object.id),
)
COUNT_COLUMNS: tuple[ListColumn[TypeCount], ...] = (
    ListColumn("name", "Resource type", lambda row: row.name, sort="name", link=_type_page("resources")),
    ListColumn("id", "ID", lambda row: row.id, sort="id"),
    ListColumn("resources", "Resources", lambda row: str(row.resources), sort="resources", number=True),
    ListColumn(
        key="entitlements",
        title="Entitlements",
        text=lambda row: str(row.entitlements),
        sort="entitlements",
        number=True,
        link=_type_page("entitlements"),
    ),
    ListColumn("grants", "Grants", lambda row: str(row.grants), sort="grants", number=True, link=_type_page("grants")),
)
PRINCIPAL_COLUMNS: tuple[ListColumn[ListedResource], ...] = (
    ListColumn("name", "Name", lambda row: row.name, sort="name", link=_resource_page("principal")),
    ListColumn("type", "Type", lambda row: row.type.name, sort="type"),
    ListColumn("mail", "E-mail", lambda row: row.mail, sort="mail"),
    ListColumn("state", "State", lambda row: row.state),
    ListColumn(
        "grants", "Grants held", lambda row: row.grants_held, sort="held", number=True, counted=True, secondary=1
    ),
    ListColumn("id", "ID", lambda row: row.object.id, sort="id"),
)
RESOURCE_COLUMNS: tuple[ListColumn[ListedResource], ...] = (
    ListColumn("name", "Name", lambda row: row.name, sort="name", link=_resource_page("resource")),
    ListColumn("type", "Type", lambda row: row.type.name, sort="type"),
    ListColumn("parent", "Parent", lambda row: "" if row.parent is None else row.parent.name),
    ListColumn("mail", "E-mail (users)", lambda row: row.mail, file_only=True, secondary=1),
    ListColumn("holders", "Grants on it", lambda row: row.grants_on_it, sort="holders", number=True, counted=True),
    ListColumn("held", "Grants held", lambda row: row.grants_held, sort="held", number=True, counted=True),
    ListColumn("id", "ID", lambda row: row.object.id, sort="id"),
)
ENTITLEMENT_COLUMNS: tuple[ListColumn[ListedEntitlement], ...] = (
    ListColumn("name", "Name", lambda row: row.name, sort="name", link=_entitlement_page),
    ListColumn(
        key="resource",
        title="Resource",
        text=lambda row: row.resource.name,
        sort="resource",
        link=lambda row: _object_page("resource", row.resource, row.type.id),
    ),
    ListColumn("type", "Type", lambda row: row.type.name, secondary=1),
    ListColumn("slug", "Slug", lambda row: row.slug, sort="slug", secondary=1),
    ListColumn("holders", "Grants", lambda row: row.grants, sort="holders", number=True, counted=True),
    ListColumn("id", "ID", lambda row: row.object.id),
)
GRANT_COLUMNS: tuple[ListColumn[ListedGrant], ...] = (
    ListColumn(
        "principal", "Principal", lambda row: row.principal.name, sort="who", link=_grant_principal_page, with_id=True
    ),
    ListColumn("principal_type", "Principal type", lambda row: row.principal_row.type.name),
    ListColumn("mail", "E-mail", lambda row: row.principal_row.mail),
    ListColumn(
        "resource",
        "Resource",
        lambda row: row.granted.resource.name,
        sort="what",
        link=_granted_resource_page,
        with_id=True,
    ),
    ListColumn("resource_type", "Type", lambda row: row.granted.type.name, secondary=2),
    ListColumn(
        key="entitlement",
        title="Entitlement",
        text=lambda row: row.granted.entitlement.name,
        link=_granted_entitlement_page,
        with_id=True,
    ),
    ListColumn("held", "Held", _held_with_mark),
    ListColumn("via", "Through", lambda row: ", ".join(source.name for source in row.through), link=_through_page),
    ListColumn("id", "ID", lambda row: row.row.id, file_only=True, secondary=1),
)
ACCESS_COLUMNS: tuple[ListColumn[ListedAccess], ...] = (
    ListColumn(
        "principal", "Principal", lambda row: row.principal.name, sort="who", link=_access_principal_page, with_id=True
    ),
    ListColumn(
        "resource", "Resource", lambda row: row.resource.name, sort="what", link=_access_resource_page, with_id=True
    ),
    ListColumn("resource_type", "Type", lambda row: row.type.name, secondary=2),
    ListColumn("access", "Access", lambda row: ", ".join(row.levels), link=_access_grants_page),
    ListColumn("privileged", "Privileged", lambda row: ", ".join(row.privileged)),
    ListColumn("held", "Held", lambda row: row.held, secondary=3),
    ListColumn("via", "Through", lambda row: ", ".join(row.through)),
    ListColumn("grants", "Grants", lambda row: str(len(row.grants)), number=True, secondary=1),
    ListColumn("principal_id", "Principal ID", lambda row: row.principal.id, file_only=True, secondary=1),
    ListColumn("resource_id", "Resource ID", lambda row: row.resource.id, file_only=True, secondary=1),
)
