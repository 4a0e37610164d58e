"""The graph of expandable grants: an edge from an entitlement to the one its holders are also given.

Edges of one pair are merged, cycles become one node that holds all its entitlements, and the nodes are put in an order
in which every source comes before what it flows into. Pure computation: nodes and edges are few, grants many.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

__all__ = ["Edge", "Graph", "Node"]


class Edge(Struct, frozen=True):
    """The flow of holders: `shallow` takes direct holders only, `types` only principals of these types (None: all)."""

    shallow: bool
    types: frozenset[str] | None

    def merge(self, second: Edge) -> Edge:
        """Merge two edges of the same ends: deep wins over shallow, unfiltered over filtered, else the types add up."""
        types = None if self.types is None or second.types is None else self.types | second.types
        return Edge(self.shallow and second.shallow, types)


class Node(Struct, frozen=True):
    """Entitlements that are equivalent (more than one: a cycle), and the flows into all of them.

    `sources` pairs the entitlement ids of a source node, sorted, with its edge, in the order the edges were found.
    """

    entitlements: tuple[str, ...]
    sources: tuple[tuple[tuple[str, ...], Edge], ...]


class Graph:
    """Edges in the order of the rows; `nodes()` orders the work."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._names: list[str] = []
        self._into: list[dict[int, Edge]] = []

    def __len__(self) -> int:
        return sum(len(sources) for sources in self._into)

    def add(self, source: str, destination: str, edge: Edge) -> None:
        """Record that holders of `source` also hold `destination`."""
        into = self._into[self._node(destination)]
        start = self._node(source)
        into[start] = edge if start not in into else into[start].merge(edge)

    def _node(self, name: str) -> int:
        if name not in self._ids:
            self._ids[name] = len(self._names)
            self._names.append(name)
            self._into.append({})
        return self._ids[name]

    def nodes(self) -> Iterator[Node]:
        """Yield the destinations, each after all its sources; nodes without incoming edges are left out.

        The order depends only on the order of the edges.
        """
        component = self._components()
        members: dict[int, list[int]] = {}
        for node, number in enumerate(component):
            members.setdefault(number, []).append(node)
        names = {number: tuple(sorted(self._names[node] for node in nodes)) for number, nodes in members.items()}
        for number in sorted(members):  # components come out with every source before what it flows into
            into: dict[int, Edge] = {}
            for node in members[number]:
                for source, edge in self._into[node].items():
                    start = component[source]
                    if start != number:
                        into[start] = edge if start not in into else into[start].merge(edge)
            if into:
                yield Node(names[number], tuple((names[start], edge) for start, edge in into.items()))

    def _components(self) -> list[int]:
        """Return the number of each node's strongly connected component; a component's sources have smaller numbers.

        Tarjan's algorithm over the edges backwards, without recursion: a chain may be of any length.
        """
        size = len(self._names)
        index, low, component = [-1] * size, [0] * size, [-1] * size
        stack: list[int] = []
        seen = finished = 0
        for root in range(size):
            if index[root] >= 0:
                continue
            path: list[tuple[int, Iterator[int]]] = []
            self._enter(root, seen, index, low, stack, path)
            seen += 1
            while path:
                node, sources = path[-1]
                for source in sources:
                    if index[source] < 0:
                        self._enter(source, seen, index, low, stack, path)
                        seen += 1
                        break
                    if component[source] < 0:
                        low[node] = min(low[node], index[source])
                else:
                    path.pop()
                    if path:
                        low[path[-1][0]] = min(low[path[-1][0]], low[node])
                    if low[node] == index[node]:
                        _close(node, finished, component, stack)
                        finished += 1
        return component

    def _enter(
        self,
        node: int,
        number: int,
        index: list[int],
        low: list[int],
        stack: list[int],
        path: list[tuple[int, Iterator[int]]],
    ) -> None:
        index[node] = low[node] = number
        stack.append(node)
        path.append((node, iter(self._into[node])))


def _close(root: int, number: int, component: list[int], stack: list[int]) -> None:
    while True:
        node = stack.pop()
        component[node] = number
        if node == root:
            return
