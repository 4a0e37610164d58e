"""Checks of the items a connector returned: what is malformed is skipped and named, what is odd is dropped and counted.

A malformed item lacks its id, principal or trait, or holds a value of a wrong type. It is skipped, counted, and named
by hook, subject, page, position and id; with `strict` it is a PluginError at once. A row of a type that was never
listed is dropped and counted by type; a name over 1024 bytes is stored whole and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar

from msgspec.structs import replace

from ..errors import PluginError, valid_text
from ..model import (
    Annotation,
    Entitlement,
    EntitlementRef,
    External,
    Grant,
    GrantExpandable,
    Page,
    Resource,
    ResourceId,
    ResourceType,
    Trait,
)
from ..traits import TRAIT_CLASSES
from ..wire import encode
from ..wire.grant_encoder import GrantEncoder, GrantRow
from ..wire.grants.packed_grants import GrantPacker, PackedGrants, single
from ..wire.services.raw_objects import GrantSequence
from .item_checks import (
    LONGEST_SHOWN,
    PACKAGE,
    MalformedItem,
    ReservedMark,
    can_problem,
    class_name,
    expect,
    expect_grant,
    grant_position,
    has_trait,
    id_problem,
    is_text,
    item_name,
    message_name,
    trait_problem,
)
from .working.queue import QueuedListing

__all__ = ["TRAITS", "GrantPage", "PageChecker"]

T = TypeVar("T")
LONGEST_NAME = 1024
"""Bytes of a display name that the Go tools accept in requests."""
INSERT = Annotation("c1.connector.v2.InsertResourceGrants")
"""The mark that the grants of a page with `insert_resources` have in the file."""
TRAITS = {trait: TRAIT_CLASSES[trait] for trait in (Trait.USER, Trait.GROUP, Trait.ROLE, Trait.APP, Trait.SECRET)}
"""The traits whose message must be on every resource of a type that declares them."""
RESERVED_ANNOTATION = f"{PACKAGE}BatonID"
"""The SDK's own mark of resources that it copied from another file; it refuses it from a connector."""
RESERVED_HINT = "Leave it out: ConductorOne refuses files with it from a connector."
DEFECT_HINT = "This is a defect of the connector; report it to its author."
EXPANDABLE = attrgetter("expandable")
ENTITLEMENT_OF, RESOURCE_OF = attrgetter("entitlement.id"), attrgetter("entitlement.resource.id")
BAD_VALUES = (TypeError, AttributeError, ValueError)
"""The errors of checking and encoding an item whose values have wrong types."""


class GrantPage:
    """A page of grants ready to be stored: packed, and the resources and entitlements to be stored with them."""

    def __init__(self, packed: list[PackedGrants], resources: list[Resource], entitlements: list[Entitlement]) -> None:
        self.packed, self.resources, self.entitlements = packed, resources, entitlements
        self.expandable = any(run.needs_expansion for run in packed)


