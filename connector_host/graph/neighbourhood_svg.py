"""A neighbourhood as an SVG of its own, with a legend."""

from __future__ import annotations

from collections.abc import Callable

from ..query.neighbourhood import LAYERS, GraphNode, Neighbourhood
from .layered_svg import EdgeLine, NodeBox, draw_layers

__all__ = ["draw_svg", "subtitle"]

DEEPEST = 4
"""Columns that groups in groups may take besides the first."""


def subtitle(graph: Neighbourhood, node: GraphNode) -> str:
    """The small text of a box: its kind, and how many stand behind a group."""
    behind = len(graph.behind.get(node.key, ()))
    kind = node.of or node.kind
    return f"{kind}, {behind:,} through it" if behind else kind


def draw_svg(graph: Neighbourhood, href: Callable[[GraphNode], str] = lambda _: "") -> str:
    """The whole `<svg>`. `href`: where a box leads."""
    depth = _depths(graph)
    places = {key: (node.layer, depth.get(key, 0)) for key, node in graph.nodes.items()}
    used = sorted({*places.values(), *((layer, 0) for layer in graph.left_out)})
    heads = ["" if deep else _head(graph, layer) for layer, deep in used]
    boxes = [
        NodeBox(node.key, used.index(places[node.key]), node.name, subtitle(graph, node), href(node), node.here)
        for node in graph.nodes.values()
    ]
    lines = [EdgeLine(one.start, one.end, one.text, one.inherited, one.privileged) for one in graph.edges.values()]
    return draw_layers(graph.title, heads, boxes, lines, legend=True)


def _head(graph: Neighbourhood, layer: int) -> str:
    left = len(graph.left_out.get(layer, ()))
    return f"{LAYERS[layer]} (+{left:,} more)" if left else LAYERS[layer]


def _depths(graph: Neighbourhood) -> dict[str, int]:
    """How far to the right within its layer a node stands: behind those that lead to it, cycles cut short."""
    inside = [edge for edge in graph.edges.values() if graph.nodes[edge.start].layer == graph.nodes[edge.end].layer]
    depth = {key: 0 for edge in inside for key in (edge.start, edge.end)}
    for _ in range(DEEPEST):
        for edge in inside:
            depth[edge.end] = max(depth[edge.end], min(depth[edge.start] + 1, DEEPEST))
    return depth
