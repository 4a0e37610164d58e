"""The expansion of the grants of one sync.

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

from ...c1z.v1.expansion_rows import EVERYBODY, Destination, ExpansionRows, Principal, PrincipalSpan
from ...errors import PluginError
from ...model import GrantExpandable
from ...wire import decode
from ...wire import stored_grants as wire
from ...wire.grants.generated_runs import GeneratedRuns, shared_part
from .entitlement_graph import Edge, Graph, Node
from .entitlement_holders import EntitlementHolders
from .holders import Holders
from .origins import Origin, OriginTable

__all__ = ["ExpansionProgress", "ExpansionResult", "expand"]

BATCH = 200_000
"""Grants written in one transaction, where there are so many; a destination is never split."""
SPAN = 50_000
"""Principals of a destination that are looked at together."""

MOST_HOLDERS = 4 * SPAN
"""Holders kept in memory."""


class ExpansionResult(Struct):
    """The effect of expansion: grants created, grants with more sources, edges dropped for lack of an entitlement."""

    added: int = 0
    changed: int = 0
    edges: int = 0
    dropped_edges: int = 0


class ExpansionProgress(Protocol):
    """The checkpoint of an expansion, and its stop signal."""

    done: int
    """Nodes of the graph that an earlier attempt finished."""

    def transaction(self) -> AbstractContextManager[object]:
        """Open a transaction: all or nothing."""

    def finished(self, nodes: int, created: int, dropped_edges: int) -> None:
        """Store how many nodes are done in all; the last of them created and dropped so many grants and edges.

        Called inside the transaction that holds these grants.
        """

    def report(self, nodes: int, of: int) -> None:
        """Report progress; raises Stopped when the run is to end."""


def expand(rows: ExpansionRows, progress: ExpansionProgress) -> ExpansionResult:
    """Give every principal behind an expandable grant a grant of its own, with its sources.

    The rows are those of the Go SDK, and the complete ones where its SQLite engine gives an arbitrary part of them
    (cycles, more than four destinations, more than twenty levels). Raises PluginError for an expansion that names an
    entitlement of something else than the grant's principal.
    """
    result = ExpansionResult()
    nodes = list(_graph(rows, result).nodes())
    sources = {name for node in nodes for group, _ in node.sources for name in group}
    destinations = {name for node in nodes for name in node.entitlements}
    holders, runs = Holders(rows, sources | destinations, MOST_HOLDERS), GeneratedRuns()
    number = progress.done
    reported = ExpansionResult(
        dropped_edges=0 if number == 0 else result.dropped_edges
    )  # an earlier attempt counted those
    while number < len(nodes) or result.dropped_edges > reported.dropped_edges:
        with progress.transaction():
            while number < len(nodes) and result.added + result.changed - reported.added - reported.changed < BATCH:
                _expand_node(rows, nodes[number], holders, runs, result)
                number += 1
                progress.report(number, len(nodes))
            progress.finished(number, result.added - reported.added, result.dropped_edges - reported.dropped_edges)
        reported = replace(result)
    return result


def _graph(rows: ExpansionRows, result: ExpansionResult) -> Graph:
    """Return the edges of all expandable grants; those from entitlements that were never listed are counted."""
    graph = Graph()
    owners: dict[str, tuple[str, str] | None] = {}
    for grant in rows.expandable():
        expandable = decode.expandable(grant.expansion or b"")
        edge = Edge(expandable.shallow, frozenset(expandable.resource_type_ids) or None)
        for source in _sources(expandable):
            if source not in owners:
                owner_row = rows.entitlement(source)
                owners[source] = (owner_row.resource_type, owner_row.resource) if owner_row else None
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


def _expand_node(
    rows: ExpansionRows, node: Node, holders: Holders, runs: GeneratedRuns, result: ExpansionResult
) -> None:
    """Fill the destinations of a node."""
    flows = [(source, edge) for group, edge in node.sources for source in group]
    for name in node.entitlements:
        destination = rows.entitlement(name)
        if destination is None:
            result.dropped_edges += len(node.sources)
        else:
            _Destination(rows, destination, flows, holders, runs, result).fill()


class _Destination:
    """One entitlement, the flows into it, and the grants on it that result."""

    def __init__(
        self,
        rows: ExpansionRows,
        destination: Destination,
        flows: Sequence[tuple[str, Edge]],
        holders: Holders,
        runs: GeneratedRuns,
        result: ExpansionResult,
    ) -> None:
        self._runs = runs
        self._rows, self._destination, self._flows, self._holders = rows, destination, flows, holders
        self._result = result
        parts = destination.resource_type, destination.resource, destination.id, destination.data
        self._generated, self._shared = wire.GeneratedGrants(*parts), shared_part(*parts)
        self._fields: dict[Origin, bytes] = {}

    def fill(self) -> None:
        """Create the missing grants: at once, or span by span, so that memory does not grow with the holders."""
        number = self._holders.number
        if max(number(source) for source, _ in self._flows) * len(self._flows) <= SPAN:
            keep = number(self._destination.id) <= SPAN
            if keep:
                self._holders.of(self._destination.id, EVERYBODY)  # before more are created, which are added
            self._holders.add(self._destination.id, self._fill(EVERYBODY), keep=keep)
            return
        after: Principal | None = ("", "")
        while after is not None:
            upto = self._boundary(PrincipalSpan(after))
            self._holders.add(self._destination.id, self._fill(PrincipalSpan(after, upto)), keep=False)
            after = upto

    def _boundary(self, span: PrincipalSpan) -> Principal | None:
        most = max(1, SPAN // len(self._flows))
        boundaries = (self._rows.boundary(source, span, most) for source, _ in self._flows)
        return min((boundary for boundary in boundaries if boundary is not None), default=None)

    def _fill(self, span: PrincipalSpan) -> EntitlementHolders:
        """Create the missing grants for the principals of a span; return the new holders."""
        table = OriginTable()
        for number, (source, edge) in enumerate(self._flows):
            table.add(number, self._holders.of(source, span), edge)
        if not len(table):
            return EntitlementHolders()
        self._extend(table, span)
        return self._add(table, packed=span is EVERYBODY)

    def _add(self, table: OriginTable, *, packed: bool) -> EntitlementHolders:
        """Create a grant for each principal that has none; return the new holders. `packed`: store them packed."""
        fields = self._fields  # the same few combinations of sources come again and again
        new_holders = EntitlementHolders(messages=table.messages)
        groups = []
        for principal_type, origin, names in table.groups():
            if origin not in fields:
                fields[origin] = self._sources_field(origin)
            groups.append((principal_type, fields[origin], names))
            new_holders.add_names(principal_type, names)
        runs, single_holders = self._runs.pack(self._shared, groups, table.messages)
        if packed:
            self._rows.add_packed_runs(runs)
        else:
            self._rows.add_runs(runs)
        if single_holders:
            self._rows.add(self._generated.rows(single_holders))
        self._result.added += len(table)
        return new_holders

    def _extend(self, table: OriginTable, span: PrincipalSpan) -> None:
        """Add the sources to existing grants, and remove their principals from the table.

        A grant that was only held directly names its own entitlement from now on.
        """
        self._rows.unpack_holders(self._destination.id, table.holds)
        held = [
            (principal_type, name, row, origin)
            for principal_type, name, row in self._rows.held(self._destination.id, span)
            if (origin := table.find(principal_type, name)) is not None
        ]
        changed: list[tuple[bytes, int]] = []
        for principal_type, name, row, origin in held:
            data = self._rows.message(row)
            old = wire.sources(data)
            merged = dict(old) or {self._destination.id: True}
            for number, direct in origin:
                source = self._flows[number][0]
                merged[source] = merged.get(source, False) or direct
            if merged != old:
                changed.append((wire.with_sources(data, merged), row))
            table.remove(principal_type, name)
        self._rows.update(changed)
        self._result.changed += len(changed)

    def _sources_field(self, origin: Origin) -> bytes:
        return wire.sources_field({self._flows[number][0]: direct for number, direct in origin})
