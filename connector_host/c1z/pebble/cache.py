"""What bounds the work on a database: decoded blocks are kept for lookups, and a scan decodes only so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from .faults import Malformed

if TYPE_CHECKING:
    from .blocks import Handle, Rows

__all__ = ["Budget", "Cache"]

MOST = 8 << 20  # bytes of blocks; what they decode to takes some four times that
LEAST_BUDGET, TIMES_STORED = 64 << 20, 64


class Budget:
    """What a scan may decode, in bytes, for files of `stored` bytes.

    Parts of a file may be read for several virtual tables, and compressed blocks become larger: both stay far below
    this in files that were not made to waste time.
    """

    def __init__(self, stored: int) -> None:
        self._left = LEAST_BUDGET + TIMES_STORED * stored

    def take(self, size: int) -> None:
        """Account for a block."""
        self._left -= size
        if self._left < 0:
            raise Malformed("reading takes far more work than sound tables need")


class Cache:
    """Remembers blocks by owner and place."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._held = most, 0
        self._blocks: OrderedDict[tuple[object, Handle], tuple[Rows, int]] = OrderedDict()

    def get(self, owner: object, where: Handle) -> Rows | None:
        """A block, if it is still there."""
        found = self._blocks.get((owner, where))
        if found is None:
            return None
        self._blocks.move_to_end((owner, where))
        return found[0]

    def put(self, owner: object, where: Handle, rows: Rows, size: int) -> None:
        """Remember a block of `size` bytes, for which others may have to go."""
        if size > self._most:
            return
        self._blocks[owner, where] = (rows, size)
        self._held += size
        while self._held > self._most:
            _, (_, gone) = self._blocks.popitem(last=False)
            self._held -= gone
