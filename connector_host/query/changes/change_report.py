"""Report of the difference of two syncs for people: principals, resources, entitlements, memberships and grants.

An object that carries a copy of another (an entitlement its resource, a grant its entitlement) has not changed because
the copy has: a renamed group is one change, not one for each of its members.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator

from msgspec import Struct

from ...c1z.types import ObjectKind, View
from ...index.text_search import fold_text
from ...model import Entitlement, Grant, ResourceId, Trait
from ...wire import decode
from ..lookup.object_cache import SyncObjects
from .field_changes import FieldChange, entitlement_details, grant_details, resource_details
from .object_changes import ADDED, CHANGED, REMOVED, ObjectChange, list_changes

__all__ = ["ChangeSection", "ReportedChange", "SyncPair", "reported_changes"]


class ChangeSection(enum.StrEnum):
    """Sections of the report, in their order."""

    TYPES = "Resource types"
    PRINCIPALS = "Principals"
    RESOURCES = "Other resources"
    ENTITLEMENTS = "Entitlements"
    MEMBERSHIPS = "Memberships"
    GRANTS = "Grants"


class ReportedChange(Struct, frozen=True):
    """One change: `mark` is `added`, `removed` or `changed`, `name` the name of the object or principal.

    `where` is the type of a resource, the resource of an entitlement, or what a grant grants on which resource.
    """

    section: ChangeSection
    mark: str
    name: str
    where: str
    id: str
    details: tuple[FieldChange, ...] = ()
    note: str = ""

    @property
    def description(self) -> str:
        """The changed fields and the note as text."""
        return "; ".join((*map(str, self.details), *([self.note] if self.note else [])))

    @property
    def folded(self) -> str:
        """The text that searches look at: name, place, id."""
        return fold_text(f"{self.name}\n{self.where}\n{self.id}")


class SyncPair:
    """Two views, the names of their objects, and the ids of the resource types of principals and of groups."""

    def __init__(self, old: View, new: View) -> None:
        self.old, self.new = old, new
        self.names = {REMOVED: SyncObjects(old), ADDED: SyncObjects(new), CHANGED: SyncObjects(new)}
        self.principal_types: set[str] = set()
        self.group_types: set[str] = set()
        for view in (old, new):
            for row in view.resource_types():
                traits = decode.resource_type(row.data).traits
                if Trait.GROUP in traits:
                    self.group_types.add(row.id)
                if Trait.USER in traits or Trait.GROUP in traits:
                    self.principal_types.add(row.id)

    def side(self, change: ObjectChange) -> SyncObjects:
        """Return the names of the sync that has the object of a change."""
        return self.names[change.mark]


def reported_changes(pair: SyncPair, section: ChangeSection) -> Iterator[ReportedChange]:
    """Yield the changes of one section, ascending by id."""
    match section:
        case ChangeSection.TYPES:
            return _types(pair)
        case ChangeSection.PRINCIPALS | ChangeSection.RESOURCES:
            return _resources(pair, section)
        case ChangeSection.ENTITLEMENTS:
            return _entitlements(pair)
        case _:
            return _grants(pair, section)


def _types(pair: SyncPair) -> Iterator[ReportedChange]:
    for change in list_changes(pair.old, pair.new, ObjectKind.RESOURCE_TYPE):
        old, new = (None if data is None else decode.resource_type(data) for data in (change.old, change.new))
        details: tuple[FieldChange, ...] = ()
        if old is not None and new is not None:
            fields = (
                ("name", old.display_name, new.display_name),
                ("description", old.description, new.description),
                ("traits", _traits(old.traits), _traits(new.traits)),
            )
            details = tuple(FieldChange(*field) for field in fields if field[1] != field[2])
            if not details:
                continue
        shown = new or old
        yield ReportedChange(
            ChangeSection.TYPES, change.mark, shown.display_name if shown else "", "", change.id, details
        )


def _traits(traits: tuple[Trait, ...]) -> str:
    return ", ".join(trait.name.lower() for trait in traits)


def _resources(pair: SyncPair, section: ChangeSection) -> Iterator[ReportedChange]:
    for change in list_changes(pair.old, pair.new, ObjectKind.RESOURCE):
        old, new = (None if data is None else decode.resource(data) for data in (change.old, change.new))
        shown = new or old
        if shown is None or (shown.id.resource_type in pair.principal_types) != (section is ChangeSection.PRINCIPALS):
            continue
        details = resource_details(old, new) if old is not None and new is not None else ()
        if change.mark == CHANGED and not details:
            continue
        of_type = pair.side(change).types[shown.id.resource_type].name
        yield ReportedChange(section, change.mark, shown.display_name or change.id, of_type, change.id, details)


def _entitlements(pair: SyncPair) -> Iterator[ReportedChange]:
    for change in list_changes(pair.old, pair.new, ObjectKind.ENTITLEMENT):
        old, new = (None if data is None else decode.entitlement(data) for data in (change.old, change.new))
        details = entitlement_details(old, new) if old is not None and new is not None else ()
        shown: Entitlement | None = new or old
        if shown is None or (change.mark == CHANGED and not details):
            continue
        on = _resource_name(pair, change, shown.resource.id)
        yield ReportedChange(
            ChangeSection.ENTITLEMENTS, change.mark, shown.display_name or change.id, on, change.id, details
        )


def _grants(pair: SyncPair, section: ChangeSection) -> Iterator[ReportedChange]:
    """Yield changes of grants on groups (memberships), or of all other grants, as the section asks for."""
    for change in list_changes(pair.old, pair.new, ObjectKind.GRANT):
        old = None if change.old is None else decode.grant(change.old, change.old_expansion)
        new = None if change.new is None else decode.grant(change.new, change.new_expansion)
        shown: Grant | None = new or old
        if shown is None:
            continue
        on = shown.entitlement.resource.id
        if (on.resource_type in pair.group_types) != (section is ChangeSection.MEMBERSHIPS):
            continue
        details: tuple[FieldChange, ...] = ()
        if old is not None and new is not None:
            details = grant_details(old, new, lambda source: pair.names[CHANGED].entitlements[source].name)
        if change.mark == CHANGED and not details:
            continue
        yield _grant_entry(pair, section, change, shown, details)


def _grant_entry(
    pair: SyncPair, section: ChangeSection, change: ObjectChange, grant: Grant, details: tuple[FieldChange, ...]
) -> ReportedChange:
    objects = pair.side(change)
    entitlement = objects.entitlements[grant.entitlement.id].name
    where = f"{entitlement} on {_resource_name(pair, change, grant.entitlement.resource.id)}"
    own = grant.entitlement.id
    through = [objects.entitlements[source].name for source in sorted(grant.sources or {}) if source != own]
    note = "" if change.mark == CHANGED or not through else f"through {', '.join(through)}"
    return ReportedChange(
        section, change.mark, _resource_name(pair, change, grant.principal_id), where, change.id, details, note
    )


def _resource_name(pair: SyncPair, change: ObjectChange, resource_id: ResourceId) -> str:
    return pair.side(change).resources[resource_id.resource_type, resource_id.resource].name
