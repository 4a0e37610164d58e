"""The functions of a process by their paths: those of a sync at once, the others when one of them is first called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

__all__ = ["ServedFunctions"]

Function = Callable[[bytes], bytes]


class ServedFunctions(Mapping[str, Function]):
    """The functions of `first` and those that `load_others` returns, which a process that only syncs never needs."""

    def __init__(self, first: Mapping[str, Function], load_others: Callable[[], Mapping[str, Function]]) -> None:
        self._first, self._load = first, load_others

    @cached_property
    def _others(self) -> Mapping[str, Function]:
        return self._load()

    def __getitem__(self, path: str) -> Function:
        return self._first[path] if path in self._first else self._others[path]

    def __iter__(self) -> Iterator[str]:
        yield from self._first
        yield from (path for path in self._others if path not in self._first)

    def __len__(self) -> int:
        return sum(1 for _ in self)
