"""Progress of the phases whose listings are all queued when they begin: how many of them are done."""

from __future__ import annotations

from .observers import Observers
from .working.database import WorkingSync
from .working.queue import Phase

__all__ = ["ListingProgress"]

OBJECTS = {Phase.ENTITLEMENTS: "entitlements", Phase.GRANTS: "grants"}
"""The phases in which no listing leads to others, by what they read."""


class ListingProgress:
    """Count of the listings of a phase, reported whenever it has grown by a hundredth.

    With `known` False, and in phases whose listings lead to others, nothing is reported. The number of listings is
    stored with the sync, so a resumed run counts those that were done before it.
    """

    def __init__(self, work: WorkingSync, observers: Observers, phase: Phase, *, known: bool) -> None:
        self._observers, self._objects = observers, OBJECTS.get(phase, "")
        self._done = self._of = self._reported = 0
        if not known or not self._objects:
            return
        remaining, key = work.queue.count_pending(phase), f"listings:{self._objects}"
        self._of = max(work.state(key), remaining)
        self._done = self._of - remaining
        with work.transaction():
            work.set_state(key, self._of)

    def add(self, number: int) -> None:
        """Count listings that a page has added: its following pages."""
        if self._of:
            self._of += number

    def finish(self) -> None:
        """Count a listing that is done, was skipped or could not be read."""
        if not self._of:
            return
        self._done += 1
        percent = 100 * self._done // self._of
        if percent != self._reported:
            self._reported = percent
            self._observers.listings_done(self._objects, self._done, self._of)
