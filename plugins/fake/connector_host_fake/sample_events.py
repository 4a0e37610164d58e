"""The event feeds of the fake connector: computed events, one a minute, the same every time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connector_host import ConfigError, Event, EventFeed, EventPage, EventType, ResourceId

__all__ = ["FEEDS", "page_of_events"]

FEEDS = (
    EventFeed(id="sign-ins", types=(EventType.USAGE,), description="Sign-ins to applications."),
    EventFeed(id="access", types=(EventType.GRANT, EventType.REVOKE), description="Changes of access."),
)
COUNT = 25
"""Events of each feed."""
START = datetime(2026, 1, 1, tzinfo=UTC)
PAGE_SIZE = 10
LONGEST_CURSOR = 10  # digits


def page_of_events(feed: str, cursor: str | None, since: datetime | None, page_size: int | None) -> EventPage:
    """Return the page of a feed that begins at a cursor, the number of events before it."""
    if feed not in {known.id for known in FEEDS}:
        raise ConfigError(f"there is no feed {feed!r}")
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= LONGEST_CURSOR):
        raise ConfigError(f"{cursor[:50]!r} is not a cursor of this feed", hint="Delete the cursor file.")
    if cursor is not None:
        start = int(cursor)
    else:
        start = 0 if since is None else max(0, -int((START - since) / timedelta(minutes=1)))
    stop = min(start + (page_size or PAGE_SIZE), COUNT)
    events = tuple(_event(feed, number) for number in range(start, stop))
    return EventPage(events=events, next_cursor=str(max(start, stop)), has_more=stop < COUNT)


def _event(feed: str, number: int) -> Event:
    user, app = ResourceId("user", f"u{number % 7:07d}"), ResourceId("app", "source")
    moment = START + timedelta(minutes=number)
    if feed == "sign-ins":
        return Event(id=f"s{number}", type=EventType.USAGE, occurred_at=moment, actor=user, target=app)
    event_type = EventType.REVOKE if number % 5 == 4 else EventType.GRANT
    return Event(
        id=f"a{number}",
        type=event_type,
        occurred_at=moment,
        principal=user,
        entitlement="app:source:read",
        details={"by": "admin", "number": number},
    )
