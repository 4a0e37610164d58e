"""Detection of listings that would not end: a page token that comes back, or pages that bring nothing new."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from ...errors import PluginError
from ...model import Page
from ..working.queue import QueuedListing

__all__ = ["EndlessListingGuard"]

SUSPICIOUS, ENDLESS = 1_000, 100_000
"""Pages in a row without anything new after which a warning is logged, and after which the run ends."""

log = logging.getLogger(__name__)


class EndlessListingGuard:
    """Check of each page: a token given twice, and a page that is empty or equal to the one before it."""

    def __init__(self, connector: str) -> None:
        self._connector = connector
        self._tokens: dict[tuple[str, str], set[str]] = {}
        self._last: dict[tuple[str, str], tuple[Sequence[Any], int]] = {}

    def clear(self) -> None:
        """Forget every listing: they have ended."""
        self._tokens.clear()
        self._last.clear()

    def check(self, action: QueuedListing, page: Page[Any]) -> None:
        """Record a page. PluginError when its listing seems to have no end."""
        self._check_tokens(action, page)
        self._check_items(action, page)

    def _check_tokens(self, action: QueuedListing, page: Page[Any]) -> None:
        new = [token for token in (page.next_token, *page.more_tokens) if token]
        if not new:
            return
        seen = self._tokens.setdefault((action.hook, action.subject), set())
        if action.page_token:
            seen.add(action.page_token)
        for token in new:
            if token in seen:
                raise PluginError(
                    f"connector {self._connector!r}: {action.hook} of {action.subject} returned the page token"
                    f" {token[:200]!r} a second time, so its pages would never end",
                    hint="Return None after the last page, and another token for each page before it.",
                )
            seen.add(token)

    def _check_items(self, action: QueuedListing, page: Page[Any]) -> None:
        key = (action.hook, action.subject)
        if not page.next_token:
            self._last.pop(key, None)
            return
        items, barren = self._last.get(key, ((), 0))
        barren = barren + 1 if not page.items or page.items == items else 0
        self._last[key] = page.items or items, barren
        if barren == SUSPICIOUS:
            log.warning(
                "%s of %s returned %d pages in a row with nothing new; check that its page token chooses the page.",
                *key,
                barren,
            )
        if barren >= ENDLESS:
            raise PluginError(
                f"connector {self._connector!r}: {action.hook} of {action.subject} returned {barren} pages in a row"
                " with nothing new, and another page token each time",
                hint="Use the token to choose the page, and return None as the next one after the last page.",
            )
