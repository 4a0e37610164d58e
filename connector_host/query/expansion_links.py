"""Grants that follow from the links of a file: grants whose expansion passes them on to holders of other entitlements.

An expanded sync has a grant for each of these. The searches of this module find them where there is none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from msgspec import Struct

from ..c1z.types import GrantFilter, GrantRow, View
from ..model import ResourceId
from ..wire import decode, field_access

__all__ = ["Holding", "LinkHolder", "Links"]


class Holding(Struct, frozen=True):
    """Holding of an entitlement: direct or not, and the entitlements through which it is (also) inherited."""

    direct: bool
    via: tuple[str, ...] = ()


class LinkHolder(Struct, frozen=True):
    """A principal that gets an entitlement by links, and the group at the end of them."""

    group: ResourceId
    principal: ResourceId


class _Link(Struct, frozen=True):
    """Link that passes a grant on to holders of `source`.

    `shallow`: to its direct holders only; `types`: to principals of these types only, None for all.
    """

    source: str
    shallow: bool
    types: frozenset[str] | None

    def passes(self, principal: ResourceId) -> bool:
        """Return True if it passes the grant on to principals of this type."""
        return self.types is None or principal.resource_type in self.types

    def within(self, outer: _Link) -> _Link:
        """Return the link as part of an outer one, which passes on what both pass on."""
        types = outer.types if self.types is None else self.types
        if outer.types is not None and types is not None:
            types &= outer.types
        return _Link(self.source, self.shallow, types)


class Links:
    """The links of a sync, read as they are met."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._expanded = view.sync.expanded

    def passed_on_to(self, principal: ResourceId, held: Mapping[str, Holding]) -> dict[str, Holding]:
        """Return what a principal that holds `held` gets by links: new entitlements, and direct ones that it also gets.

        Empty for an expanded sync.
        """
        passed_on: dict[str, Holding] = {}
        queue = deque(() if self._expanded else held)
        while queue:
            source = queue.popleft()
            direct = source in held and held[source].direct
            for target, link in self._from(source):
                stored = held.get(target)
                if (stored is not None and stored.via) or (link.shallow and not direct) or not link.passes(principal):
                    continue
                before = passed_on.get(target)
                via = () if before is None else before.via
                passed_on[target] = Holding(stored is not None, tuple(sorted({*via, source})))
                if before is None and stored is None:
                    queue.append(target)
        return passed_on

    def holders(self, entitlement_id: str) -> Iterator[LinkHolder]:
        """Yield the principals that get an entitlement by links, also those with a grant of it."""
        if self._expanded:
            return
        for row in self._view.expandable_grants(entitlement_id):
            for link in _links(row):
                for principal in self._holders_of(link):
                    if principal != row.principal_id:
                        yield LinkHolder(row.principal_id, principal)

    def _holders_of(self, first: _Link) -> Iterator[ResourceId]:
        """Yield each principal that a link passes a grant on to, once."""
        queue, met, yielded = deque([first]), {first}, set[ResourceId]()
        while queue:
            link = queue.popleft()
            for key in self._view.grant_keys(GrantFilter(entitlement=link.source)):
                principal = ResourceId(key.principal_type, key.principal)
                if principal not in yielded and link.passes(principal):
                    yielded.add(principal)
                    yield principal
            if link.shallow:
                continue
            for row in self._view.expandable_grants(link.source):
                for nested in _links(row):
                    inner = nested.within(link)
                    if inner not in met:
                        met.add(inner)
                        queue.append(inner)

    def _from(self, source: str) -> Iterator[tuple[str, _Link]]:
        """Yield the entitlements that the holders of another one get by links, and the link."""
        data = self._view.entitlement(source)
        if data is None:
            return
        for row in self._view.grants(GrantFilter(principal=field_access.entitlement_resource(data))):
            for link in _links(row):
                if link.source == source:
                    yield row.entitlement, link


def _links(row: GrantRow) -> Iterator[_Link]:
    if row.expansion is None:
        return
    expandable = decode.expandable(row.expansion)
    for source in dict.fromkeys(expandable.entitlement_ids):
        if source.strip() and source != row.entitlement:
            yield _Link(source, expandable.shallow, frozenset(expandable.resource_type_ids) or None)
