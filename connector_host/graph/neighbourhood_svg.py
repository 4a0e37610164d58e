"""SVG drawing of a neighbourhood, with a legend."""

from __future__ import annotations

from collections.abc import Callable

from ..query.neighbourhood import ENTITLEMENTS, LAYERS, RESOURCES, GraphEdge, GraphNode, Neighbourhood
from .labels import fit_label
from .layered_svg import EdgeLine, NodeBox, draw_layers

__all__ = ["draw_svg", "subtitle"]

LABEL_LETTERS = 31
DEEPEST = 4
"""The number of columns that nested groups may take in addition to the first."""


def subtitle(graph: Neighbourhood, node: GraphNode) -> str:
    """Return the second line of a box: the type, and the number of principals with access through a group."""
    member_count = len(graph.behind.get(node.key, ()))
    type_name = node.type_name or node.kind
    return f"{type_name}, {member_count:,} through it" if member_count else type_name


def draw_svg(graph: Neighbourhood, href: Callable[[GraphNode], str] = lambda _: "") -> str:
    """Return the complete `<svg>`; `href` returns the address a box links to, or an empty text."""
    depth = _depths(graph)
    places = {key: (node.layer, depth.get(key, 0)) for key, node in graph.nodes.items()}
    used = sorted({*places.values(), *((layer, 0) for layer in graph.left_out)})
    heads = ["" if deep else _head(graph, layer) for layer, deep in used]
    boxes = [
        NodeBox(node.key, used.index(places[node.key]), node.name, subtitle(graph, node), href(node), node.subject)
        for node in graph.nodes.values()
    ]
    lines = [
        EdgeLine(edge.start, edge.end, edge.text, edge.inherited, edge.privileged, _label(graph, edge))
        for edge in graph.edges.values()
    ]
    return draw_layers(graph.title, heads, boxes, lines, legend=True)


def _label(graph: Neighbourhood, edge: GraphEdge) -> str:
    """Return the written label of an edge: the entitlements on a resource that are no nodes of their own."""
    start, end = graph.nodes[edge.start], graph.nodes[edge.end]
    is_collapsed = end.layer == RESOURCES and start.layer != ENTITLEMENTS
    return fit_label(edge.text, LABEL_LETTERS) if is_collapsed else ""


def _head(graph: Neighbourhood, layer: int) -> str:
    omitted = len(graph.left_out.get(layer, ()))
    return f"{LAYERS[layer]} (+{omitted:,} more)" if omitted else LAYERS[layer]


def _depths(graph: Neighbourhood) -> dict[str, int]:
    """Return the column of each node within its layer: behind the nodes that lead to it; cycles are cut short."""
    inside = [edge for edge in graph.edges.values() if graph.nodes[edge.start].layer == graph.nodes[edge.end].layer]
    depth = {key: 0 for edge in inside for key in (edge.start, edge.end)}
    for _ in range(DEEPEST):
        for edge in inside:
            depth[edge.end] = max(depth[edge.end], min(depth[edge.start] + 1, DEEPEST))
    return depth
