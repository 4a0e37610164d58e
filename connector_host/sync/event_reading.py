"""The reading of an event feed: page by page from a cursor, and on until the run stops."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import datetime

from ..errors import ConfigError, PluginError, Stopped
from ..event_feeds import EventFeed, EventPage
from ..plugins.facade import Connector
from ..run import Run
from .hook_calls import Caller

__all__ = ["EventReader"]

MOST_REPEATS = 3
"""Pages with the same cursor that claim more events, after which the feed does not advance."""


class EventReader:
    """Reader of the event feeds of one session."""

    def __init__(self, connector: Connector, caller: Caller, run: Run) -> None:
        self._connector, self._caller, self._run = connector, caller, run

    def feeds(self) -> tuple[EventFeed, ...]:
        """Return the feeds; a connector without `list_event_feeds` has one, with an empty id."""
        if "list_event_feeds" not in self._connector.hooks:
            return (EventFeed(id=""),)
        return self._caller.call("list_event_feeds", "everything", self._connector.list_event_feeds)[0]

    def choose_feed(self, name: str) -> EventFeed:
        """Return the feed of a name; without a name the only one. Raises ConfigError."""
        feeds = self.feeds()
        names = [feed.id for feed in feeds]
        if not name and len(feeds) == 1:
            return feeds[0]
        chosen = next((feed for feed in feeds if feed.id == name), None)
        if chosen is None:
            close = difflib.get_close_matches(name, names, n=1)
            hint = f"Did you mean {close[0]}?" if close else f"Choose one with --feed: {', '.join(names) or 'none'}."
            problem = f"there is no feed {name!r}" if name else f"the connector has {len(feeds)} feeds"
            raise ConfigError(problem, hint=hint)
        return chosen

    def pages(
        self, feed: EventFeed, cursor: str | None, since: datetime | None, page_size: int | None, interval: float | None
    ) -> Iterator[EventPage]:
        """Yield the pages from a cursor on; `interval` seconds after the last one it reads on, with None it ends.

        Reading on ends when the run stops. Raises PluginError for a feed whose cursor does not advance, Stopped for a
        run that stops before the last page.
        """
        repeats = 0
        while True:
            try:
                page = self._page(feed, cursor, since, page_size)
            except Stopped:
                if interval is None:
                    raise
                return
            yield page
            repeats = repeats + 1 if page.has_more and page.next_cursor in (None, cursor) else 0
            if repeats >= MOST_REPEATS:
                raise PluginError(
                    f"connector {self._connector.name!r}: list_events of {feed.id or 'everything'} returned the cursor"
                    f" {cursor!r} {repeats} times and claims more events",
                    hint="Return another next_cursor, or has_more=False.",
                )
            cursor = page.next_cursor or cursor
            if page.has_more:
                continue
            if interval is None or not self._run.sleep(interval):
                return

    def _page(self, feed: EventFeed, cursor: str | None, since: datetime | None, page_size: int | None) -> EventPage:
        subject = feed.id or "everything"
        return self._caller.call(
            "list_events", subject, lambda s: self._connector.list_events(s, feed.id, cursor, since, page_size)
        )[0]