class PageChecker:
    """Checker of the items of pages against the listed resource types.

    `counters` sums what was dropped or is odd, `malformed` names the items that were skipped, both since they were last
    taken. `strict` makes the first malformed item a PluginError.
    """

    def __init__(self, connector: str, types: Mapping[str, ResourceType], *, strict: bool = False) -> None:
        self._connector, self._types, self._strict = connector, types, strict
        self._encoder = GrantEncoder()
        self._packer = GrantPacker(self._encoder)
        self.counters: Counter[str] = Counter()
        self.malformed: list[str] = []

    def take_counters(self) -> Counter[str]:
        """Return the counters since the last call, to be stored with the page."""
        counters, self.counters = self.counters, Counter()
        return counters

    def take_malformed(self) -> list[str]:
        """Return the names of the malformed items since the last call."""
        malformed, self.malformed = self.malformed, []
        return malformed

    def take_new_principals(self) -> list[ResourceId]:
        """Return the principals of the grants checked since the last call, without those that were returned before."""
        return self._encoder.take_new_principals()

    def reject_skipped(self, action: QueuedListing, page: Page[Any]) -> None:
        """Treat the rows that a hook skipped itself as malformed items."""
        for number, name in enumerate(page.skipped):
            self._reject(action, number, name, MalformedItem(f"the connector skipped {name[:LONGEST_SHOWN]!r}"))

    # ----------------------------------------------------------------------------------------------- listings

    def resource_types(self, action: QueuedListing, page: Page[Any]) -> list[ResourceType]:
        """Return the resource types of a page. A malformed one is always an error: everything depends on the types."""
        return self._keep(action, page.items, self._check_type, strict=True)

    def resources(self, action: QueuedListing, page: Page[Any]) -> list[Resource]:
        """Return the resources of a page, without those of types that were never listed."""
        return self._keep(action, page.items, self._check_resource)

    def entitlements(self, action: QueuedListing, page: Page[Any]) -> list[Entitlement]:
        """Return the entitlements of a page, without those on resources of types that were never listed."""
        if action.hook == "list_static_entitlements":
            return self._keep(action, page.items, lambda item: self._check_template(action, item))
        return self._keep(action, page.items, self._check_entitlement)

    def grants(self, action: QueuedListing, page: Page[Any]) -> GrantPage:
        """Return the grants of a page packed, without those whose resource or principal type was never listed."""
        grants: Sequence[Any] = page.items
        try:
            packed = None
            if isinstance(grants, GrantSequence):
                packed = None if page.insert_resources else self._packer.pack_bytes(grants)
                grants = grants if packed is not None else list(grants)
            if packed is None:
                needs_work = page.insert_resources or any(map(EXPANDABLE, grants))  # most do not
                grants = [self._prepared(grant, page) for grant in grants] if needs_work else grants
                packed = self._packer.pack(grants)
        except BAD_VALUES:
            grants, positions, rows = self._encode_singly(action, page)
            packed = list(map(single, self._sort_out(action, zip(positions, grants, rows, strict=True))))
        else:
            if not all(map(self._is_storable, packed)):
                rows = self._encoder.rows(grants)
                packed = list(map(single, self._sort_out(action, zip(range(len(rows)), grants, rows, strict=True))))
        if not page.insert_resources:
            return GrantPage(packed, [], [])
        entitlements = list({grant.entitlement.id: grant.entitlement for grant in grants}.values())
        described = [entitlement for entitlement in entitlements if isinstance(entitlement, Entitlement)]
        return GrantPage(
            packed, self._resources_of(action, page, entitlements), self._encodable(action, page, described)
        )

    def stored(
        self,
        action: QueuedListing,
        page: Page[Any],
        items: Sequence[T],
        write: Callable[[Sequence[T]], None],
        attempt: Attempt,
        *,
        strict: bool = False,
    ) -> None:
        """Write the items of a page, whose encoding may still find a wrong value: such an item is malformed, too.

        `attempt` undoes what `write` did when it raises. `strict`: a malformed item is an error in every run.
        """
        try:
            attempt(lambda: write(items))
        except BAD_VALUES:
            for item in items:
                try:
                    attempt(partial(write, [item]))
                except BAD_VALUES as error:
                    position = next(index for index, listed in enumerate(page.items) if listed is item)
                    self._reject(action, position, item, error, strict=strict)

    # ----------------------------------------------------------------------------------------------- one item

    def _keep(
        self, action: QueuedListing, items: Sequence[Any], check: Callable[[Any], bool], *, strict: bool = False
    ) -> list[Any]:
        storable = []
        for position, item in enumerate(items):
            try:
                if check(item):
                    storable.append(item)
            except BAD_VALUES as error:
                self._reject(action, position, item, error, strict=strict)
        return storable

    def _reject(
        self, action: QueuedListing, position: int, item: Any, error: Exception, *, strict: bool = False
    ) -> None:
        page = f", page {action.page_token[:LONGEST_SHOWN]!r}" if action.page_token else ""
        name = item_name(item)
        where = f"{action.hook} of {action.subject}{page}, item {position}{f' ({name})' if name else ''}"
        if strict or self._strict or isinstance(error, ReservedMark):
            hint = RESERVED_HINT if isinstance(error, ReservedMark) else DEFECT_HINT
            raise PluginError(f"connector {self._connector!r}: {where}: {error}", hint=hint) from error
        self.malformed.append(valid_text(f"{where}: {error}"))

    def _drop(self, rows: str, type_id: str) -> bool:
        """Count a row of a type that was never listed; False, as it is not stored."""
        self.counters[f"dropped {rows}:{valid_text(type_id)}"] += 1
        return False

    def _check_type(self, item: Any) -> bool:
        expect(item, ResourceType)
        if not is_text(item.id):
            raise MalformedItem("a resource type has no id")
        if not isinstance(item.traits, (tuple, list)):
            raise MalformedItem(f"traits: a tuple or list is needed, not {class_name(item.traits)}")
        if problem := can_problem(item.can):
            raise MalformedItem(problem)
        self._count_name(item.display_name, "resource_types")
        return True

    def _check_resource(self, item: Any) -> bool:
        expect(item, Resource)
        if not isinstance(item.id, ResourceId) or not is_text(item.id.resource_type) or not is_text(item.id.resource):
            raise MalformedItem(id_problem(item.id))
        if not isinstance(item.traits, (tuple, list)):
            raise MalformedItem(f"traits: a tuple or list is needed, not {class_name(item.traits)}")
        if item.annotations:
            self._check_annotations(item)
        if item.parent is not None and not isinstance(item.parent, ResourceId):
            raise MalformedItem(f"its parent is {class_name(item.parent)}, not a ResourceId")
        listed_type = self._types.get(item.id.resource_type)
        if listed_type is None:
            return self._drop("resources", item.id.resource_type)
        for trait in listed_type.traits:
            needed = TRAITS.get(trait)
            if needed is not None and not has_trait(item, needed):
                raise MalformedItem(trait_problem(item, needed))
        self._count_name(item.display_name, "resources")
        return True

    def _check_annotations(self, item: Resource) -> None:
        """Refuse annotations that only the SDK writes, and a trait that a value of `traits` holds already."""
        if not isinstance(item.annotations, (tuple, list)):
            raise MalformedItem(f"annotations: a tuple or list is needed, not {class_name(item.annotations)}")
        names = [message_name(annotation) for annotation in item.annotations]
        if RESERVED_ANNOTATION in names:
            raise ReservedMark("it has the annotation BatonID, which is reserved for the SDK")
        for trait in item.traits:
            name = type(trait).__name__
            if PACKAGE + name in names:
                raise MalformedItem(f"it has a {name} among its traits and another among its annotations")

    def _check_entitlement(self, item: Any) -> bool:
        expect(item, Entitlement)
        if not (isinstance(item.resource, Resource) and isinstance(item.resource.id, ResourceId)):
            raise MalformedItem(f"its resource is {class_name(item.resource)}, not a Resource")
        if not is_text(item.id) or not is_text(item.slug):
            raise MalformedItem("an entitlement has no id or slug")
        for field, value in (("display_name", item.display_name), ("description", item.description)):
            if not isinstance(value, str):
                raise MalformedItem(f"{field}: a text (str) is needed, not {type(value).__name__}")
        if item.resource.id.resource_type not in self._types:
            return self._drop("entitlements", item.resource.id.resource_type)
        self._count_name(item.display_name, "entitlements")
        return True

    def _check_template(self, action: QueuedListing, item: Any) -> bool:
        """Check a static entitlement, which must be one of the type that was asked for."""
        is_storable = self._check_entitlement(item)
        own_type = item.resource.id.resource_type
        if is_storable and own_type != action.resource_type:
            raise MalformedItem(f"it is an entitlement of the type {own_type!r}, not of {action.resource_type!r}")
        return is_storable

    def _count_name(self, name: Any, table: str) -> None:
        if (
            isinstance(name, str)
            and len(name) > LONGEST_NAME // 4
            and len(name.encode(errors="replace")) > LONGEST_NAME
        ):
            self.counters[f"long names:{table}"] += 1

    # ----------------------------------------------------------------------------------------------- grants

    def _prepared(self, grant: Any, page: Page[Any]) -> Any:
        """Return a grant as it is to be encoded: marked, and without types that were never listed in its expansion."""
        if not isinstance(grant, Grant):
            return grant  # which the encoder refuses
        if page.insert_resources:
            grant = replace(grant, annotations=(*grant.annotations, INSERT))
        expandable = grant.expandable
        if expandable is not None and not isinstance(expandable, GrantExpandable):
            raise MalformedItem(f"expandable: a GrantExpandable is needed, not {class_name(expandable)}")
        if expandable is None or not expandable.resource_type_ids:
            return grant
        listed = tuple(name for name in expandable.resource_type_ids if name in self._types)
        if len(listed) == len(expandable.resource_type_ids):
            return grant
        self.counters["dropped expansion types"] += len(expandable.resource_type_ids) - len(listed)
        if not listed:  # an empty filter means all types
            self.counters["dropped expansions"] += 1
            return replace(grant, expandable=None)
        return replace(grant, expandable=replace(expandable, resource_type_ids=listed))

    def _encode_singly(self, action: QueuedListing, page: Page[Any]) -> tuple[list[Grant], list[int], list[GrantRow]]:
        """Encode each grant on its own, after one of the page could not be encoded."""
        self.counters.clear()  # those of the attempt that failed
        grants, positions, rows = [], [], []
        for position, item in enumerate(page.items):
            try:
                expect_grant(item)
                grant = self._prepared(item, page)
                rows.append(self._encoder.row(grant))
                grants.append(grant)
                positions.append(position)
            except BAD_VALUES as error:
                self._reject(action, position, item, error)
        return grants, positions, rows

    def _is_storable(self, packed: PackedGrants) -> bool:
        """Return True unless a type was never listed, or a resource or principal has no id."""
        types = self._types
        if packed.resource_type not in types or packed.principal_type not in types or not packed.resource:
            return False
        return bool(packed.principal) if packed.principal is not None else '""' not in packed.names

    def _sort_out(self, action: QueuedListing, entries: Iterable[tuple[int, Grant, GrantRow]]) -> list[GrantRow]:
        """Return the rows that can be stored, where some cannot."""
        storable = []
        for position, grant, row in entries:
            resource_type, resource, entitlement, principal_type, principal = row[:5]
            if not (resource_type and resource and entitlement):
                problem = MalformedItem("a grant has no entitlement, or one without resource")
                self._reject(action, position, grant, problem)
            elif not (principal_type and principal):
                self._reject(action, position, grant, MalformedItem("a grant has no principal"))
            elif resource_type not in self._types:
                self._drop("grants on", resource_type)
            elif principal_type not in self._types and not isinstance(grant.principal, External):
                self._drop("grants to", principal_type)
            else:
                storable.append(row)
        return storable

    def _resources_of(
        self, action: QueuedListing, page: Page[Any], entitlements: Sequence[Entitlement | EntitlementRef]
    ) -> list[Resource]:
        """Return the resources that the grants of a page with `insert_resources` are on."""
        resources = {entitlement.resource.id: entitlement.resource for entitlement in entitlements}
        storable = []
        for resource in resources.values():
            if resource.id.resource_type not in self._types:
                continue  # its grants are dropped and counted
            try:
                self._check_resource(resource)
                storable.append(resource)
            except BAD_VALUES as error:
                self._reject(action, grant_position(page.items, RESOURCE_OF, resource.id), resource, error)
        return storable

    def _encodable(
        self, action: QueuedListing, page: Page[Any], entitlements: Sequence[Entitlement]
    ) -> list[Entitlement]:
        """Return those entitlements of the grants of a page with `insert_resources` that can be stored."""
        storable = []
        for entitlement in entitlements:
            if entitlement.resource.id.resource_type not in self._types:
                continue
            try:
                self._check_entitlement(entitlement)
                encode.entitlement(entitlement, self._types)
                storable.append(entitlement)
            except BAD_VALUES as error:
                self._reject(action, grant_position(page.items, ENTITLEMENT_OF, entitlement.id), entitlement, error)
        return storable


Attempt = Callable[[Callable[[], None]], None]
"""Calls a function and undoes its writing when it raises (`WorkingSync.attempt`)."""
