"""Nodes and edges of a neighbourhood, made from its facts.

A group is one node, unless that would draw a path that does not exist: its entitlements become nodes of their own if
they are reached in different ways. A resource with many entitlements is one node with the entitlements as labels of its
edges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from ..model import ResourceId
from ..wire import decode
from .neighbourhood_facts import EntitlementVertex, Fact, HoldersVertex, NeighbourhoodFacts, ResourceVertex, Vertex
from .privileged import privileged_word

__all__ = ["ENTITLEMENTS", "GROUPS", "LAYERS", "PRINCIPALS", "RESOURCES", "GraphEdge", "GraphNode", "nodes_and_edges"]

LAYERS = ("Principals", "Groups", "Entitlements", "Resources")
PRINCIPALS, GROUPS, ENTITLEMENTS, RESOURCES = range(4)
MOST_SEPARATE = 3
"""The number of entitlements of a resource that are drawn as nodes; a resource with more becomes one node."""


class GraphNode(Struct, frozen=True):
    """A box: `kind` is a resource type id or `entitlement`, `type_name` its display name, `id` the id in the file.

    `subject` marks the object that the graph is about.
    """

    key: str
    layer: int
    name: str
    kind: str
    id: str
    subject: bool = False
    type_name: str = ""

    @property
    def order(self) -> tuple[str, str]:
        """The sort key within a layer."""
        return self.name.casefold(), self.key


class GraphEdge(Struct, frozen=True):
    """`start` holds the entitlements in `text`, which lead to `end`. `inherited`: all of them only through groups."""

    start: str
    end: str
    text: str = ""
    inherited: bool = False
    privileged: bool = False


Edges = dict[tuple[str, str], GraphEdge]


def nodes_and_edges(neighbourhood: NeighbourhoodFacts) -> tuple[dict[str, GraphNode], Edges, dict[str, set[str]]]:
    """Return the nodes by key, the edges by their ends, and the principals counted at each group."""
    facts = neighbourhood.facts
    builder = _GraphBuilder(neighbourhood, facts)
    for subject in neighbourhood.subjects:
        builder.node(subject)
    for fact in facts:
        start, end = builder.node(fact.start), builder.node(fact.end)
        builder.connect(start, end, fact.entitlement, inherited=fact.inherited)
    behind: dict[str, set[str]] = {}
    for vertex, principals in neighbourhood.behind.items():
        behind.setdefault(builder.node(vertex), set()).update(principals)
    return builder.nodes, builder.finished_edges(), behind


class _GraphBuilder:
    def __init__(self, neighbourhood: NeighbourhoodFacts, facts: list[Fact]) -> None:
        self.nodes: dict[str, GraphNode] = {}
        self._facts = neighbourhood
        self._privileged: dict[str, bool] = {}
        self._labels: dict[tuple[str, str], dict[str, bool]] = {}
        self._keys = _group_keys(neighbourhood, facts)
        self._collapsed = _collapsed_resources(neighbourhood, facts)
        self._ends = {fact.end for fact in facts}
        self._holding_groups = {
            neighbourhood.resource_of(vertex.source)
            for fact in facts
            for vertex in (fact.start, fact.end)
            if isinstance(vertex, HoldersVertex)
        }

    def node(self, vertex: Vertex) -> str:
        """Return the key of a vertex's node; the node is made on first use."""
        if isinstance(vertex, EntitlementVertex):
            return self._entitlement_node(vertex)
        if isinstance(vertex, HoldersVertex):
            resource = self._facts.resource_of(vertex.source)
            # to the left of a group, nested groups are its members
            layer = GROUPS if self._facts.subject_group is None or vertex in self._ends else PRINCIPALS
            return self._add(resource, layer, self._keys.get(vertex, str(resource)), vertex)
        return self._add(
            vertex.resource, self._layer(vertex.resource), self._keys.get(vertex, str(vertex.resource)), vertex
        )

    def connect(self, start: str, end: str, entitlement_id: str, *, inherited: bool) -> None:
        """Add an entitlement to the edge between two nodes."""
        if start != end:
            labels = self._labels.setdefault((start, end), {})
            labels[entitlement_id] = labels.get(entitlement_id, True) and inherited

    def finished_edges(self) -> Edges:
        """Return the edges with their texts."""
        edges: Edges = {}
        for (start, end), labels in sorted(self._labels.items()):
            ids = sorted(labels, key=self._entitlement_order)
            slugs = dict.fromkeys(self._facts.objects.entitlements[entitlement_id].slug for entitlement_id in ids)
            text = ", ".join(slug for slug in slugs if slug)
            privileged = self._is_privileged(ids[0])
            edges[start, end] = GraphEdge(start, end, text, all(labels.values()), privileged)
        return edges

    def _entitlement_node(self, vertex: EntitlementVertex) -> str:
        resource = self._facts.resource_of(vertex.entitlement)
        if resource in self._collapsed:
            return self._add(resource, RESOURCES, str(resource), ResourceVertex(resource))
        key = f"entitlement {vertex.entitlement}"
        if key not in self.nodes:
            name = self._facts.objects.entitlements[vertex.entitlement].name
            subject = vertex in self._facts.subjects
            self.nodes[key] = GraphNode(
                key, ENTITLEMENTS, name, "entitlement", vertex.entitlement, subject, "Entitlement"
            )
            self.connect(
                key,
                self._add(resource, RESOURCES, str(resource), ResourceVertex(resource)),
                vertex.entitlement,
                inherited=False,
            )
        return key

    def _add(self, resource: ResourceId, layer: int, key: str, vertex: Vertex) -> str:
        if key not in self.nodes:
            objects = self._facts.objects
            name = objects.resources[resource.resource_type, resource.resource].name
            if key != str(resource) and isinstance(vertex, HoldersVertex):
                label = objects.entitlements[vertex.source].slug or vertex.source
                name = f"{name}: {'direct ' * vertex.direct_only}{label}"
            subject = vertex in self._facts.subjects
            type_name = objects.types[resource.resource_type].name
            self.nodes[key] = GraphNode(key, layer, name, resource.resource_type, str(resource), subject, type_name)
        return key

    def _layer(self, resource: ResourceId) -> int:
        if resource in self._facts.layers:
            return self._facts.layers[resource]
        if resource == self._facts.subject_group:
            return GROUPS
        is_group = resource in self._holding_groups or self._facts.is_group(resource)
        return GROUPS if is_group and self._facts.subject_group is None else PRINCIPALS

    def _entitlement_order(self, entitlement_id: str) -> tuple[bool, str, str]:
        """Return the sort key of an entitlement in a label: privileged ones first, then by name."""
        name = self._facts.objects.entitlements[entitlement_id].name.casefold()
        return not self._is_privileged(entitlement_id), name, entitlement_id

    def _is_privileged(self, entitlement_id: str) -> bool:
        if entitlement_id not in self._privileged:
            data = self._facts.objects.entitlements[entitlement_id].data
            entitlement = decode.entitlement(data) if data is not None else None
            word = privileged_word(entitlement.slug, entitlement.display_name) if entitlement is not None else ""
            self._privileged[entitlement_id] = bool(word)
        return self._privileged[entitlement_id]


