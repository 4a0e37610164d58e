"""The shrink guard: a sync that lost much of what the one before had is more often a fault than the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...errors import ShrinkGuard

__all__ = ["FEWEST", "check_shrink"]

FEWEST = 20
"""Numbers below this never count as shrunk: in a small organisation a few changes are a large share."""


def check_shrink(now: Mapping[str, int], before: Mapping[str, int], tables: Sequence[str], percent: float) -> None:
    """Raise ShrinkGuard when more than `percent` of one of `tables` (resources, grants) are gone since `before`."""
    lost = [
        f"{before[table]:,} {table} are now {now[table]:,}"
        for table in tables
        if before[table] >= FEWEST and before[table] - now[table] > before[table] * percent / 100
    ]
    if lost:
        raise ShrinkGuard(
            f"the sync is far smaller than the one before: {' and '.join(lost)}",
            hint="The output was not replaced. If that is right, run the same command with --allow-shrink: it only"
            " writes the file. With --fresh everything is read again.",
        )
