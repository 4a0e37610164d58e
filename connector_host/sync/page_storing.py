"""What a connector answered, checked and turned into what is stored.

Bad data is treated as the contract says: a missing id, principal or trait or a value of the wrong type is an error
that names hook, subject and item; a row of a type that was never listed is dropped and counted by type; a name over
1024 bytes is stored whole and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from msgspec.structs import replace

from ..errors import PluginError
from ..model import (
    Annotation,
    Entitlement,
    EntitlementRef,
    External,
    Grant,
    Resource,
    ResourceId,
    ResourceType,
    Trait,
)
from ..traits import TRAIT_CLASSES
from ..wire.grant_encoder import GrantEncoder

__all__ = ["GrantPage", "PageChecker"]

T = TypeVar("T")
LONGEST_NAME = 1024
"""Bytes of a display name that the Go tools accept in requests."""
INSERT = Annotation("c1.connector.v2.InsertResourceGrants")
"""What the grants of a page with `insert_resources` carry in the file."""
PACKAGE = "c1.connector.v2."
TRAITS = {trait: TRAIT_CLASSES[trait] for trait in (Trait.USER, Trait.GROUP, Trait.ROLE, Trait.APP, Trait.SECRET)}
"""The traits whose message must be on every resource of a type that declares them."""
RESERVED_ANNOTATION = f"{PACKAGE}BatonID"
"""The SDK's own mark of resources that it copied from another file; it refuses it from a connector."""


class GrantPage:
    """A page of grants ready to be stored: their rows, and the resources to be stored with them."""

    def __init__(self, rows: list[Any], resources: list[Resource], expandable: bool) -> None:
        self.rows, self.resources, self.expandable = rows, resources, expandable


