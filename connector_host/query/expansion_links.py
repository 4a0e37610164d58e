"""Access that follows from the links of a file: grants that pass an entitlement on to the holders of another one.

An expanded sync has a grant for all of this access. These walks find it where there is none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from msgspec import Struct

from ..c1z.types import GrantFilter, GrantRow, View
from ..model import ResourceId
from ..wire import decode, field_access
from .lookup.object_cache import read_object

__all__ = ["ExpansionLinks", "Holding"]


class Holding(Struct, frozen=True):
    """Holding of an entitlement: direct or not, and the entitlements it is (also) inherited through."""

    direct: bool
    via: tuple[str, ...] = ()


class _Link(Struct, frozen=True):
    """A link to the holders of `source`: all or only direct ones (`shallow`), of these types (None: any)."""

    source: str
    shallow: bool
    types: frozenset[str] | None

    def accepts(self, principal: ResourceId) -> bool:
        """Return True if the link passes principals of this type."""
        return self.types is None or principal.resource_type in self.types

    def within(self, outer: _Link) -> _Link:
        """Return the link as it works behind an outer one: it passes the types that both pass."""
        types = outer.types if self.types is None else self.types
        if outer.types is not None and types is not None:
            types &= outer.types
        return _Link(self.source, self.shallow, types)


class ExpansionLinks:
    """The links of a sync that was not expanded, read as they are needed. An expanded sync needs none."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._expanded = view.sync.expanded

    def inherited_by(self, principal: ResourceId, held: Mapping[str, Holding]) -> dict[str, Holding]:
        """Return what a principal that holds `held` inherits: new holdings, and held ones with their sources."""
        inherited: dict[str, Holding] = {}
        queue = deque(() if self._expanded else held)
        while queue:
            source = queue.popleft()
            is_direct = source in held and held[source].direct
            for target, link in self._links_from(source):
                stored = held.get(target)
                if (stored is not None and stored.via) or (link.shallow and not is_direct):
                    continue
                if not link.accepts(principal):
                    continue
                earlier = inherited.get(target)
                via = () if earlier is None else earlier.via
                inherited[target] = Holding(stored is not None, tuple(sorted({*via, source})))
                if earlier is None and stored is None:
                    queue.append(target)
        return inherited

    def holders(self, entitlement_id: str) -> Iterator[tuple[str, ResourceId]]:
        """Yield (source entitlement, principal) for each principal that inherits an entitlement by a link."""
        if self._expanded:
            return
        for row in self._view.expandable_grants(entitlement_id):
            for link in _links(row):
                for principal in self._holders_behind(link):
                    if principal != row.principal_id:
                        yield link.source, principal

    def _holders_behind(self, first: _Link) -> Iterator[ResourceId]:
        """Yield each principal that a link passes an entitlement on to, once."""
        queue, seen_links, seen = deque([first]), {first}, set[ResourceId]()
        while queue:
            link = queue.popleft()
            for key in self._view.grant_keys(GrantFilter(entitlement=link.source)):
                principal = ResourceId(key.principal_type, key.principal)
                if principal not in seen and link.accepts(principal):
                    seen.add(principal)
                    yield principal
            if link.shallow:
                continue
            for row in self._view.expandable_grants(link.source):
                for nested in _links(row):
                    inner = nested.within(link)
                    if inner not in seen_links:
                        seen_links.add(inner)
                        queue.append(inner)

    def _links_from(self, source: str) -> Iterator[tuple[str, _Link]]:
        """Yield (entitlement, link) for what the holders of an entitlement inherit."""
        data = self._view.entitlement(source)
        if data is None:
            return
        principal = read_object("entitlement", source, data, field_access.entitlement_resource)
        for row in self._view.grants(GrantFilter(principal=principal)):
            for link in _links(row):
                if link.source == source:
                    yield row.entitlement, link


def _links(row: GrantRow) -> Iterator[_Link]:
    if row.expansion is None:
        return
    expansion = decode.expandable(row.expansion)
    for source in dict.fromkeys(expansion.entitlement_ids):
        if source.strip() and source != row.entitlement:
            yield _Link(source, expansion.shallow, frozenset(expansion.resource_type_ids) or None)
