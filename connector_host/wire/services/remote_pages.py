"""The pages that a connector process answers, as the host works with them: objects with the bytes they came in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC
from typing import Any, TypeVar

from msgspec import structs

from ...errors import FileError
from ...model import Can, Entitlement, Page, RateLimitStatus, Resource, ResourceType
from .. import decode
from ..pb.c1.connector.v2 import annotations_pb2
from ..pb.c1.host.v1 import parts_pb2
from .grant_messages import GrantMessages
from .map_order import sort_entitlement, sort_resource
from .message_values import parse_answer
from .raw_objects import RawEntitlement, RawResource, RawResourceType

__all__ = [
    "entitlement_page",
    "grant_page",
    "rate_limit",
    "raw_entitlement",
    "raw_resource",
    "resource_of",
    "resource_page",
    "stored_resource",
    "type_page",
]

T = TypeVar("T")
PACKAGE = "c1.connector.v2."
INSERT, MORE_TOKENS = f"{PACKAGE}InsertResourceGrants", f"{PACKAGE}EnqueuePageTokens"
REMARKS = "c1.host.v1.PageRemarks"
RATE_LIMITS = (f"{PACKAGE}RateLimitDescription", "c1.ratelimit.v1.RateLimitDescription")
SHOWN = 60


def type_page(data: bytes, can_of: Callable[[str], frozenset[Can] | None]) -> Page[ResourceType]:
    """Return the page of a `ListResourceTypes` answer; `can_of` gives the capabilities of a type by its id."""

    def read(item: bytes) -> ResourceType:
        resource_type = decode.resource_type(item)
        values = structs.asdict(resource_type) | {"can": can_of(resource_type.id)}
        return RawResourceType(**values, raw=item)

    return _page(data, read)


def resource_page(data: bytes) -> Page[Resource]:
    """Return the page of a `ListResources` answer."""
    return _page(data, raw_resource)


def entitlement_page(data: bytes, *, templates: bool = False) -> Page[Entitlement]:
    """Return the page of a `ListEntitlements` answer, or with `templates` of a `ListStaticEntitlements` answer."""
    return _page(data, decode.entitlement if templates else raw_entitlement)


def grant_page(data: bytes) -> Page[Any]:
    """Return the page of a `ListGrants` answer."""
    message = parse_answer(parts_pb2.GrantList, data)
    return _with_notes(message, GrantMessages(message, len(data)), ())


def resource_of(data: bytes) -> RawResource | None:
    """Return the resource of a `GetResource` answer, None if there is none."""
    message = parse_answer(parts_pb2.RawAnswer, data)
    return raw_resource(message.resource) if message.resource else None


def raw_resource(data: bytes) -> RawResource:
    """Return a resource with its bytes, the keys of its profile in order. ValueError or FileError for other bytes."""
    resource = decode.resource(data)
    return RawResource(**structs.asdict(resource), raw=sort_resource(data))


def stored_resource(data: bytes) -> RawResource:
    """Return a stored resource with its bytes."""
    return RawResource(**structs.asdict(decode.resource(data)), raw=data)


def raw_entitlement(data: bytes) -> RawEntitlement:
    """Return an entitlement with its bytes, the keys of its resource's profile in order."""
    return RawEntitlement(**structs.asdict(decode.entitlement(data)), raw=sort_entitlement(data))


def rate_limit(annotations: Iterable[Any]) -> RateLimitStatus | None:
    """Return the rate limit that annotations describe; None if they describe none."""
    for item in annotations:
        if item.type_url.rpartition("/")[2] in RATE_LIMITS:
            message = annotations_pb2.RateLimitDescription.FromString(item.value)
            reset_at = message.reset_at.ToDatetime(tzinfo=UTC) if message.HasField("reset_at") else None
            return RateLimitStatus(message.limit, message.remaining, reset_at)
    return None


def _page(data: bytes, read: Callable[[bytes], T]) -> Page[T]:
    message = parse_answer(parts_pb2.RawList, data)
    items, skipped = [], []
    for position, item in enumerate(message.list):
        try:
            items.append(read(item))
        except (FileError, ValueError) as error:
            skipped.append(f"item {position} of {len(item)} bytes: {str(error)[:SHOWN]}")
    return _with_notes(message, items, tuple(skipped))


def _with_notes(message: Any, items: Any, skipped: tuple[str, ...]) -> Page[Any]:
    """Return the page of the items with what the annotations of the answer say about it."""
    if not message.annotations:
        return Page(items, message.next_page_token or None, skipped=skipped)
    names = {item.type_url.rpartition("/")[2]: item.value for item in message.annotations}
    more: tuple[str, ...] = ()
    if MORE_TOKENS in names:
        more = tuple(annotations_pb2.EnqueuePageTokens.FromString(names[MORE_TOKENS]).page_tokens)
    remarks = parts_pb2.PageRemarks.FromString(names.get(REMARKS, b""))
    return Page(
        items,
        message.next_page_token or None,
        more_tokens=more,
        insert_resources=INSERT in names,
        rate_limit=rate_limit(message.annotations),
        gaps=tuple(remarks.gaps),
        skipped=(*skipped, *remarks.skipped),
    )
