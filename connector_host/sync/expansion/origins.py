"""The principals that flow into an entitlement, each with the flows that bring it.

The same few combinations of flows occur again and again, so a principal has the number of its combination. All
principals of a flow are moved to their next number together, without a loop in Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

from ...c1z.v1.expansion_rows import Principal
from .entitlement_graph import Edge
from .entitlement_holders import EntitlementHolders

__all__ = ["Origin", "OriginTable"]

Origin = tuple[tuple[int, bool], ...]
"""Which flows bring a principal, by number and in order, and whether it is a direct holder there."""


class OriginTable:
    """The origins of principals; `messages` has those messages of principals that hold more than an id."""

    def __init__(self) -> None:
        self._origins: list[Origin] = [()]
        self._numbers: dict[Origin, int] = {(): 0}
        self._by_type: dict[str, dict[str, int]] = {}
        self.messages: dict[Principal, bytes] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_type.values()))

    def add(self, flow: int, holders: EntitlementHolders, edge: Edge) -> None:
        """Add the holders that flow number `flow` brings; flows come in ascending order.

        A principal that comes twice in one flow is direct if one of its grants is. Its message is that of its first
        flow.
        """
        new_messages = {
            (principal_type, name): message
            for (principal_type, name), message in holders.messages.items()
            if name not in self._by_type.get(principal_type, ())
        }
        for principal_type, direct, names in holders.groups(edge.types, shallow=edge.shallow):
            numbers = self._by_type.setdefault(principal_type, {})
            steps = _Steps(self, flow, direct=direct)
            if numbers:
                numbers.update(zip(names, map(steps.__getitem__, map(numbers.get, names, repeat(0))), strict=True))
            else:
                numbers.update(dict.fromkeys(names, steps[0]))
        for principal, message in new_messages.items():
            if principal[1] in self._by_type.get(principal[0], ()):
                self.messages[principal] = message

    def number(self, origin: Origin) -> int:
        """Return the number of an origin."""
        number = self._numbers.get(origin)
        if number is None:
            number = self._numbers[origin] = len(self._origins)
            self._origins.append(origin)
        return number

    def origin(self, number: int) -> Origin:
        """Return the origin with a number."""
        return self._origins[number]

    def find(self, principal_type: str, name: str) -> Origin | None:
        """Return the origin of a principal; None for one that no flow brings."""
        number = self._by_type.get(principal_type, {}).get(name)
        return None if number is None else self._origins[number]

    def holds(self, principal_type: str, name: str) -> bool:
        """Return True if a flow brings a principal."""
        return name in self._by_type.get(principal_type, ())

    def remove(self, principal_type: str, name: str) -> None:
        """Remove a principal, if it is there."""
        self._by_type.get(principal_type, {}).pop(name, None)
        self.messages.pop((principal_type, name), None)

    def groups(self) -> Iterator[tuple[str, Origin, list[str]]]:
        """Yield the principals of one type and origin together, in any order."""
        for principal_type, numbers in self._by_type.items():
            names_by_number: dict[int, list[str]] = {number: [] for number in set(numbers.values())}
            if len(names_by_number) == 1:
                yield principal_type, self._origins[next(iter(names_by_number))], list(numbers)
                continue
            for name, number in numbers.items():
                names_by_number[number].append(name)
            for number, names in names_by_number.items():
                yield principal_type, self._origins[number], names


class _Steps(dict[int, int]):
    """The number that a principal gets when a flow brings it, by the number that it had."""

    def __init__(self, table: OriginTable, flow: int, *, direct: bool) -> None:
        super().__init__()
        self._table, self._flow, self._direct = table, flow, direct

    def __missing__(self, number: int) -> int:
        origin = self._table.origin(number)
        if not origin or origin[-1][0] != self._flow:
            origin = (*origin, (self._flow, self._direct))
        elif self._direct:
            origin = (*origin[:-1], (self._flow, True))
        after = self[number] = self._table.number(origin)
        return after
