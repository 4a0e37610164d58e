"""Pages of listings. A page token is the offset where the page begins, so no state is kept between calls.

There are three forms of token: `50` (from item 50, one page size), `50-100` (items 50 to 99: a sibling page of fixed
size), and `loop:0:3`, which only the planned fault `looping_token` makes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from connector_host import (
    ConfigError,
    Entitlement,
    Grant,
    Page,
    Resource,
    ResourceId,
    ResourceType,
)

__all__ = ["Organisation", "PagedListing", "loop_token", "page_of"]

T = TypeVar("T")
TOKEN = re.compile(r"(\d{1,15})(?:-(\d{1,15}))?", re.ASCII)
LOOP = re.compile(r"loop:(\d{1,6}):(\d{1,6})", re.ASCII)


class PagedListing(Struct, Generic[T], frozen=True):
    """All items of one listing: `read(start, stop)` returns those of an offset range.

    `read(0, ...)` is called even when `total` is 0.
    """

    total: int
    read: Callable[[int, int], list[T]]


class Organisation(Protocol):
    """The organisation that the connector serves: a scenario or a sized one. Shared by the threads of a run."""

    account: str
    page_size: int

    def resource_types(self) -> PagedListing[ResourceType]:
        """Return the resource types."""

    def resources(self, resource_type: str, parent: ResourceId | None) -> PagedListing[Resource]:
        """Return the resources of a type under a parent, or (None) at top level."""

    def resource(self, resource_id: ResourceId) -> Resource | None:
        """Return one resource, or None."""

    def entitlements(self, resource_id: ResourceId) -> PagedListing[Entitlement]:
        """Return the entitlements of a resource."""

    def static_entitlements(self, resource_type: str) -> PagedListing[Entitlement]:
        """Return the entitlements of every resource of a type."""

    def etag(self, resource_id: ResourceId) -> str:
        """Return a text that changes with the grants on a resource."""

    def icons(self) -> frozenset[str]:
        """Return the ids of the images of its resources."""

    def grants(self, resource_id: ResourceId) -> PagedListing[Grant]:
        """Return the grants on a resource."""

    def type_entitlements(self, resource_type: str) -> PagedListing[Entitlement]:
        """Return the entitlements of all resources of a type."""

    def type_grants(self, resource_type: str) -> PagedListing[Grant]:
        """Return the grants on all resources of a type."""


def page_of(
    listing: PagedListing[T], token: str | None, size: int, where: str, *, siblings: bool = False, loops: bool = False
) -> Page[T]:
    """Return the page of `listing` that `token` names, `size` items long.

    With `siblings` the first page names all following pages in `more_tokens` instead of the next in `next_token`. With
    `loops` tokens of a looping_token fault are accepted. Raises ConfigError, naming `where`, for any other token.
    """
    if loops and token and (loop := LOOP.fullmatch(token)):
        step, length = int(loop[1]), int(loop[2])
        if step < length:
            return Page(listing.read(0, min(size, listing.total)), loop_token((step + 1) % length, length))
    start, stop = _range(listing.total, token, size, where)
    items = listing.read(start, stop)
    if stop >= listing.total or (token and "-" in token):
        return Page(items)
    if siblings and not token:
        return Page(
            items,
            more_tokens=tuple(
                f"{begin}-{min(begin + size, listing.total)}" for begin in range(stop, listing.total, size)
            ),
        )
    return Page(items, str(stop))


def loop_token(step: int, length: int) -> str:
    """Return a token that is repeated after `length` steps."""
    return f"loop:{step}:{length}"


def _range(total: int, token: str | None, size: int, where: str) -> tuple[int, int]:
    if not token:
        return 0, min(size, total)
    parts = TOKEN.fullmatch(token)
    if parts:
        start = int(parts[1])
        stop = int(parts[2]) if parts[2] else min(start + size, total)
        if 0 < start < stop <= total:
            return start, stop
    raise ConfigError(
        f"{where}: {token[:100]!r} is not a page token of this listing, which has {total} items",
        hint="The data changed since the sync began, or the token is of another connector: start again with --fresh.",
    )