class PageChecker:
    """Checks the items of pages against the listed resource types. `counters` sums what was dropped or is odd."""

    def __init__(self, connector: str, types: Mapping[str, ResourceType]) -> None:
        self._connector = connector
        self._types = types
        self._encoder = GrantEncoder()
        self.counters: Counter[str] = Counter()

    def take_counters(self) -> Counter[str]:
        """What was counted since the last call, to be stored with the page."""
        taken, self.counters = self.counters, Counter()
        return taken

    # ----------------------------------------------------------------------------------------------- listings

    def resource_types(self, items: Sequence[ResourceType], subject: str) -> list[ResourceType]:
        """Return the resource types of a page."""
        for index, item in enumerate(items):
            self._is(item, ResourceType, "list_resource_types", subject, index)
            if not _text(item.id):
                self._fail("list_resource_types", subject, index, "a resource type has no id")
            if not isinstance(item.traits, (tuple, list)):
                problem = f"{item.id}: traits: a tuple or list is needed, not {_kind(item.traits)}"
                self._fail("list_resource_types", subject, index, problem)
            self._count_name(item.display_name, "resource_types")
        return list(items)

    def resources(self, items: Sequence[Resource], subject: str) -> list[Resource]:
        """Return the resources of a page, without those of types that were never listed."""
        kept = []
        for index, item in enumerate(items):
            self._resource(item, "list_resources", subject, index)
            listed = self._types.get(item.id.resource_type)
            if listed is None:
                self.counters[f"dropped resources:{item.id.resource_type}"] += 1
                continue
            for trait in listed.traits:
                needed = TRAITS.get(trait)
                if needed is not None and not _has_trait(item, needed):
                    self._fail(
                        "list_resources", subject, index, f"{item.id} has no {needed.__name__}, as its type declares"
                    )
            self._count_name(item.display_name, "resources")
            kept.append(item)
        return kept

    def entitlements(self, items: Sequence[Entitlement], hook: str, subject: str) -> list[Entitlement]:
        """Return the entitlements of a page, without those on resources of types that were never listed."""
        kept = []
        for index, item in enumerate(items):
            self._is(item, Entitlement, hook, subject, index)
            if not (isinstance(item.resource, Resource) and isinstance(item.resource.id, ResourceId)):
                self._fail(hook, subject, index, f"its resource is {_kind(item.resource)}, not a Resource")
            if not _text(item.id) or not _text(item.slug):
                self._fail(hook, subject, index, "an entitlement has no id or slug")
            if item.resource.id.resource_type not in self._types:
                self.counters[f"dropped entitlements:{item.resource.id.resource_type}"] += 1
                continue
            self._count_name(item.display_name, "entitlements")
            kept.append(item)
        return kept

    def static(self, template: Entitlement, resources: Iterable[Resource]) -> Iterable[Entitlement]:
        """Return the entitlement that a template of `list_static_entitlements` stands for on each resource."""
        for resource in resources:
            yield Entitlement(
                resource,
                template.slug,
                template.purpose,
                template.display_name or resource.display_name,
                template.description or resource.description,
                template.grantable_to,
                annotations=template.annotations,
            )

    # ----------------------------------------------------------------------------------------------- grants

    def grants(self, items: Sequence[Grant], subject: str, *, insert_resources: bool) -> GrantPage:
        """Return the grants of a page as rows, without those whose resource or principal type was never listed."""
        if insert_resources:
            items = [_marked(item) if isinstance(item, Grant) else item for item in items]
        if any(isinstance(item, Grant) and item.expandable is not None for item in items):
            items = [self._filter_expansion(item) for item in items]
        try:
            rows = self._encoder.rows(items)
        except (TypeError, AttributeError, ValueError) as error:
            self._diagnose(items, subject, error)
        types = self._types
        kept = [row for row in rows if row[0] in types and row[3] in types and row[1] and row[4]]
        if len(kept) != len(rows):
            kept = self._sort_out(items, rows, subject)
        resources = self._resources_of(items) if insert_resources else []
        return GrantPage(kept, resources, any(row[7] for row in kept))

    def _sort_out(self, items: Sequence[Grant], rows: Sequence[Any], subject: str) -> list[Any]:
        kept = []
        for index, (item, row) in enumerate(zip(items, rows, strict=True)):
            resource_type, resource, entitlement, principal_type, principal = row[:5]
            if not (resource_type and resource and entitlement):
                self._fail("list_grants", subject, index, "a grant has no entitlement, or one without resource")
            if not (principal_type and principal):
                self._fail("list_grants", subject, index, "a grant has no principal")
            if resource_type not in self._types:
                self.counters[f"dropped grants on:{resource_type}"] += 1
            elif principal_type not in self._types and not isinstance(item.principal, External):
                self.counters[f"dropped grants to:{principal_type}"] += 1
            else:
                kept.append(row)
        return kept

    def _filter_expansion(self, item: Grant) -> Grant:
        """Types never listed leave the filter of an expansion; with none left (empty means all) the expansion goes."""
        expandable = item.expandable if isinstance(item, Grant) else None
        if expandable is None or not expandable.resource_type_ids:
            return item
        known = tuple(name for name in expandable.resource_type_ids if name in self._types)
        if len(known) == len(expandable.resource_type_ids):
            return item
        self.counters["dropped expansion types"] += len(expandable.resource_type_ids) - len(known)
        if not known:
            self.counters["dropped expansions"] += 1
            return replace(item, expandable=None)
        return replace(item, expandable=replace(expandable, resource_type_ids=known))

    def _resources_of(self, items: Sequence[Grant]) -> list[Resource]:
        found = {item.entitlement.resource.id: item.entitlement.resource for item in items}
        return [resource for resource in found.values() if resource.id.resource_type in self._types]

    def _diagnose(self, items: Sequence[Any], subject: str, error: Exception) -> None:
        """Find the grant that could not be encoded, and say what is wrong with it."""
        for index, item in enumerate(items):
            self._is(item, Grant, "list_grants", subject, index)
            if not isinstance(item.entitlement, (Entitlement, EntitlementRef)):
                problem = f"its entitlement is {_kind(item.entitlement)}, not an Entitlement; try resource.ref(slug)"
                self._fail("list_grants", subject, index, problem)
            if not isinstance(item.principal, (ResourceId, Resource, External)):
                problem = f"its principal is {_kind(item.principal)}, not a ResourceId, a Resource or an External"
                self._fail("list_grants", subject, index, problem)
            self._guard("list_grants", subject, index, partial(GrantEncoder().rows, [item]))
        raise error

    # ----------------------------------------------------------------------------------------------- helpers

    def _resource(self, item: Any, hook: str, subject: str, index: int) -> None:
        self._is(item, Resource, hook, subject, index)
        if not isinstance(item.id, ResourceId) or not _text(item.id.resource_type) or not _text(item.id.resource):
            self._fail(hook, subject, index, _bad_id(item.id))
        if not isinstance(item.traits, (tuple, list)):
            self._fail(hook, subject, index, f"{item.id}: traits: a tuple or list is needed, not {_kind(item.traits)}")
        if item.annotations:
            self._check_annotations(item, hook, subject, index)
        if item.parent is not None and not isinstance(item.parent, ResourceId):
            self._fail(hook, subject, index, f"{item.id}: its parent is {_kind(item.parent)}, not a ResourceId")

    def _check_annotations(self, item: Resource, hook: str, subject: str, index: int) -> None:
        """Refuse annotations that only the SDK writes, and a trait that a value of `traits` holds already."""
        if not isinstance(item.annotations, (tuple, list)):
            problem = f"annotations: a tuple or list is needed, not {_kind(item.annotations)}"
            self._fail(hook, subject, index, f"{item.id}: {problem}")
        names = [_message_name(annotation) for annotation in item.annotations]
        if RESERVED_ANNOTATION in names:
            raise PluginError(
                f"connector {self._connector!r}: {hook} of {subject}, item {index}:"
                f" {item.id} has the annotation BatonID, which is reserved for the SDK",
                hint="Leave it out: ConductorOne refuses files with it from a connector.",
            )
        for trait in item.traits:
            name = type(trait).__name__
            if PACKAGE + name in names:
                problem = f"{item.id} has a {name} among its traits and another among its annotations"
                self._fail(hook, subject, index, problem)

    def _is(self, item: Any, kind: type, hook: str, subject: str, index: int) -> None:
        if not isinstance(item, kind):
            self._fail(hook, subject, index, f"it is {_kind(item)}, not {kind.__name__}")

    def _guard(self, hook: str, subject: str, index: int, action: Callable[[], Any]) -> None:
        try:
            action()
        except (TypeError, AttributeError, ValueError) as error:
            self._fail(hook, subject, index, str(error), error)

    def store(self, hook: str, subject: str, items: Sequence[T], write: Callable[[Sequence[T]], None]) -> None:
        """Write items whose encoding may still find a wrong value; the error names the item."""
        try:
            write(items)
        except (TypeError, AttributeError, ValueError) as error:
            for index, item in enumerate(items):
                self._guard(hook, subject, index, partial(write, [item]))
            raise PluginError(f"connector {self._connector!r}: {hook} of {subject}: {error}") from error

    def _fail(self, hook: str, subject: str, index: int, problem: str, cause: Exception | None = None) -> None:
        raise PluginError(
            f"connector {self._connector!r}: {hook} of {subject}, item {index}: {problem}",
            hint="This is a defect of the connector; tell its author.",
        ) from cause

    def _count_name(self, name: Any, kind: str) -> None:
        if (
            isinstance(name, str)
            and len(name) > LONGEST_NAME // 4
            and len(name.encode(errors="replace")) > LONGEST_NAME
        ):
            self.counters[f"long names:{kind}"] += 1


def _has_trait(resource: Resource, needed: type) -> bool:
    return any(isinstance(trait, needed) for trait in resource.traits) or any(
        _message_name(annotation) == PACKAGE + needed.__name__ for annotation in resource.annotations
    )


def _message_name(annotation: object) -> str:
    return str(annotation.type_name).rpartition("/")[2] if isinstance(annotation, Annotation) else ""


def _marked(grant: Grant) -> Grant:
    return replace(grant, annotations=(*grant.annotations, INSERT))


def _kind(value: object) -> str:
    return "nothing" if value is None else type(value).__name__


def _bad_id(given: object) -> str:
    """What is wrong with the id of a resource."""
    if not isinstance(given, ResourceId):
        return f"its id is {_kind(given)}, not a ResourceId"
    for field, value in (("resource_type", given.resource_type), ("resource", given.resource)):
        if not isinstance(value, str):
            return f"the {field} of its id is {_kind(value)}, not str"
    return "its id is empty: a ResourceId has the id of the type and that of the resource"


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)
