"""What follows from the links of a file: grants that pass on what they give to the holders of something else.

An expanded sync has a grant for all of it. These walks find it where there is none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from msgspec import Struct

from ..c1z.types import GrantFilter, GrantRow, View
from ..model import ResourceId
from ..wire import decode, field_access

__all__ = ["Holding", "Links"]


class Holding(Struct, frozen=True):
    """Whether something is held directly, and the entitlements it is (also) derived from."""

    direct: bool
    via: tuple[str, ...] = ()


class _Step(Struct, frozen=True):
    """A link passes something on to the holders of `source`, `shallow`: the direct ones; of these types, None: any."""

    source: str
    shallow: bool
    types: frozenset[str] | None

    def fits(self, who: ResourceId) -> bool:
        """Whether it passes principals of this type."""
        return self.types is None or who.resource_type in self.types

    def within(self, outer: _Step) -> _Step:
        """The same on the way through an outer one: it passes what both pass."""
        types = outer.types if self.types is None else self.types
        if outer.types is not None and types is not None:
            types &= outer.types
        return _Step(self.source, self.shallow, types)


class Links:
    """The links of a sync, asked for as they are met."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._expanded = view.sync.expanded

    def passed_on_to(self, who: ResourceId, held: Mapping[str, Holding]) -> dict[str, Holding]:
        """What a principal that holds `held` gets by links: new ones, and direct ones that it also gets so.

        Nothing, where the sync was expanded.
        """
        found: dict[str, Holding] = {}
        queue = deque(() if self._expanded else held)
        while queue:
            source = queue.popleft()
            direct = source in held and held[source].direct
            for target, step in self._from(source):
                said = held.get(target)
                if (said is not None and said.via) or (step.shallow and not direct) or not step.fits(who):
                    continue
                before = found.get(target)
                via = () if before is None else before.via
                found[target] = Holding(said is not None, tuple(sorted({*via, source})))
                if before is None and said is None:
                    queue.append(target)
        return found

    def holders(self, entitlement_id: str) -> Iterator[tuple[ResourceId, ResourceId]]:
        """Those who get an entitlement by links, whether they also have a grant of it: (through which group, who)."""
        if self._expanded:
            return
        for row in self._view.expandable_grants(entitlement_id):
            for step in _steps(row):
                for who in self._holding(step):
                    if who != row.principal_id:
                        yield row.principal_id, who

    def _holding(self, first: _Step) -> Iterator[ResourceId]:
        """Each of those whom a link passes something on to, once."""
        queue, met, given = deque([first]), {first}, set[ResourceId]()
        while queue:
            step = queue.popleft()
            for key in self._view.grant_keys(GrantFilter(entitlement=step.source)):
                who = ResourceId(key.principal_type, key.principal)
                if who not in given and step.fits(who):
                    given.add(who)
                    yield who
            if step.shallow:
                continue
            for row in self._view.expandable_grants(step.source):
                for nested in _steps(row):
                    one = nested.within(step)
                    if one not in met:
                        met.add(one)
                        queue.append(one)

    def _from(self, source: str) -> Iterator[tuple[str, _Step]]:
        """What an entitlement's holders get by links, and the link."""
        data = self._view.entitlement(source)
        if data is None:
            return
        for row in self._view.grants(GrantFilter(principal=field_access.entitlement_resource(data))):
            for step in _steps(row):
                if step.source == source:
                    yield row.entitlement, step


def _steps(row: GrantRow) -> Iterator[_Step]:
    if row.expansion is None:
        return
    link = decode.expandable(row.expansion)
    for source in dict.fromkeys(link.entitlement_ids):
        if source.strip() and source != row.entitlement:
            yield _Step(source, link.shallow, frozenset(link.resource_type_ids) or None)
