"""The neighbourhood of a principal, a resource or an entitlement: its holders, the groups between, what it holds.

Four layers from left to right: principals, groups, entitlements, resources. Every drawn path is a real one: an edge
never skips a group. Principals that hold an entitlement only through a group are counted at the group, unless members
are requested. With a limit, direct grants are drawn first, then the shortest paths.
"""

from __future__ import annotations

from msgspec import Struct, field

from ..c1z.types import GrantFilter, View
from ..model import ResourceId
from .neighbourhood_facts import NeighbourhoodFacts
from .neighbourhood_nodes import (
    ENTITLEMENTS,
    GROUPS,
    LAYERS,
    PRINCIPALS,
    RESOURCES,
    GraphEdge,
    GraphNode,
    nodes_and_edges,
)

__all__ = [
    "ENTITLEMENTS",
    "GROUPS",
    "LAYERS",
    "NOT_EXPANDED",
    "PRINCIPALS",
    "RESOURCES",
    "GraphEdge",
    "GraphNode",
    "Neighbourhood",
    "entitlement_neighbourhood",
    "resource_neighbourhood",
]

NOT_EXPANDED = (
    "the sync was not expanded: inherited access is drawn from the links of groups, the file has no grant of it"
)


class Neighbourhood(Struct):
    """The nodes by key, the edges by their ends, and the keys of the nodes that were left out, by layer.

    `behind` holds, for a group, the principals that hold something only through it and are not drawn. `inferred`: some
    edges follow from the links of the file only, because the sync was not expanded. `cut`: not all grants were read.
    """

    title: str
    most: int
    nodes: dict[str, GraphNode] = field(default_factory=dict)
    edges: dict[tuple[str, str], GraphEdge] = field(default_factory=dict)
    behind: dict[str, set[str]] = field(default_factory=dict)
    left_out: dict[int, set[str]] = field(default_factory=dict)
    inferred: bool = False
    cut: bool = False

    @property
    def omitted(self) -> str:
        """The numbers of nodes that are not drawn, such as `12 principals, 3 groups`; empty if there are none."""
        return ", ".join(f"{len(keys):,} {LAYERS[layer].lower()}" for layer, keys in sorted(self.left_out.items()))

    def add(self, node: GraphNode) -> bool:
        """Add a node; return False if its layer is full."""
        if node.key in self.nodes:
            return True
        if sum(drawn.layer == node.layer for drawn in self.nodes.values()) >= self.most:
            return False
        self.nodes[node.key] = node
        return True

    def connect(self, edge: GraphEdge) -> None:
        """Add an edge if both of its nodes are drawn."""
        if edge.start in self.nodes and edge.end in self.nodes:
            self.edges[edge.start, edge.end] = edge


def resource_neighbourhood(
    view: View, resource: ResourceId, *, most: int, members: bool = False, look: int = 0
) -> Neighbourhood:
    """Return the neighbourhood of a principal or resource: what it holds, and the grants on it.

    At most `most` nodes are drawn in a layer, and `look` grants read (0: all). `members` draws the members of groups.
    """
    facts = NeighbourhoodFacts(view, look, members=members)
    own = [row.id for row in view.entitlements(resource.resource_type, resource.resource)]
    holds = next(view.grant_keys(GrantFilter(principal=resource)), None) is not None
    if facts.is_group(resource):
        facts.start_at_group(resource)
        for entitlement_id in own:
            facts.add_holders(entitlement_id)
    elif own and not holds:
        facts.start_at(resource, RESOURCES)
        for entitlement_id in own:
            facts.add_holders(entitlement_id)
    else:
        facts.start_at(resource, PRINCIPALS)
    if holds:
        facts.add_holdings(resource)
    title = facts.objects.resources[resource.resource_type, resource.resource].name
    return _draw(facts, title, most)


def entitlement_neighbourhood(
    view: View, ids: list[str], *, most: int, members: bool = False, look: int = 0
) -> Neighbourhood:
    """Return the neighbourhood of entitlements: their holders. See `resource_neighbourhood` for the limits."""
    facts = NeighbourhoodFacts(view, look, members=members)
    names = [facts.objects.entitlements[entitlement_id].name for entitlement_id in ids[:3]]
    for entitlement_id in ids:
        facts.start_at_entitlement(entitlement_id)
        facts.add_holders(entitlement_id)
    return _draw(facts, ", ".join(names) + ", ..." * (len(ids) > 3), most)


class _Frontier(Struct):
    """The nodes that were drawn last in one direction, and the next nodes of each."""

    nodes: list[GraphNode]
    neighbours: dict[str, list[str]] = field(default_factory=dict)

    def reached(self) -> set[str]:
        """Return the keys of the nodes next to the frontier."""
        return {key for node in self.nodes for key in self.neighbours.get(node.key, ())}


def _draw(facts: NeighbourhoodFacts, title: str, most: int) -> Neighbourhood:
    """Draw the nodes by their distance from the subject; a node is drawn only if a path to it is."""
    nodes, edges, behind = nodes_and_edges(facts)
    graph = Neighbourhood(title, most, behind=behind, inferred=facts.inferred, cut=facts.cut)
    subjects = [node for node in nodes.values() if node.subject]
    for node in subjects:
        graph.nodes[node.key] = node
    following, preceding = _Frontier(subjects), _Frontier(subjects)
    for start, end in edges:
        following.neighbours.setdefault(start, []).append(end)
        preceding.neighbours.setdefault(end, []).append(start)
    while following.nodes or preceding.nodes:
        for frontier in (following, preceding):
            candidates = [nodes[key] for key in frontier.reached() if key not in graph.nodes]
            candidates.sort(key=lambda node: (node.layer, *node.order))
            frontier.nodes = [node for node in candidates if graph.add(node)]
    for edge in edges.values():
        graph.connect(edge)
    for node in nodes.values():
        if node.key not in graph.nodes:
            graph.left_out.setdefault(node.layer, set()).add(node.key)
    graph.behind = {key: principals for key, principals in behind.items() if key in graph.nodes}
    return graph
