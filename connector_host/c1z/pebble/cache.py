"""Bounds of the work on a database: a cache of decoded blocks for lookups, and a budget of bytes for scans."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import TYPE_CHECKING

from .malformed import Malformed

if TYPE_CHECKING:
    from .blocks import Rows

__all__ = ["BlockCache", "Budget"]

MOST = 8 << 20  # bytes of blocks; decoded, they take some four times that
LEAST = 64 << 20
TIMES = 64


class Budget:
    """The number of bytes that may be decoded of files of `stored` bytes.

    Parts of a file may be read for several virtual tables, and compressed blocks grow: both stay far below this limit
    in files that were not built to waste time or memory.
    """

    def __init__(self, stored: int, times: int = TIMES) -> None:
        self._left = LEAST + times * stored

    def take(self, size: int) -> None:
        """Account for bytes."""
        self._left -= size
        if self._left < 0:
            raise Malformed("reading takes far more work than sound tables need")


class BlockCache:
    """A cache of decoded blocks by name; several threads may use it."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._held = most, 0
        self._lock = Lock()
        self._blocks: OrderedDict[Hashable, tuple[Rows, int]] = OrderedDict()

    def get(self, name: Hashable) -> Rows | None:
        """Return a block, None if the cache does not hold it."""
        with self._lock:
            entry = self._blocks.get(name)
            if entry is None:
                return None
            self._blocks.move_to_end(name)
            return entry[0]

    def put(self, name: Hashable, rows: Rows, size: int) -> None:
        """Store a block of `size` bytes; the oldest ones are dropped for it."""
        with self._lock:
            if size > self._most or name in self._blocks:
                return
            self._blocks[name] = (rows, size)
            self._held += size
            while self._held > self._most:
                _, (_, dropped_size) = self._blocks.popitem(last=False)
                self._held -= dropped_size
