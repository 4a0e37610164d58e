"""Explanation of access: every path from a direct grant, through groups, to an entitlement.

A path consists of the file's edges: a grant of an entitlement to a group (or other resource) with an expansion, which
passes it on to the holders of the group's own entitlements. The search goes backwards from the entitlement
and reads only what it meets. It needs no inherited grants, so it also explains a sync that was not expanded.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from ...c1z.types import GrantFilter, GrantRow, View
from ...model import GrantExpandable, ResourceId
from ...wire import decode, stored_grants
from .principal_access import is_direct

__all__ = ["AccessExplanation", "AccessPath", "ExpansionEdge", "explain_access"]

# a search that meets more entitlements, or tries more partial paths, is cut short and marked as such
MOST_ENTITLEMENTS = 10_000
MOST_STEPS = 200_000


class ExpansionEdge(Struct, frozen=True):
    """Link by which holders of `source` also hold `target`: a grant of `target` to the resource that `source` is on.

    `grant` is None where only the principal's inherited grant names the link. That happens where groups form a circle,
    which expansion treats as one group.
    """

    source: str
    target: str
    grant: GrantRow | None = None
    shallow: bool = False
    resource_types: tuple[str, ...] = ()

    def passes(self, principal: ResourceId) -> bool:
        """Return True if it passes the entitlement on to principals of this type."""
        return not self.resource_types or principal.resource_type in self.resource_types


class AccessPath(Struct, frozen=True):
    """One path: the direct grant it begins with, then the edges up to the entitlement to explain."""

    direct: GrantRow
    edges: tuple[ExpansionEdge, ...]


class AccessExplanation(Struct, frozen=True):
    """Explanation of one entitlement.

    `grant` is the principal's own grant of it, direct or inherited, None if the file has none. `cut` is True if not
    everything was searched. `unexplained` are sources that the grant names and no path goes through.
    """

    entitlement: str
    grant: GrantRow | None
    reasons: tuple[AccessPath, ...]
    unexplained: tuple[str, ...] = ()
    cut: bool = False


def explain_access(view: View, principal: ResourceId, entitlement: str, most: int) -> AccessExplanation:
    """Return at most `most` paths to the entitlement, the shortest first; of equal length, by the ids on them."""
    row = _grant_of(view, principal, entitlement)
    walk = _Walk(view, principal)
    walk.back_from(entitlement)
    reasons: list[AccessPath] = []
    for reason in walk.paths(entitlement):
        if len(reasons) == most:
            walk.cut = True
            break
        reasons.append(reason)
    last = {reason.edges[-1].source for reason in reasons if reason.edges}
    sources = stored_grants.sources(row.data) if row is not None else {}
    missing = () if walk.cut else tuple(sorted(set(sources) - last - {entitlement}))
    return AccessExplanation(entitlement, row, tuple(reasons), missing, walk.cut)


class _Walk:
    """Search backwards from an entitlement: the edges that lead to it, and the direct grants of the principal."""

    def __init__(self, view: View, principal: ResourceId) -> None:
        self._view = view
        self._principal = principal
        self.edges: dict[str, list[ExpansionEdge]] = {}
        self.direct: dict[str, GrantRow] = {}
        self.cut = False

    def back_from(self, entitlement: str) -> None:
        """Load every edge that can lead to an entitlement."""
        queue = deque([entitlement])
        met = {entitlement}
        while queue:
            target = queue.popleft()
            row = _grant_of(self._view, self._principal, target)
            sources = stored_grants.sources(row.data) if row is not None else {}
            if row is not None and is_direct(sources, target):
                self.direct[target] = row
            by_source: dict[str, ExpansionEdge] = {}
            for edge in self._into(target):
                if edge.source not in by_source or by_source[edge.source].shallow:  # of two, the deep one counts
                    by_source[edge.source] = edge
            for source in set(sources) - {target}:
                by_source.setdefault(source, ExpansionEdge(source, target))
            self.edges[target] = [by_source[source] for source in sorted(by_source)]
            for edge in self.edges[target]:
                if edge.source in met:
                    continue
                if len(met) >= MOST_ENTITLEMENTS:
                    self.cut = True
                    return
                met.add(edge.source)
                queue.append(edge.source)

    def _into(self, target: str) -> Iterator[ExpansionEdge]:
        for row in self._view.expandable_grants(target):
            expandable: GrantExpandable = decode.expandable(row.expansion or b"")
            for source in dict.fromkeys(expandable.entitlement_ids):
                edge = ExpansionEdge(source, target, row, expandable.shallow, expandable.resource_type_ids)
                if source.strip() and source != target and edge.passes(self._principal):
                    yield edge

    def paths(self, entitlement: str) -> Iterator[AccessPath]:
        """Yield every path that visits nothing twice, the shortest first."""
        away = self._distances()
        if entitlement not in away:
            return
        # by the least possible length of a path; of equal ones first the one nearer to its end, then by the ids on it
        order = itertools.count()
        heap: list[tuple[int, int, int, str, tuple[ExpansionEdge, ...]]] = [
            (away[entitlement], 0, next(order), entitlement, ())
        ]
        while heap:
            if next(order) > MOST_STEPS:
                self.cut = True
                return
            *_, at, edges = heapq.heappop(heap)
            if at in self.direct:  # its estimated length was exact, so no shorter path remains
                yield AccessPath(self.direct[at], edges)
            if edges and edges[0].shallow:
                continue  # it passes on to the direct holders of its source only
            seen = {entitlement, *(edge.source for edge in edges)}
            for edge in self.edges.get(at, ()):
                if edge.source in away and edge.source not in seen and self._usable(edge):
                    size = len(edges) + 1
                    step = (size + away[edge.source], -size, next(order), edge.source, (edge, *edges))
                    heapq.heappush(heap, step)

    def _usable(self, edge: ExpansionEdge) -> bool:
        return not edge.shallow or edge.source in self.direct

    def _distances(self) -> dict[str, int]:
        """Return the number of edges between each entitlement and the nearest direct grant that leads to it."""
        forward: dict[str, list[str]] = {}
        for target, edges in self.edges.items():
            for edge in filter(self._usable, edges):
                forward.setdefault(edge.source, []).append(target)
        away = dict.fromkeys(self.direct, 0)
        queue = deque(away)
        while queue:
            at = queue.popleft()
            for target in forward.get(at, ()):
                if target not in away:
                    away[target] = away[at] + 1
                    queue.append(target)
        return away


def _grant_of(view: View, principal: ResourceId, entitlement: str) -> GrantRow | None:
    """Return the principal's grant of an entitlement; of several (ids are the connector's), a direct one first."""
    inherited = None
    for row in view.grants(GrantFilter(entitlement=entitlement, principal=principal)):
        if is_direct(stored_grants.sources(row.data), entitlement):
            return row
        inherited = inherited or row
    return inherited
