"""Events: what happened in an application, as feeds that are read from a durable cursor."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from .identifiers import ResourceId

__all__ = ["Event", "EventFeed", "EventPage", "EventType"]


class EventType(enum.StrEnum):
    """Type of an event."""

    USAGE = "usage"
    GRANT = "grant"
    REVOKE = "revoke"
    RESOURCE_CHANGE = "resource_change"


class EventFeed(Struct, frozen=True, kw_only=True):
    """A feed of events: its id, and the types of its events."""

    id: str
    types: tuple[EventType, ...] = ()
    description: str = ""


class Event(Struct, frozen=True, kw_only=True):
    """One event. `id` is unique in its feed.

    `actor` is the principal that did it, `target` the resource it was done to, `principal` and `entitlement` (an id)
    the access that was granted or revoked. `details` is a JSON object.
    """

    id: str
    type: EventType
    occurred_at: datetime
    actor: ResourceId | None = None
    target: ResourceId | None = None
    principal: ResourceId | None = None
    entitlement: str = ""
    details: Mapping[str, Any] | None = None

    def __hash__(self) -> int:  # details cannot be hashed
        return hash((self.id, self.type, self.occurred_at))


class EventPage(Struct, frozen=True, kw_only=True):
    """One page of events, oldest first. `next_cursor` is where to read on, now or in another session.

    `has_more`: there are more events now. Without `next_cursor` the cursor stays as it was.
    """

    events: tuple[Event, ...] = ()
    next_cursor: str | None = None
    has_more: bool = False
