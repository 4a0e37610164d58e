"""A cache of the holders of entitlements: what flows into a destination was mostly created just before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...c1z.v1.expansion_rows import EVERYBODY, ExpansionRows, PrincipalSpan
from ...wire import stored_grants as wire

__all__ = ["Holder", "Holders"]

Holder = tuple[str, str, bytes | None, bool]
"""principal type, principal, its message (None where absent), and whether it holds the entitlement directly."""


class Holders:
    """The holders of entitlements, kept in memory as long as there are not too many of them.

    Without this, every generated grant would be read back and taken apart once for each place it flows on to.
    """

    def __init__(self, rows: ExpansionRows, most: int) -> None:
        self._rows, self._most = rows, most
        self._numbers = rows.numbers()
        self._kept: dict[str, list[Holder]] = {}
        self._size = 0

    def number(self, entitlement: str) -> int:
        """Return the number of grants on an entitlement."""
        return self._numbers.get(entitlement, 0)

    def of(self, entitlement: str, span: PrincipalSpan) -> Iterable[Holder]:
        """Return the holders whose principals lie in `span`."""
        if span is not EVERYBODY:
            return self._read(entitlement, span)
        if entitlement not in self._kept:
            self._keep(entitlement, list(self._read(entitlement, span)))
        return self._kept[entitlement]

    def made(self, entitlement: str, number: int, holders: Iterable[Holder] | None) -> None:
        """Record new grants on an entitlement. `holders` are theirs, None when they are too many to keep."""
        self._numbers[entitlement] = self.number(entitlement) + number
        cached = self._kept.get(entitlement)
        if cached is None:
            return
        if holders is None:
            self._size -= len(cached)
            del self._kept[entitlement]
        else:
            cached.extend(holders)
            self._size += number

    def _read(self, entitlement: str, span: PrincipalSpan) -> Iterator[Holder]:
        return wire.HolderReader(entitlement).read(self._rows.holders(entitlement, span))

    def _keep(self, entitlement: str, holders: list[Holder]) -> None:
        """Keep holders; the oldest go first when all together are too many."""
        while self._kept and self._size + len(holders) > self._most:
            oldest = next(iter(self._kept))
            self._size -= len(self._kept.pop(oldest))
        self._kept[entitlement] = holders
        self._size += len(holders)
