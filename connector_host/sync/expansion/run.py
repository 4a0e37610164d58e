"""Expand the grants of one sync.

Each destination is done once, after everything that flows into it: its own holders and those of its sources are read
as streams sorted by principal and merged, so that memory does not grow with their number. What is written does not
change what was read for it, and doing a destination again changes nothing, so a killed expansion is simply repeated
from the last destination that was finished.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from msgspec import Struct

from ...c1z.expansion import Destination, ExpansionRows, Holder, NewGrant
from ...errors import PluginError
from ...model import GrantExpandable
from ...wire import decode
from ...wire import stored as wire
from .graph import Edge, Graph, Node

__all__ = ["Expanded", "Progress", "expand"]

BATCH = 20_000
"""Grants written in one transaction, where there are so many; a destination is never split."""
CHUNK = 2_000
"""Grants handed to the database at a time."""


class Expanded(Struct):
    """What expansion did: grants it made, grants it only added sources to, edges left out for want of an entitlement."""

    made: int = 0
    changed: int = 0
    edges: int = 0
    dropped_edges: int = 0


class Progress(Protocol):
    """Where an expansion keeps its place, and what ends it."""

    done: int
    """Nodes of the graph that an earlier attempt finished."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing."""

    def finished(self, nodes: int) -> None:
        """So many nodes are done; called inside the transaction that holds the last of their grants."""

    def report(self, nodes: int, of: int, grants: int) -> None:
        """Tell a person how far it is; raises Stopped when the run is to end."""


def expand(rows: ExpansionRows, progress: Progress) -> Expanded:
    """Give every principal behind an expandable grant a grant of its own, with its sources.

    The rows are those of the Go SDK, and the complete ones where its SQLite engine gives an arbitrary part of them
    (cycles, more than four destinations, more than twenty levels). Raises PluginError for an expansion that names an
    entitlement of something else than the grant's principal.
    """
    result = Expanded()
    nodes = list(_graph(rows, result).nodes())
    number = progress.done
    while number < len(nodes):
        before = result.made + result.changed
        with progress.transaction():
            while number < len(nodes) and result.made + result.changed - before < BATCH:
                _expand_node(rows, nodes[number], result)
                number += 1
                progress.report(number, len(nodes), result.made)
            progress.finished(number)
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


def _expand_node(rows: ExpansionRows, node: Node, result: Expanded) -> None:
    flows = [(source, edge) for group, edge in node.sources for source in group]
    for name in node.entitlements:
        destination = rows.entitlement(name)
        if destination is None:
            result.dropped_edges += len(node.sources)
        else:
            _Destination(rows, destination, flows, result).fill()


class _Destination:
    """One entitlement, what flows into it, and the grants on it that come of that."""

    def __init__(
        self, rows: ExpansionRows, destination: Destination, flows: Sequence[tuple[str, Edge]], result: Expanded
    ) -> None:
        self._rows, self._destination, self._flows, self._result = rows, destination, flows, result
        self._prefix = wire.entitlement_field(destination.data)
        self._fields: dict[tuple[tuple[str, bool], ...], bytes] = {}
        self._new: list[NewGrant] = []
        self._changed: list[tuple[bytes, int]] = []

    def fill(self) -> None:
        """Merge the holders by principal; slot 0 are the destination's own, slot n those of flow n - 1."""
        streams = [self._rows.holders(self._destination.id, 0)]
        streams += [self._rows.holders(source, slot) for slot, (source, _) in enumerate(self._flows, 1)]
        principal: tuple[str, str] = ("", "")
        own: list[Holder] = []
        sources: dict[str, bool] = {}
        embedded = b""
        for holder in heapq.merge(*streams):
            if holder[1] != principal[1] or holder[0] != principal[0]:
                if sources:
                    self._settle(principal, own, sources, embedded)
                    sources = {}
                principal, own, embedded = (holder[0], holder[1]), [], b""
            slot = holder[2]
            if slot == 0:
                own.append(holder)
                continue
            source, edge = self._flows[slot - 1]
            if edge.types is not None and holder[0] not in edge.types:
                continue
            _, message, _, _, origin = wire.split(holder[4])
            direct = not origin or source in wire.read_sources(origin)
            if direct or not edge.shallow:
                sources[source] = direct or sources.get(source, False)
                embedded = embedded or message or wire.id_principal(*principal)
        if sources:
            self._settle(principal, own, sources, embedded)
        self._write()

    def _settle(self, principal: tuple[str, str], own: list[Holder], sources: dict[str, bool], embedded: bytes) -> None:
        """One principal: make a grant, or add the sources to those it has."""
        if not own:
            grant_id = f"{self._destination.id}:{principal[0]}:{principal[1]}"
            data = wire.generated(self._prefix, embedded, grant_id, self._sources_field(sources))
            self._new.append((principal[0], principal[1], grant_id, data))
        for _, _, _, row, data in own:
            old = wire.sources(data)
            merged = dict(old) or {self._destination.id: True}  # so far it was held directly only: it says so now
            for source, direct in sources.items():
                merged[source] = merged.get(source, False) or direct
            if merged != old:
                self._changed.append((wire.with_sources(data, merged), row))
        if len(self._new) + len(self._changed) >= CHUNK:
            self._write()

    def _sources_field(self, sources: dict[str, bool]) -> bytes:
        """The same few combinations of sources come again and again."""
        key = tuple(sources.items())
        if key not in self._fields:
            if len(self._fields) >= CHUNK:
                self._fields.clear()
            self._fields[key] = wire.sources_field(sources)
        return self._fields[key]

    def _write(self) -> None:
        self._rows.add(self._destination, self._new)
        self._rows.update(self._changed)
        self._result.made += len(self._new)
        self._result.changed += len(self._changed)
        self._new, self._changed = [], []
