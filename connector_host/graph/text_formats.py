"""Neighbourhoods as text for drawing programs: Mermaid and Graphviz's DOT."""

from __future__ import annotations

from ..output.terminal_text import printable
from ..query.neighbourhood import LAYERS, Neighbourhood
from .labels import short_label
from .neighbourhood_svg import subtitle
from .node_ids import unique_node_ids

__all__ = ["dot", "mermaid"]

LEGEND = "solid: direct; dashed: inherited; thick: privileged"
ENTITIES = {ord(sign): f"#{ord(sign)};" for sign in '"#&<>[](){}|`;\\'}


def mermaid(graph: Neighbourhood) -> str:
    """Return a Mermaid flowchart: dotted arrows are inherited, thick ones privileged, dotted ones of 3 px both."""
    names = {key: f"n{number}" for number, key in enumerate(graph.nodes)}
    out = ["flowchart LR", f"  %% {LEGEND.replace('dashed', 'dotted')}"]
    for layer, title in enumerate(LAYERS):
        members = [node for node in graph.nodes.values() if node.layer == layer]
        omitted = len(graph.left_out.get(layer, ()))
        if not members and not omitted:
            continue
        out.append(f'  subgraph l{layer}["{title}"]')
        out += [
            f'    {names[node.key]}["{_mermaid(node.name)}<br/>{_mermaid(subtitle(graph, node))}"]' for node in members
        ]
        if omitted:
            out.append(f'    more{layer}["+{omitted} more"]')
        out.append("  end")
    both = []
    for number, edge in enumerate(graph.edges.values()):
        arrow = "-.->" if edge.inherited else "==>" if edge.privileged else "-->"
        text = f'|"{_mermaid(short_label(short_label(edge.text)))}"|' if edge.text else ""
        out.append(f"  {names[edge.start]} {arrow}{text} {names[edge.end]}")
        both += [number] * (edge.inherited and edge.privileged)
    out += [f"  linkStyle {number} stroke-width:3px" for number in both]
    out += [f"  style {names[drawn.key]} stroke-width:3px" for drawn in graph.nodes.values() if drawn.subject]
    return "\n".join(out) + "\n"


def _mermaid(text: str) -> str:
    return printable(text).translate(ENTITIES)


def dot(graph: Neighbourhood) -> str:
    """Return a DOT digraph: dashed edges are inherited, edges of width 3 privileged."""
    ids = unique_node_ids(graph, printable)
    out = [
        f"digraph {_quoted(graph.title)} {{",
        "  rankdir=LR;",
        "  node [shape=box];",
        f'  label="{LEGEND}"; labelloc=b;',
    ]
    for layer in range(len(LAYERS)):
        members = [node for node in graph.nodes.values() if node.layer == layer]
        omitted = len(graph.left_out.get(layer, ()))
        if not members and not omitted:
            continue
        out.append("  { rank=same;")
        for node in members:
            wide = ", penwidth=2" if node.subject else ""
            label = f"{_label(node.name)}\\n{_label(subtitle(graph, node))}"
            out.append(f'    {_quoted(ids[node.key])} [label="{label}"{wide}];')
        if omitted:
            out.append(f'    "more {layer}" [label="+{omitted} more", style=dotted];')
        out.append("  }")
    for edge in graph.edges.values():
        style = ", style=dashed" * edge.inherited + ", penwidth=3" * edge.privileged
        ends = f"{_quoted(ids[edge.start])} -> {_quoted(ids[edge.end])}"
        out.append(f'  {ends} [label="{_label(short_label(edge.text))}"{style}];')
    return "\n".join((*out, "}")) + "\n"


def _quoted(text: str) -> str:
    return f'"{_text(text)}"'


def _label(text: str) -> str:
    """Return the text of a label; `&` is escaped because Graphviz decodes HTML entities such as `&lt;`."""
    return _text(text).replace("&", "&amp;")


def _text(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')
