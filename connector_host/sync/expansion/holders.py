"""A cache of the holders of entitlements: what flows into a destination was mostly created just before."""

from __future__ import annotations

from collections.abc import Container

from ...c1z.v1.expansion_rows import EVERYBODY, ExpansionRows, PrincipalSpan
from ...wire.stored_grants import HolderReader, IdOnlyMessages
from .entitlement_holders import EntitlementHolders

__all__ = ["Holders"]


class Holders:
    """The holders of the entitlements of a graph, kept in memory as long as there are not too many of them.

    Without this, every generated grant would be read back for each place it flows on to.
    """

    def __init__(self, rows: ExpansionRows, entitlements: Container[str], most: int) -> None:
        self._rows, self._most = rows, most
        self._numbers = rows.numbers(entitlements)
        self._kept: dict[str, EntitlementHolders] = {}
        self._id_only = IdOnlyMessages()
        self._size = 0

    def number(self, entitlement: str) -> int:
        """Return the number of grants on an entitlement."""
        return self._numbers.get(entitlement, 0)

    def of(self, entitlement: str, span: PrincipalSpan) -> EntitlementHolders:
        """Return the holders whose principals lie in `span`."""
        if span is not EVERYBODY:
            return self._read(entitlement, span)
        if entitlement not in self._kept:
            self._keep(entitlement, self._read(entitlement, span))
        return self._kept[entitlement]

    def add(self, entitlement: str, holders: EntitlementHolders, *, keep: bool) -> None:
        """Record new holders of an entitlement; without `keep` those in memory are dropped, as there are too many."""
        number = holders.size
        self._numbers[entitlement] = self.number(entitlement) + number
        cached = self._kept.get(entitlement)
        if cached is None:
            return
        if keep:
            cached.merge(holders)
            self._size += number
        else:
            self._size -= cached.size
            del self._kept[entitlement]

    def _read(self, entitlement: str, span: PrincipalSpan) -> EntitlementHolders:
        holders = EntitlementHolders()
        grants = HolderReader(entitlement).read(self._rows.holders(entitlement, span))
        holders.add_grants(grants, self._id_only)
        for principal_type, direct, names in self._rows.packed_holders(entitlement, span):
            holders.add_names(principal_type, names, direct=direct)
        return holders

    def _keep(self, entitlement: str, holders: EntitlementHolders) -> None:
        """Keep holders; the oldest go first when all together are too many."""
        size = holders.size
        while self._kept and self._size + size > self._most:
            oldest = next(iter(self._kept))
            self._size -= self._kept.pop(oldest).size
        self._kept[entitlement] = holders
        self._size += size
