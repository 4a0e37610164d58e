"""Event feeds and their events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from ...errors import NotFound
from ...event_feeds import Event, EventType
from ...wire.pb.c1.connector.v2 import event_service_pb2 as pb
from ...wire.services.message_values import resource_id_message, timestamp_message, utc_moment
from .hook_source import HookSource

__all__ = ["event_functions"]

DEFAULT_FEED = "baton_feed_event"
"""The id under which ConductorOne knows the only feed of a connector."""
TYPES = {
    EventType.USAGE: pb.EVENT_TYPE_USAGE,
    EventType.GRANT: pb.EVENT_TYPE_CREATE_GRANT,
    EventType.REVOKE: pb.EVENT_TYPE_CREATE_REVOKE,
    EventType.RESOURCE_CHANGE: pb.EVENT_TYPE_RESOURCE_CHANGE,
}


def event_functions(source: HookSource) -> dict[str, Callable[[Any], Message]]:
    """Return the functions of `EventService`."""
    connector = source.connector

    def list_feeds(_request: pb.ListEventFeedsRequest) -> Message:
        if "list_event_feeds" not in connector.hooks:
            feeds = [pb.EventFeedMetadata(id=DEFAULT_FEED, supported_event_types=list(TYPES.values()))]
            return pb.ListEventFeedsResponse(list=feeds if "list_events" in connector.hooks else [])
        declared = source.call("list_event_feeds", "everything", connector.list_event_feeds)
        feeds = [
            pb.EventFeedMetadata(id=feed.id, supported_event_types=[TYPES[each] for each in feed.types])
            for feed in declared
        ]
        return pb.ListEventFeedsResponse(list=feeds)

    def list_events(request: pb.ListEventsRequest) -> Message:
        feed = _feed(source, request.event_feed_id)
        since = utc_moment(request.start_at) if request.HasField("start_at") else None
        cursor, page_size = request.cursor or None, request.page_size or None
        page = source.call(
            "list_events", feed or "the feed", lambda s: connector.list_events(s, feed, cursor, since, page_size)
        )
        return pb.ListEventsResponse(
            events=[_event(event) for event in page.events],
            cursor=page.next_cursor or request.cursor,
            has_more=page.has_more,
        )

    return {"EventService/ListEventFeeds": list_feeds, "EventService/ListEvents": list_events}


def _feed(source: HookSource, feed_id: str) -> str:
    """Return the id of a feed as the connector knows it. Raises NotFound."""
    if "list_event_feeds" not in source.connector.hooks:
        if feed_id in ("", DEFAULT_FEED):
            return ""
        raise NotFound(f"there is no event feed {feed_id!r}")
    feeds = source.call("list_event_feeds", "everything", source.connector.list_event_feeds)
    ids = [feed.id for feed in feeds]
    if feed_id in ids:
        return feed_id
    if feed_id in ("", DEFAULT_FEED) and len(ids) == 1:
        return ids[0]
    raise NotFound(f"there is no event feed {feed_id!r}", hint=f"The feeds: {', '.join(ids) or 'none'}.")


def _event(event: Event) -> pb.Event:
    message = pb.Event(id=event.id, occurred_at=timestamp_message(event.occurred_at))
    match event.type:
        case EventType.USAGE:
            message.usage_event.SetInParent()
            if event.target:
                message.usage_event.target_resource.id.CopyFrom(resource_id_message(event.target))
            if event.actor:
                message.usage_event.actor_resource.id.CopyFrom(resource_id_message(event.actor))
        case EventType.GRANT | EventType.REVOKE:
            granted = event.type is EventType.GRANT
            access: Any = message.create_grant_event if granted else message.create_revoke_event
            access.entitlement.id = event.entitlement
            if event.target:
                access.entitlement.resource.id.CopyFrom(resource_id_message(event.target))
            if event.principal:
                access.principal.id.CopyFrom(resource_id_message(event.principal))
        case EventType.RESOURCE_CHANGE:
            message.resource_change_event.SetInParent()
            if event.target:
                message.resource_change_event.resource_id.CopyFrom(resource_id_message(event.target))
    return message
