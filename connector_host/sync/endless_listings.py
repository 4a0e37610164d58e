"""Detection of listings whose page tokens move on while nothing new comes: warned of early, ended later."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from ..errors import PluginError
from ..model import Page
from .working.queue import Action

__all__ = ["EndlessListingGuard"]

SUSPICIOUS, ENDLESS = 1_000, 100_000
"""Pages in a row without anything new after which a listing is remarked upon, and after which the run ends."""

log = logging.getLogger(__name__)


class EndlessListingGuard:
    """Check of each page: one that is empty, or equal to the page before it in its listing, brings nothing new."""

    def __init__(self, connector: str) -> None:
        self._connector = connector
        self._last: dict[tuple[str, str], tuple[Sequence[Any], int]] = {}

    def clear(self) -> None:
        """Forget every listing: they have ended."""
        self._last.clear()

    def look(self, action: Action, page: Page[Any]) -> None:
        """Record a page. PluginError when its listing seems to have no end."""
        key = (action.hook, action.subject)
        if not page.next_token:
            self._last.pop(key, None)
            return
        items, barren = self._last.get(key, ((), 0))
        barren = barren + 1 if not page.items or page.items == items else 0
        self._last[key] = page.items or items, barren
        if barren == SUSPICIOUS:
            log.warning(
                "%s of %s has given %d pages in a row with nothing new; does its page token lead anywhere?",
                *key,
                barren,
            )
        if barren >= ENDLESS:
            raise PluginError(
                f"connector {self._connector!r}: {action.hook} of {action.subject} gave {barren} pages in a row with"
                " nothing new, and another page token each time",
                hint="Use the token to choose the page, and give None as the next one after the last page.",
            )
