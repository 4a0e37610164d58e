"""Expand the grants of one sync.

Each destination is done once, after everything that flows into it, in spans of principals that fit in memory however
many there are. Doing a destination again changes nothing, so a killed expansion is simply repeated from the last one
that was finished.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from ...c1z.v1.expansion_rows import EVERYBODY, Destination, ExpansionRows, Principal, Span
from ...errors import PluginError
from ...model import GrantExpandable
from ...wire import decode
from ...wire import stored_grants as wire
from .entitlement_graph import Edge, Graph, Node
from .holders import Holder, Holders

__all__ = ["Expanded", "Progress", "expand"]

BATCH = 50_000
"""Grants written in one transaction, where there are so many; a destination is never split."""
SPAN = 50_000
"""Principals of a destination that are looked at together."""

KEPT = 4 * SPAN
"""Holders kept in memory."""

Origin = tuple[tuple[int, bool], ...]
"""Which flows bring a principal, by number and in order, and whether it is a direct holder there."""


class Expanded(Struct):
    """What expansion did: grants made, grants only given more sources, edges left out for want of an entitlement."""

    made: int = 0
    changed: int = 0
    edges: int = 0
    dropped_edges: int = 0


class Progress(Protocol):
    """Where an expansion keeps its place, and what ends it."""

    done: int
    """Nodes of the graph that an earlier attempt finished."""

    def transaction(self) -> AbstractContextManager[object]:
        """All or nothing."""

    def finished(self, nodes: int, made: int, dropped_edges: int) -> None:
        """So many nodes are done in all; the last of them made so many grants and left out so many edges.

        Called inside the transaction that holds these grants.
        """

    def report(self, nodes: int, of: int) -> None:
        """Tell a person how far it is; raises Stopped when the run is to end."""


def expand(rows: ExpansionRows, progress: Progress) -> Expanded:
    """Give every principal behind an expandable grant a grant of its own, with its sources.

    The rows are those of the Go SDK, and the complete ones where its SQLite engine gives an arbitrary part of them
    (cycles, more than four destinations, more than twenty levels). Raises PluginError for an expansion that names an
    entitlement of something else than the grant's principal.
    """
    result = Expanded()
    nodes = list(_graph(rows, result).nodes())
    holders = Holders(rows, KEPT)
    number = progress.done
    told = Expanded(dropped_edges=0 if number == 0 else result.dropped_edges)  # an earlier attempt counted those
    while number < len(nodes) or result.dropped_edges > told.dropped_edges:
        with progress.transaction():
            while number < len(nodes) and result.made + result.changed - told.made - told.changed < BATCH:
                _expand_node(rows, nodes[number], holders, result)
                number += 1
                progress.report(number, len(nodes))
            progress.finished(number, result.made - told.made, result.dropped_edges - told.dropped_edges)
        told = replace(result)
    rows.finish()
    return result


def _graph(rows: ExpansionRows, result: Expanded) -> Graph:
    """The edges of all expandable grants. An edge from an entitlement that was never listed is left out and counted."""
    graph = Graph()
    owners: dict[str, tuple[str, str] | None] = {}
    for grant in rows.expandable():
        expandable = decode.expandable(grant.expansion)
        edge = Edge(expandable.shallow, frozenset(expandable.resource_type_ids) or None)
        for source in _sources(expandable):
            if source not in owners:
                found = rows.entitlement(source)
                owners[source] = (found.resource_type, found.resource) if found else None
            owner = owners[source]
            if owner is None:
                result.dropped_edges += 1
            elif owner != (grant.principal_type, grant.principal):
                raise PluginError(
                    f"grant {grant.id!r} to {grant.principal_type}:{grant.principal} is expandable by {source!r}, which"
                    " is not an entitlement of that principal",
                    hint="This is a defect of the connector; --skip-grant-expansion leaves expansion out.",
                )
            else:
                graph.add(source, grant.entitlement, edge)
    result.edges = len(graph)
    return graph


def _sources(expandable: GrantExpandable) -> Iterator[str]:
    return (source for source in expandable.entitlement_ids if source.strip())


def _expand_node(rows: ExpansionRows, node: Node, holders: Holders, result: Expanded) -> None:
    """Fill the destinations of a node."""
    flows = [(source, edge) for group, edge in node.sources for source in group]
    for name in node.entitlements:
        destination = rows.entitlement(name)
        if destination is None:
            result.dropped_edges += len(node.sources)
        else:
            _Destination(rows, destination, flows, holders, result).fill()


class _Destination:
    """One entitlement, what flows into it, and the grants on it that come of that."""

    def __init__(
        self,
        rows: ExpansionRows,
        destination: Destination,
        flows: Sequence[tuple[str, Edge]],
        holders: Holders,
        result: Expanded,
    ) -> None:
        self._rows, self._destination, self._flows, self._holders = rows, destination, flows, holders
        self._result = result
        self._generated = wire.Generated(
            destination.resource_type, destination.resource, destination.id, destination.data
        )
        self._fields: dict[Origin, bytes] = {}

    def fill(self) -> None:
        """Make what is missing: at once, or span by span, so that memory does not grow with the holders."""
        number = self._holders.number
        if max(number(source) for source, _ in self._flows) * len(self._flows) <= SPAN:
            keep = number(self._destination.id) <= SPAN
            if keep:
                self._holders.of(self._destination.id, EVERYBODY)  # before more are made: those are told of
            made = self._fill(EVERYBODY)
            self._holders.made(self._destination.id, len(made), made if keep else None)
            return
        after: Principal | None = ("", "")
        while after is not None:
            upto = self._boundary(Span(after))
            made = self._fill(Span(after, upto))
            self._holders.made(self._destination.id, len(made), None)
            after = upto

    def _boundary(self, span: Span) -> Principal | None:
        most = max(1, SPAN // len(self._flows))
        found = (self._rows.boundary(source, span, most) for source, _ in self._flows)
        return min((boundary for boundary in found if boundary is not None), default=None)

    def _fill(self, span: Span) -> list[Holder]:
        """What is missing for the principals of a span; the holders that were made."""
        embedded, origins = self._contributions(span)
        if not origins:
            return []
        self._fields.clear()
        held: dict[Principal, list[int]] = {}
        for kind, name, row in self._rows.held(self._destination.id, span):
            if (kind, name) in origins:
                held.setdefault((kind, name), []).append(row)
        self._extend([(row, origins[who]) for who, rows in held.items() for row in rows])
        for who in held:
            del origins[who]
        self._add(embedded, origins)
        return [(*who, embedded[who], False) for who in origins]

    def _contributions(self, span: Span) -> tuple[dict[Principal, bytes], dict[Principal, Origin]]:
        """For each principal of the span: its message as the first source has it, and where it comes from."""
        embedded: dict[Principal, bytes] = {}
        origins: dict[Principal, Origin] = {}
        for number, (source, edge) in enumerate(self._flows):
            types, shallow = edge.types, edge.shallow
            directly, indirectly = ((number, True),), ((number, False),)
            for kind, name, message, direct in self._holders.of(source, span):
                if (types is not None and kind not in types) or (shallow and not direct):
                    continue
                who = (kind, name)
                if who not in origins:
                    embedded[who] = message or wire.id_principal(kind, name)
                    origins[who] = directly if direct else indirectly
                elif origins[who][-1][0] != number:
                    origins[who] += directly if direct else indirectly
                elif direct:  # two grants to one principal on one source: one of them is direct
                    origins[who] = origins[who][:-1] + directly
        return embedded, origins

    def _add(self, embedded: dict[Principal, bytes], origins: dict[Principal, Origin]) -> None:
        """Make a grant for each principal that has none."""
        fields = self._fields  # the same few combinations of sources come again and again
        for origin in set(origins.values()):
            if origin not in fields:
                fields[origin] = self._sources_field(origin)
        self._rows.add(self._generated.rows((*who, embedded[who], fields[origin]) for who, origin in origins.items()))
        self._result.made += len(origins)

    def _extend(self, held: list[tuple[int, Origin]]) -> None:
        """Add the sources to the grants that are there; one that was only held directly says so from now on."""
        changed: list[tuple[bytes, int]] = []
        for row, origin in held:
            data = self._rows.message(row)
            old = wire.sources(data)
            merged = dict(old) or {self._destination.id: True}
            for number, direct in origin:
                source = self._flows[number][0]
                merged[source] = merged.get(source, False) or direct
            if merged != old:
                changed.append((wire.with_sources(data, merged), row))
        self._rows.update(changed)
        self._result.changed += len(changed)

    def _sources_field(self, origin: Origin) -> bytes:
        return wire.sources_field({self._flows[number][0]: direct for number, direct in origin})
