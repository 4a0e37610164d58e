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
from .holders import Holder, Holders

__all__ = ["ExpansionProgress", "ExpansionResult", "expand"]

BATCH = 50_000
"""Grants written in one transaction, where there are so many; a destination is never split."""
SPAN = 50_000
"""Principals of a destination that are looked at together."""

MOST_HOLDERS = 4 * SPAN
"""Holders kept in memory."""

Origin = tuple[tuple[int, bool], ...]
"""Which flows bring a principal, by number and in order, and whether it is a direct holder there."""


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
    holders, runs = Holders(rows, MOST_HOLDERS), GeneratedRuns()
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
    rows.finish()
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
                self._holders.of(self._destination.id, EVERYBODY)  # before more are created, which are recorded
            new_holders = self._fill(EVERYBODY)
            self._holders.made(self._destination.id, len(new_holders), new_holders if keep else None)
            return
        after: Principal | None = ("", "")
        while after is not None:
            upto = self._boundary(PrincipalSpan(after))
            new_holders = self._fill(PrincipalSpan(after, upto))
            self._holders.made(self._destination.id, len(new_holders), None)
            after = upto

    def _boundary(self, span: PrincipalSpan) -> Principal | None:
        most = max(1, SPAN // len(self._flows))
        boundaries = (self._rows.boundary(source, span, most) for source, _ in self._flows)
        return min((boundary for boundary in boundaries if boundary is not None), default=None)

    def _fill(self, span: PrincipalSpan) -> list[Holder]:
        """Create the missing grants for the principals of a span; return the new holders."""
        embedded, origins = self._contributions(span)
        if not origins:
            return []
        self._fields.clear()
        held: dict[Principal, list[int]] = {}
        for principal_type, name, row in self._rows.held(self._destination.id, span):
            if (principal_type, name) in origins:
                held.setdefault((principal_type, name), []).append(row)
        self._extend([(row, origins[principal]) for principal, rows in held.items() for row in rows])
        for principal in held:
            del origins[principal]
        self._add(embedded, origins)
        return [(*principal, embedded[principal], False) for principal in origins]

    def _contributions(self, span: PrincipalSpan) -> tuple[dict[Principal, bytes], dict[Principal, Origin]]:
        """Return for each principal of the span its message in the first source, and the flows it comes from."""
        embedded: dict[Principal, bytes] = {}
        origins: dict[Principal, Origin] = {}
        for number, (source, edge) in enumerate(self._flows):
            types, shallow = edge.types, edge.shallow
            directly, indirectly = ((number, True),), ((number, False),)
            for principal_type, name, message, direct in self._holders.of(source, span):
                if (types is not None and principal_type not in types) or (shallow and not direct):
                    continue
                principal = (principal_type, name)
                if principal not in origins:
                    embedded[principal] = message or wire.id_principal(principal_type, name)
                    origins[principal] = directly if direct else indirectly
                elif origins[principal][-1][0] != number:
                    origins[principal] += directly if direct else indirectly
                elif direct:  # two grants to one principal on one source: one of them is direct
                    origins[principal] = origins[principal][:-1] + directly
        return embedded, origins

    def _add(self, embedded: dict[Principal, bytes], origins: dict[Principal, Origin]) -> None:
        """Create a grant for each principal that has none."""
        fields = self._fields  # the same few combinations of sources come again and again
        for origin in set(origins.values()):
            if origin not in fields:
                fields[origin] = self._sources_field(origin)
        packed, others = self._runs.pack(
            self._shared,
            [(*principal, embedded[principal], fields[origin]) for principal, origin in origins.items()],
        )
        self._rows.add_runs(packed)
        if others:
            self._rows.add(self._generated.rows(others))
        self._result.added += len(origins)

    def _extend(self, held: list[tuple[int, Origin]]) -> None:
        """Add the sources to existing grants; one that was only held directly names its own entitlement from now on."""
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
