"""A neighbourhood as data for other programs: GraphML, and BloodHound's OpenGraph."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import msgspec

from ..output.terminal_text import printable
from ..query.neighbourhood import LAYERS, Neighbourhood
from .node_ids import unique_node_ids

__all__ = ["graphml", "opengraph"]

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
NODE_KEYS = {"name": "string", "kind": "string", "layer": "string", "here": "boolean", "behind": "int"}
EDGE_KEYS = {"text": "string", "inherited": "boolean", "privileged": "boolean"}
NO_WORD = re.compile(r"[^A-Za-z0-9_]+")


def graphml(graph: Neighbourhood) -> str:
    """Return a `graphml` document; the facts about nodes and edges are data elements with keys of the same names."""
    root = ElementTree.Element("graphml", xmlns=NAMESPACE)
    for target, keys in (("node", NODE_KEYS), ("edge", EDGE_KEYS)):
        for name, data_type in keys.items():
            ElementTree.SubElement(root, "key", {"id": name, "for": target, "attr.name": name, "attr.type": data_type})
    inside = ElementTree.SubElement(root, "graph", id="neighbourhood", edgedefault="directed")
    ids = {key: _xml(name) for key, name in unique_node_ids(graph, _xml).items()}
    for node in graph.nodes.values():
        element = ElementTree.SubElement(inside, "node", id=ids[node.key])
        values = {"name": node.name, "kind": node.kind, "layer": LAYERS[node.layer], "here": node.subject}
        _data(element, values | {"behind": len(graph.behind.get(node.key, ()))})
    for edge in graph.edges.values():
        element = ElementTree.SubElement(inside, "edge", source=ids[edge.start], target=ids[edge.end])
        _data(element, {"text": edge.text, "inherited": edge.inherited, "privileged": edge.privileged})
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _data(element: ElementTree.Element, values: dict[str, Any]) -> None:
    for name, value in values.items():
        text = str(value).lower() if isinstance(value, bool) else _xml(str(value))
        ElementTree.SubElement(element, "data", key=name).text = text


def _xml(text: str) -> str:
    """Escape the characters that XML cannot hold."""
    return printable(text).replace("\ufffe", "").replace("\uffff", "")


def opengraph(graph: Neighbourhood) -> str:
    """Return the OpenGraph JSON that BloodHound imports: nodes with kinds, edges with one kind each, matched by id.

    BloodHound's OpenGraph schema allows one to three kinds for a node, edge kinds of letters, digits and `_`, and
    properties that hold no objects. BloodHound converts ids to upper case, so that ids that differ in case only would
    collide: all but the first of such ids get a number.
    """
    ids = unique_node_ids(graph, str.upper)
    nodes = [
        {
            "id": ids[node.key],
            "kinds": [_kind(node.kind), "ConnectorHost"],
            "properties": {
                "name": node.name,
                "displayname": node.name,
                "c1z_id": node.id,
                "layer": LAYERS[node.layer],
                "behind": len(graph.behind.get(node.key, ())),
            },
        }
        for node in graph.nodes.values()
    ]
    edges = [
        {
            "kind": _kind(f"holds {edge.text}" if edge.text else "member of"),
            "start": {"value": ids[edge.start], "match_by": "id"},
            "end": {"value": ids[edge.end], "match_by": "id"},
            "properties": {"text": edge.text, "inherited": edge.inherited, "privileged": edge.privileged},
        }
        for edge in graph.edges.values()
    ]
    document = {"metadata": {"source_kind": "ConnectorHost"}, "graph": {"nodes": nodes, "edges": edges}}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _kind(text: str) -> str:
    """Return a kind: letters, digits and underscores only."""
    return "".join(word[:1].upper() + word[1:] for word in NO_WORD.split(text) if word) or "Other"
