"""What bounds the work on a database: decoded blocks are kept for lookups, and a scan decodes only so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import TYPE_CHECKING

from .malformed import Malformed

if TYPE_CHECKING:
    from .blocks import Rows

__all__ = ["BlockCache", "Budget"]

MOST = 8 << 20  # bytes of blocks; what they decode to takes some four times that
LEAST = 64 << 20
TIMES = 64


class Budget:
    """What may be decoded, in bytes, of files of `stored` bytes.

    Parts of a file may be read for several virtual tables, and compressed blocks become larger: both stay far below
    this in files that were not made to waste time or memory.
    """

    def __init__(self, stored: int, times: int = TIMES) -> None:
        self._left = LEAST + times * stored

    def take(self, size: int) -> None:
        """Account for bytes."""
        self._left -= size
        if self._left < 0:
            raise Malformed("reading takes far more work than sound tables need")


class BlockCache:
    """Remembers blocks by what they are of; several threads may use it."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._held = most, 0
        self._lock = Lock()
        self._blocks: OrderedDict[Hashable, tuple[Rows, int]] = OrderedDict()

    def get(self, name: Hashable) -> Rows | None:
        """A block, if it is still there."""
        with self._lock:
            found = self._blocks.get(name)
            if found is None:
                return None
            self._blocks.move_to_end(name)
            return found[0]

    def put(self, name: Hashable, rows: Rows, size: int) -> None:
        """Remember a block of `size` bytes, for which others may have to go."""
        with self._lock:
            if size > self._most or name in self._blocks:
                return
            self._blocks[name] = (rows, size)
            self._held += size
            while self._held > self._most:
                _, (_, gone) = self._blocks.popitem(last=False)
                self._held -= gone