def _group_keys(neighbourhood: NeighbourhoodFacts, facts: list[Fact]) -> dict[Vertex, str]:
    """Return the node key of each vertex of a group; vertices with equal predecessors share a node."""
    predecessors: dict[Vertex, set[Vertex]] = {}
    for fact in facts:
        predecessors.setdefault(fact.end, set()).add(fact.start)
        predecessors.setdefault(fact.start, set())
    groups: dict[ResourceId, list[Vertex]] = {}
    for vertex in predecessors:
        if isinstance(vertex, HoldersVertex):
            groups.setdefault(neighbourhood.resource_of(vertex.source), []).append(vertex)
    for resource, vertices in groups.items():
        own = ResourceVertex(resource)
        if own in predecessors:
            vertices.insert(0, own)
    keys: dict[Vertex, str] = {}
    for resource, vertices in groups.items():
        if resource != neighbourhood.subject_group:
            keys.update(_keys_of_group(resource, vertices, predecessors))
    return keys


def _keys_of_group(
    resource: ResourceId, vertices: Iterable[Vertex], predecessors: Mapping[Vertex, set[Vertex]]
) -> dict[Vertex, str]:
    by_predecessors: dict[frozenset[Vertex], list[Vertex]] = {}
    for vertex in vertices:
        by_predecessors.setdefault(frozenset(predecessors[vertex]), []).append(vertex)
    if len(by_predecessors) == 1:
        return dict.fromkeys(vertices, str(resource))
    keys: dict[Vertex, str] = {}
    for merged in by_predecessors.values():
        names = [
            f"{resource} {vertex.source}{' (direct)' * vertex.direct_only}"
            for vertex in merged
            if isinstance(vertex, HoldersVertex)
        ]
        is_own = any(isinstance(vertex, ResourceVertex) for vertex in merged)
        keys.update(dict.fromkeys(merged, str(resource) if is_own else min(names)))
    return keys


def _collapsed_resources(neighbourhood: NeighbourhoodFacts, facts: list[Fact]) -> set[ResourceId]:
    """Return the resources that become one node because many of their entitlements are held."""
    entitlements: dict[ResourceId, set[str]] = {}
    for fact in facts:
        if isinstance(fact.end, EntitlementVertex):
            entitlements.setdefault(neighbourhood.resource_of(fact.end.entitlement), set()).add(fact.end.entitlement)
    subjects = {
        neighbourhood.resource_of(vertex.entitlement)
        for vertex in neighbourhood.subjects
        if isinstance(vertex, EntitlementVertex)
    }
    return {resource for resource, ids in entitlements.items() if len(ids) > MOST_SEPARATE} - subjects
