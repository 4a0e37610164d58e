"""What surrounds a principal, a resource or an entitlement: who holds it, through which groups, and what it holds.

Four layers from left to right: principals, groups, entitlements, resources. Those who only hold something through a
group are not drawn one by one but counted at the group, unless they are asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TypeVar

from msgspec import Struct, field

from ..c1z.types import GrantFilter, View
from ..model import GroupTrait, ResourceId
from ..wire import decode, field_access, stored_grants
from .expansion_links import Holding, Links
from .lookup.object_cache import SyncObjects
from .principal_access import is_direct

__all__ = [
    "LAYERS",
    "NOT_EXPANDED",
    "GraphEdge",
    "GraphNode",
    "Neighbourhood",
    "entitlement_neighbourhood",
    "resource_neighbourhood",
]

LAYERS = ("Principals", "Groups", "Entitlements", "Resources")
NOT_EXPANDED = (
    "the sync was not expanded: what groups pass on is drawn as their links say, no grant of the file says it"
)
NO_LIMIT = sys.maxsize
T = TypeVar("T")
PRINCIPALS, GROUPS, ENTITLEMENTS, RESOURCES = range(4)


class GraphNode(Struct, frozen=True):
    """One box: `key` is unique, `kind` a resource type id or `entitlement`, `here` what was asked about.

    `of` is what people call the kind, `id` what the file calls the object.
    """

    key: str
    layer: int
    name: str
    kind: str
    id: str
    here: bool = False
    of: str = ""


class GraphEdge(Struct, frozen=True):
    """`start` holds `text` that leads to `end`. `inherited`: only through groups; `privileged`: see that module."""

    start: str
    end: str
    text: str = ""
    inherited: bool = False
    privileged: bool = False


class Neighbourhood(Struct):
    """The nodes by key, the edges by their ends, and what there was no room for by layer."""

    title: str
    most: int
    nodes: dict[str, GraphNode] = field(default_factory=dict)
    edges: dict[tuple[str, str], GraphEdge] = field(default_factory=dict)
    behind: dict[str, set[str]] = field(default_factory=dict)
    """For a group, those who hold something here only through it and are not drawn."""
    left_out: dict[int, set[str]] = field(default_factory=dict)
    unsaid: bool = False
    """Some of it only follows from the links of the file, no grant says it: the sync was not wholly expanded."""
    cut: bool = False
    """There are more grants than were to be looked at."""

    def add(self, node: GraphNode) -> bool:
        """Put a node in; False where its layer is full."""
        if node.key in self.nodes:
            return True
        if sum(one.layer == node.layer for one in self.nodes.values()) >= self.most:
            self.left_out.setdefault(node.layer, set()).add(node.key)
            return False
        self.nodes[node.key] = node
        return True

    def connect(self, edge: GraphEdge) -> None:
        """Put an edge in, between nodes that are there; one of two that is direct wins."""
        if edge.start == edge.end or edge.start not in self.nodes or edge.end not in self.nodes:
            return
        before = self.edges.get((edge.start, edge.end))
        if before is not None:
            words = [*before.text.split(", "), edge.text]
            edge = GraphEdge(
                edge.start,
                edge.end,
                ", ".join(dict.fromkeys(word for word in words if word)),
                edge.inherited and before.inherited,
                edge.privileged or before.privileged,
            )
        self.edges[edge.start, edge.end] = edge


def resource_neighbourhood(
    view: View, who: ResourceId, *, most: int, members: bool = False, look: int = 0
) -> Neighbourhood:
    """Around a principal or resource: what it holds, and who holds what on it. `look`: at so many grants at most."""
    found = _Finder(view, most, look, members=members)
    found.result.title = found.objects.resources[who.resource_type, who.resource].name
    on = [row.id for row in view.entitlements(who.resource_type, who.resource)]
    holds = next(view.grant_keys(GrantFilter(principal=who)), None) is not None
    if found.is_group(who):
        found.node(who, GROUPS, here=True)
        for entitlement in on:
            found.holders(entitlement, group=who)
    elif on and not holds:
        found.node(who, RESOURCES, here=True)
        for entitlement in on:
            found.holders(entitlement)
    else:
        found.node(who, PRINCIPALS, here=True)
    if holds:
        found.holdings(who)
    return found.result


def entitlement_neighbourhood(
    view: View, ids: list[str], *, most: int, members: bool = False, look: int = 0
) -> Neighbourhood:
    """Around entitlements: who holds them."""
    found = _Finder(view, most, look, members=members)
    found.result.title = ", ".join(found.objects.entitlements[one].name for one in ids[:3]) + ", ..." * (len(ids) > 3)
    for one in ids:
        found.entitlement(one, here=True)
        found.holders(one)
    return found.result


class _Finder:
    def __init__(self, view: View, most: int, look: int, *, members: bool) -> None:
        self.view, self.members = view, members
        self.objects = SyncObjects(view)
        self.result = Neighbourhood("", most)
        self.links = Links(view)
        self._left = look or NO_LIMIT
        self._groups: dict[ResourceId, bool] = {}

    def looked_at(self, rows: Iterator[T]) -> Iterator[T]:
        """The rows, as long as more of them are to be looked at."""
        for row in rows:
            if not self._left:
                self.result.cut = True
                return
            self._left -= 1
            yield row

    def is_group(self, who: ResourceId) -> bool:
        """Whether a resource is a group: its type or its own trait says so."""
        if who not in self._groups:
            data = self.view.resource(who)
            traits = decode.resource(data).traits if data else ()
            self._groups[who] = any(isinstance(trait, GroupTrait) for trait in traits)
        return self._groups[who]

    def node(self, who: ResourceId, layer: int, *, here: bool = False) -> str:
        """The node of a resource, its key; '' where there is no room."""
        key, kind = str(who), who.resource_type
        name, of = self.objects.resources[kind, who.resource].name, self.objects.types[kind].name
        return key if self.result.add(GraphNode(key, layer, name, kind, key, here, of)) else ""

    def entitlement(self, entitlement_id: str, *, here: bool = False) -> str:
        """The node of an entitlement and of the resource it is on, connected."""
        one = self.objects.entitlements[entitlement_id]
        key = f"entitlement {entitlement_id}"
        if not self.result.add(
            GraphNode(key, ENTITLEMENTS, one.name, "entitlement", entitlement_id, here, "Entitlement")
        ):
            return ""
        resource = self.node(self.resource_of(entitlement_id), RESOURCES)
        if resource:
            self.result.connect(GraphEdge(key, resource, one.slug, privileged=self.rules(entitlement_id)))
        return key

    def resource_of(self, entitlement_id: str) -> ResourceId:
        """What an entitlement is on; as its id says where the file lacks it."""
        data = self.objects.entitlements[entitlement_id].data
        if data is not None:
            return field_access.entitlement_resource(data)
        kind, _, rest = entitlement_id.partition(":")
        return ResourceId(kind or "?", rest.rpartition(":")[0] or "?")

    def place(self, entitlement_id: str) -> tuple[str, str, str]:
        """Where an entitlement stands among others: by the names of its resource and its own."""
        on, name = self.resource_of(entitlement_id), self.objects.entitlements[entitlement_id].name
        return self.objects.resources[on.resource_type, on.resource].name.casefold(), name.casefold(), entitlement_id

    def rules(self, entitlement_id: str) -> bool:
        """Whether it is privileged."""
        return self.objects.entitlements[entitlement_id].privileged

    def holdings(self, who: ResourceId) -> None:
        """To the right of a principal: groups it is in, entitlements, resources."""
        held: dict[str, Holding] = {}
        for row in self.looked_at(self.view.grants(GrantFilter(principal=who))):
            sources = stored_grants.sources(row.data)
            via = tuple(one for one in sorted(sources) if one != row.entitlement)
            held[row.entitlement] = Holding(is_direct(sources, row.entitlement), via)
        more = self.links.passed_on_to(who, held)
        self.result.unsaid |= bool(more)
        held |= more
        start = str(who)
        into: list[GraphEdge] = []
        for entitlement_id, holding in sorted(held.items(), key=lambda one: self.place(one[0])):
            on = self.resource_of(entitlement_id)
            end = self.node(on, GROUPS) if self.is_group(on) else self.entitlement(entitlement_id)
            if not end:
                continue
            slug, rules = self.objects.entitlements[entitlement_id].slug, self.rules(entitlement_id)
            if holding.direct:
                self.result.connect(GraphEdge(start, end, slug, privileged=rules))
            for source in holding.via:
                group = self.resource_of(source)
                if group == who or not self.node(group, GROUPS):
                    continue
                self.result.connect(GraphEdge(str(group), end, slug, inherited=True, privileged=rules))
                if source in held:
                    name = self.objects.entitlements[source].slug
                    into.append(GraphEdge(start, str(group), name, inherited=not held[source].direct))
        reached = {edge.end for edge in self.result.edges.values()}
        for edge in into:  # who is in a group through another one reaches it by way of that
            if not edge.inherited or edge.end not in reached:
                self.result.connect(edge)

    def holders(self, entitlement_id: str, group: ResourceId | None = None) -> None:
        """To the left of an entitlement: groups and principals; `group`: it is on this group, which stands for it."""
        end = str(group) if group else self.entitlement(entitlement_id)
        if not end:
            return
        slug, rules = self.objects.entitlements[entitlement_id].slug, self.rules(entitlement_id)
        inherited = GraphEdge("", "", slug, inherited=True, privileged=rules)
        said: set[ResourceId] = set()  # those of whom it is said through what they hold it
        for row in self.looked_at(self.view.grants(GrantFilter(entitlement=entitlement_id))):
            who, sources = row.principal_id, stored_grants.sources(row.data)
            if set(sources) - {entitlement_id}:
                said.add(who)
            if is_direct(sources, row.entitlement):
                passes = row.expansion is not None or self.is_group(who)
                layer = GROUPS if passes and group is None else PRINCIPALS
                if start := self.node(who, layer):
                    self.result.connect(GraphEdge(start, end, slug, privileged=rules))
            for source in sorted(set(sources) - {entitlement_id}):
                self.through(self.resource_of(source), who, end, inherited, group)
        for link in self.looked_at(self.links.holders(entitlement_id)):
            through, who = link.group, link.principal
            if who not in said:
                self.result.unsaid = True
                self.through(through, who, end, inherited, group)

    def through(
        self, through: ResourceId, who: ResourceId, end: str, edge: GraphEdge, group: ResourceId | None
    ) -> None:
        """Somebody who holds it through a group: counted there, or drawn."""
        if through == who:
            return
        start = self.node(through, PRINCIPALS if group else GROUPS)
        if not start or start == end:
            return
        self.result.connect(GraphEdge(start, end, edge.text, edge.inherited, edge.privileged))
        if not self.members or group:
            self.result.behind.setdefault(start, set()).add(str(who))
        elif person := self.node(who, PRINCIPALS):
            self.result.connect(GraphEdge(person, start, "", inherited=False))
