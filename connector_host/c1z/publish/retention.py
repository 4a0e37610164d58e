"""The retention of the syncs in a file when another one is added to it (docs/c1z-v1.md, Retention)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from ..types import FULL, PARTIAL

__all__ = ["DEFAULT_KEEP", "RemovedSync", "RetentionPlan", "RetentionRow", "keep_count", "plan", "skips_cleanup"]

DEFAULT_KEEP = 2
KEEP_VARIABLE = "BATON_KEEP_SYNC_COUNT"
"""The number of full syncs kept in a file when one is added to it, that one included; 2 if not set."""
SKIP_VARIABLE = "BATON_SKIP_CLEANUP"
"""1: keep every sync that is in a file when one is added to it."""
PARTS = frozenset({PARTIAL, "resources_only"})
DIFF = frozenset({"partial_upserts", "partial_deletions"})
MAX_DIFFS = 2


class RetentionRow(Struct, frozen=True):
    """The columns of `v1_sync_runs` that retention needs. Times are stored texts, compared as text."""

    sync_id: str
    sync_type: str
    started_at: str
    ended_at: str | None = None
    linked_sync_id: str = ""

    @property
    def is_finished_full(self) -> bool:
        """True for a finished sync of the whole application."""
        return self.sync_type == FULL and self.ended_at is not None


class RemovedSync(Struct, frozen=True):
    """A sync that is removed, and the reason in words."""

    sync: RetentionRow
    reason: str


class RetentionPlan(Struct, frozen=True):
    """The syncs that stay and those that are removed, both in the order of the rows."""

    kept: tuple[RetentionRow, ...]
    dropped: tuple[RemovedSync, ...]


def keep_count(environ: Mapping[str, str] | None = None) -> int:
    """Return the number of full syncs to keep, the newest included."""
    text = (os.environ if environ is None else environ).get(KEEP_VARIABLE, "")
    count = int(text) if re.fullmatch(r"\+?[0-9]{1,18}", text, re.ASCII) else 0
    return count or DEFAULT_KEEP


def skips_cleanup(environ: Mapping[str, str] | None = None) -> bool:
    """Return True when the environment asks to keep every sync."""
    return (os.environ if environ is None else environ).get(SKIP_VARIABLE, "") in {
        "1",
        "t",
        "T",
        "TRUE",
        "true",
        "True",
    }


def plan(
    rows: Sequence[RetentionRow], environ: Mapping[str, str] | None = None, *, running: bool = True
) -> RetentionPlan:
    """Divide the syncs of a file, in row order, into those that stay and those that are removed.

    `running`: another sync, not among `rows`, is about to be ended and counts as one of those kept. Unfinished syncs
    always stay.
    """
    reasons: dict[str, str] = {}
    if not skips_cleanup(environ):
        keep = keep_count(environ)
        finished = [row for row in rows if row.ended_at is not None]
        fulls = [row for row in finished if row.sync_type not in PARTS | DIFF]
        excess = max(0, len(fulls) - keep + (1 if running else 0))
        for row in fulls[:excess]:
            reasons[row.sync_id] = f"only the newest {keep} full syncs are kept"
        for row in _old_partials(finished, fulls, excess, running=running):
            reasons[row.sync_id] = "it is older than the full syncs that are kept"
        for row in _old_diffs(finished):
            reasons[row.sync_id] = "only the newest pair of diffs is kept"
    kept = tuple(row for row in rows if row.sync_id not in reasons)
    dropped = tuple(RemovedSync(row, reasons[row.sync_id]) for row in rows if row.sync_id in reasons)
    return RetentionPlan(kept, dropped)


def _old_partials(
    finished: Sequence[RetentionRow], fulls: Sequence[RetentionRow], excess: int, *, running: bool
) -> list[RetentionRow]:
    """Return the partial syncs that ended before the newest removed full sync (or the oldest kept, when none runs)."""
    cutoff = excess - 1 if running else excess
    if excess == 0 or cutoff >= len(fulls):
        return []
    start = fulls[cutoff].started_at
    return [row for row in finished if row.sync_type in PARTS and (row.ended_at or "") < start]


def _old_diffs(finished: Sequence[RetentionRow]) -> list[RetentionRow]:
    diffs = [row for row in finished if row.sync_type in DIFF]
    if len(diffs) <= MAX_DIFFS:
        return []
    newest = diffs[-1]
    return [row for row in diffs if row.sync_id not in {newest.sync_id, newest.linked_sync_id}]
