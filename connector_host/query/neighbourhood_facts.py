"""Facts around a principal, a resource or an entitlement: holdings, one by one, before they are drawn.

A fact leads from a vertex to a vertex. A vertex is a principal or resource, an entitlement, or the holders of an
entitlement that passes others on ("members of Engineering").
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeVar

from msgspec import Struct

from ..c1z.types import GrantFilter, GrantRow, View
from ..model import GroupTrait, ResourceId
from ..wire import decode, field_access, stored_grants
from .access.holdings import is_direct
from .expansion_links import ExpansionLinks, Holding
from .lookup.object_cache import SyncObjects, read_object

__all__ = ["EntitlementVertex", "Fact", "HoldersVertex", "NeighbourhoodFacts", "ResourceVertex", "Vertex"]

T = TypeVar("T")


class ResourceVertex(NamedTuple):
    """A principal or resource."""

    resource: ResourceId


class EntitlementVertex(NamedTuple):
    """An entitlement on a resource that is no group."""

    entitlement: str


class HoldersVertex(NamedTuple):
    """The holders of an entitlement, such as the members of a group; or only those who hold it directly."""

    source: str
    direct_only: bool = False


Vertex = ResourceVertex | EntitlementVertex | HoldersVertex


class Fact(Struct, frozen=True):
    """`start` holds `entitlement`, whose vertex is `end`; `inherited`: only because its holders inherit it."""

    start: Vertex
    end: Vertex
    entitlement: str
    inherited: bool


class NeighbourhoodFacts:
    """Collects the facts around a subject. At most `look` grants are read (0: all)."""

    def __init__(self, view: View, look: int, *, members: bool) -> None:
        self.view, self.members = view, members
        self.objects = SyncObjects(view)
        self._facts: dict[Fact, None] = {}
        self.subjects: list[Vertex] = []
        self.layers: dict[ResourceId, int] = {}
        self.behind: dict[HoldersVertex, set[str]] = {}
        self.subject_group: ResourceId | None = None
        self.inferred = False
        self.cut = False
        self._links = ExpansionLinks(view)
        self._unread = look or sys.maxsize
        self._groups: dict[ResourceId, bool] = {}
        self._shallow: dict[str, dict[str, bool]] = {}
        self._holdings: dict[tuple[ResourceId, str], Holding | None] = {}
        self._inherited: dict[ResourceId, dict[str, Holding]] = {}

    # ------------------------------------------------------------------------------------------ the subject

    def start_at(self, resource: ResourceId, layer: int) -> None:
        """Make a principal or resource the subject."""
        self.subjects.append(ResourceVertex(resource))
        self.layers[resource] = layer

    def start_at_group(self, group: ResourceId) -> None:
        """Make a group the subject: it stands for all of its entitlements."""
        self.subject_group = group
        self.subjects.append(ResourceVertex(group))

    def start_at_entitlement(self, entitlement_id: str) -> None:
        """Make an entitlement the subject."""
        self.subjects.append(EntitlementVertex(entitlement_id))

    # ------------------------------------------------------------------------------------------ collecting

    def add_holdings(self, principal: ResourceId) -> None:
        """Add what a principal holds."""
        held: dict[str, Holding] = {}
        for row in self._read(self.view.grants(GrantFilter(principal=principal))):
            held[row.entitlement] = _holding(stored_grants.sources(row.data), row.entitlement)
        inherited = self._links.inherited_by(principal, held)
        self.inferred |= bool(inherited)
        held |= inherited
        for entitlement_id, holding in held.items():
            self._add(principal, entitlement_id, holding, held)

    def add_holders(self, entitlement_id: str) -> None:
        """Add the holders of an entitlement."""
        end = self.vertex(entitlement_id)
        explained: set[ResourceId] = set()  # principals whose grants name their sources
        for row in self._read(self.view.grants(GrantFilter(entitlement=entitlement_id))):
            holding = _holding(stored_grants.sources(row.data), entitlement_id)
            if holding.via:
                explained.add(row.principal_id)
            if holding.direct:
                self._add_direct(row, end)
            for source in holding.via:
                self._add_through(source, row.principal_id, end, entitlement_id)
        for source, principal in self._read(self._links.holders(entitlement_id)):
            if principal not in explained:
                self.inferred = True
                self._add_through(source, principal, end, entitlement_id)

    def _add(self, principal: ResourceId, entitlement_id: str, holding: Holding, held: Mapping[str, Holding]) -> None:
        """Add the ways in which a principal holds an entitlement."""
        end = self.vertex(entitlement_id)
        if holding.direct:
            self._put(ResourceVertex(principal), end, entitlement_id, inherited=False)
        for source in holding.via:
            if self.resource_of(source) != principal:
                start = self._source_vertex(source, entitlement_id)
                self._put(start, end, entitlement_id, inherited=True)
                if start.direct_only and source in held and held[source].direct:
                    self._put(ResourceVertex(principal), start, source, inherited=False)

    def _add_direct(self, row: GrantRow, end: Vertex) -> None:
        """Add a direct holder; a group whose grant is passed on stands for the holders of its own entitlements."""
        principal = row.principal_id
        passing: list[Vertex] = []
        if row.expansion is not None and self.subject_group is None:
            expansion = decode.expandable(row.expansion)
            passing = [
                HoldersVertex(source, expansion.shallow)
                for source in expansion.entitlement_ids
                if source.strip() and self.resource_of(source) == principal
            ]
        for start in passing or [ResourceVertex(principal)]:
            self._put(start, end, row.entitlement, inherited=False)

    def _add_through(self, source: str, principal: ResourceId, end: Vertex, entitlement_id: str) -> None:
        """Add a principal that holds an entitlement through another one: counted at the group, or drawn."""
        group = self.resource_of(source)
        if group in (principal, self.subject_group):
            return
        start = self._source_vertex(source, entitlement_id)
        self._put(start, end, entitlement_id, inherited=True)
        if self.members and self.subject_group is None:
            self._add_members(start, principal, {entitlement_id})
        else:
            self.behind.setdefault(start, set()).add(str(principal))

    def _add_members(self, first: HoldersVertex, principal: ResourceId, seen: set[str]) -> None:
        """Add the ways in which a principal belongs to the holders of an entitlement, back to the direct grants."""
        queue = [first]
        while queue:
            end = queue.pop()
            entitlement_id = end.source
            holding = self._holding_of(principal, entitlement_id)
            if holding is None:
                continue
            if holding.direct:
                self._put(ResourceVertex(principal), end, entitlement_id, inherited=False)
            if end.direct_only or entitlement_id in seen:
                continue
            seen.add(entitlement_id)
            for source in holding.via:
                if self.resource_of(source) != principal:
                    start = self._source_vertex(source, entitlement_id)
                    self._put(start, end, entitlement_id, inherited=True)
                    queue.append(start)

    def _put(self, start: Vertex, end: Vertex, entitlement_id: str, *, inherited: bool) -> None:
        self._facts[Fact(start, end, entitlement_id, inherited)] = None

    @property
    def facts(self) -> list[Fact]:
        """The facts. A resource with an entitlement that passes others on is treated as a group in all of them."""
        groups = {
            self.resource_of(vertex.source)
            for fact in self._facts
            for vertex in (fact.start, fact.end)
            if isinstance(vertex, HoldersVertex)
        }

        def as_group(vertex: Vertex) -> Vertex:
            if not isinstance(vertex, EntitlementVertex) or vertex in self.subjects:
                return vertex
            is_source = self.resource_of(vertex.entitlement) in groups
            return HoldersVertex(vertex.entitlement) if is_source else vertex

        return [
            Fact(as_group(fact.start), as_group(fact.end), fact.entitlement, fact.inherited) for fact in self._facts
        ]

    # ------------------------------------------------------------------------------------------ looking up

    def vertex(self, entitlement_id: str) -> Vertex:
        """Return the vertex of an entitlement: the holders of it if it is on a group."""
        resource = self.resource_of(entitlement_id)
        if resource == self.subject_group:
            return ResourceVertex(resource)
        if EntitlementVertex(entitlement_id) in self.subjects or not self.is_group(resource):
            return EntitlementVertex(entitlement_id)
        return HoldersVertex(entitlement_id)

    def _source_vertex(self, source: str, entitlement_id: str) -> HoldersVertex:
        """Return the holders of a source that inherit an entitlement: only direct ones if all its links are shallow."""
        if entitlement_id not in self._shallow:
            shallow: dict[str, bool] = {}
            for row in self.view.expandable_grants(entitlement_id):
                expansion = decode.expandable(row.expansion or b"")
                for linked in expansion.entitlement_ids:
                    shallow[linked] = shallow.get(linked, True) and expansion.shallow
            self._shallow[entitlement_id] = shallow
        return HoldersVertex(source, self._shallow[entitlement_id].get(source, False))

    def is_group(self, resource: ResourceId) -> bool:
        """Return True if a resource has the group trait."""
        if resource not in self._groups:
            data = self.view.resource(resource)
            traits = decode.resource(data).traits if data else ()
            self._groups[resource] = any(isinstance(trait, GroupTrait) for trait in traits)
        return self._groups[resource]

    def resource_of(self, entitlement_id: str) -> ResourceId:
        """Return the resource of an entitlement; from its id if the sync does not hold it."""
        data = self.objects.entitlements[entitlement_id].data
        if data is not None:
            return read_object("entitlement", entitlement_id, data, field_access.entitlement_resource)
        resource_type, _, remainder = entitlement_id.partition(":")
        return ResourceId(resource_type or "?", remainder.rpartition(":")[0] or "?")

    def _holding_of(self, principal: ResourceId, entitlement_id: str) -> Holding | None:
        key = principal, entitlement_id
        if key not in self._holdings:
            self._holdings[key] = self._inherited_by(principal).get(entitlement_id) or self._stored(*key)
        return self._holdings[key]

    def _stored(self, principal: ResourceId, entitlement_id: str) -> Holding | None:
        rows = list(self.view.grants(GrantFilter(entitlement=entitlement_id, principal=principal)))
        holdings = [_holding(stored_grants.sources(row.data), entitlement_id) for row in rows]
        if not holdings:
            return None
        via = tuple(sorted({source for holding in holdings for source in holding.via}))
        return Holding(any(holding.direct for holding in holdings), via)

    def _inherited_by(self, principal: ResourceId) -> dict[str, Holding]:
        """Return what a principal inherits by links; an expanded sync has it in its grants."""
        if self.view.sync.expanded:
            return {}
        if principal not in self._inherited:
            held = {
                row.entitlement: _holding(stored_grants.sources(row.data), row.entitlement)
                for row in self.view.grants(GrantFilter(principal=principal))
            }
            self._inherited[principal] = self._links.inherited_by(principal, held)
        return self._inherited[principal]

    def _read(self, rows: Iterator[T]) -> Iterator[T]:
        """Yield rows until the limit is reached."""
        for row in rows:
            if not self._unread:
                self.cut = True
                return
            self._unread -= 1
            yield row


def _holding(sources: dict[str, bool], entitlement_id: str) -> Holding:
    via = tuple(source for source in sorted(sources) if source != entitlement_id)
    return Holding(is_direct(sources, entitlement_id), via)
