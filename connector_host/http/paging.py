"""Paging strategies: the request for a page, and the token of the next page in its response.

A page token is a text that holds all state: an offset, a cursor, or the address of the next page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from msgspec import Struct

from ..errors import BadResponse, ConfigError

__all__ = [
    "Cursor",
    "LinkHeader",
    "NextUrl",
    "Offset",
    "PageNumber",
    "PageRequest",
    "PageResponse",
    "Paging",
    "field_at",
]

LINK = re.compile(r"<([^>]*)>([^<]*)")
REL_NEXT = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))', re.IGNORECASE)


class PageRequest(Struct, frozen=True):
    """The parameters of the request for a page; `url` replaces the path if it is set."""

    params: Mapping[str, Any] = {}
    url: str = ""


class PageResponse(Struct, frozen=True):
    """A page that was read: its token and size, the items, the body that they are in, and the headers."""

    token: str | None
    size: int | None
    items: Sequence[Any]
    body: Any
    headers: Mapping[str, str]


class Paging(Protocol):
    """A paging strategy. Tokens of one that `names_addresses` are addresses, which the client makes absolute."""

    names_addresses: ClassVar[bool]

    def request(self, token: str | None, size: int | None) -> PageRequest:
        """Return the request for the page of a token, or (None) for the first page."""

    def next_token(self, response: PageResponse) -> str | None:
        """Return the token of the next page, or None after the last one."""


class LinkHeader(Struct, frozen=True, kw_only=True):
    """The header `Link: <...>; rel="next"` (RFC 8288) names the next page."""

    size_param: str = "per_page"
    names_addresses: ClassVar[bool] = True

    def request(self, token: str | None, size: int | None) -> PageRequest:
        """Return the request for a page: the token is its address."""
        return PageRequest({}, token) if token else PageRequest(_sized(self.size_param, size))

    def next_token(self, response: PageResponse) -> str | None:
        """Return the address of the next page."""
        for link in LINK.finditer(response.headers.get("link", "")):
            rel = REL_NEXT.search(link[2])
            if rel and "next" in (rel[1] or rel[2] or "").lower().split():
                return link[1]
        return None


class NextUrl(Struct, frozen=True, kw_only=True):
    """A field of the body has the address of the next page; `field` is its dotted path (`links.next`)."""

    field: str = "next"
    size_param: str = "limit"
    names_addresses: ClassVar[bool] = True

    def request(self, token: str | None, size: int | None) -> PageRequest:
        """Return the request for a page: the token is its address."""
        return PageRequest({}, token) if token else PageRequest(_sized(self.size_param, size))

    def next_token(self, response: PageResponse) -> str | None:
        """Return the address of the next page."""
        return _text(field_at(response.body, self.field), self.field)


class Cursor(Struct, frozen=True, kw_only=True):
    """A field of the body has the cursor of the next page, which is sent back as the parameter `param`.

    `more_field` is the dotted path of a boolean; when it is false the cursor is ignored.
    """

    field: str = "next_cursor"
    param: str = "cursor"
    size_param: str = "limit"
    more_field: str = ""
    names_addresses: ClassVar[bool] = False

    def request(self, token: str | None, size: int | None) -> PageRequest:
        """Return the request for a page: the token is the cursor."""
        return PageRequest({**_sized(self.size_param, size), **({self.param: token} if token else {})})

    def next_token(self, response: PageResponse) -> str | None:
        """Return the cursor."""
        if self.more_field and not field_at(response.body, self.more_field):
            return None
        return _text(field_at(response.body, self.field), self.field)


class Offset(Struct, frozen=True, kw_only=True):
    """The parameter `param` is the number of items to skip.

    `total_field` is the dotted path of the total. Without it the listing ends at an empty page, or with
    `short_page_ends` at a page that has fewer items than were asked for.
    """

    param: str = "offset"
    size_param: str = "limit"
    page_size: int = 100
    total_field: str = ""
    short_page_ends: bool = False
    names_addresses: ClassVar[bool] = False

    def request(self, token: str | None, size: int | None) -> PageRequest:
        """Return the request for a page: the token is the offset."""
        return PageRequest({self.param: _number(token, 0), **_sized(self.size_param, size or self.page_size)})

    def next_token(self, response: PageResponse) -> str | None:
        """Return the next offset."""
        end = _number(response.token, 0) + len(response.items)
        return None if _is_last(self, response, end) else str(end)


class PageNumber(Struct, frozen=True, kw_only=True):
    """The parameter `param` is the number of the page, from `first` on.

    `pages_field` is the dotted path of the number of pages, `total_field` that of the total of items. Without them the
    listing ends at an empty page, or with `short_page_ends` at a page that has fewer items than were asked for.
    """

    param: str = "page"
    size_param: str = "per_page"
    first: int = 1
    page_size: int = 100
    pages_field: str = ""
    total_field: str = ""
    short_page_ends: bool = False
    names_addresses: ClassVar[bool] = False

    def request(self, token: str | None, size: int | None) -> PageRequest:
        """Return the request for a page: the token is its number."""
        return PageRequest({self.param: _number(token, self.first), **_sized(self.size_param, size or self.page_size)})

    def next_token(self, response: PageResponse) -> str | None:
        """Return the next number."""
        number = _number(response.token, self.first)
        if self.pages_field:
            pages = _count(field_at(response.body, self.pages_field), self.pages_field)
            return str(number + 1) if number - self.first + 1 < pages else None
        end = (number - self.first) * (response.size or self.page_size) + len(response.items)
        return None if _is_last(self, response, end) else str(number + 1)


def field_at(body: Any, path: str) -> Any:
    """Return the value at a dotted path of a JSON value; the value itself for "", None if there is no such field."""
    for name in path.split(".") if path else ():
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _is_last(strategy: Offset | PageNumber, response: PageResponse, end: int) -> bool:
    if not response.items:
        return True
    if strategy.total_field:
        return end >= _count(field_at(response.body, strategy.total_field), strategy.total_field)
    return strategy.short_page_ends and len(response.items) < (response.size or strategy.page_size)


def _sized(param: str, size: int | None) -> dict[str, Any]:
    return {param: size} if size and param else {}


def _number(token: str | None, first: int) -> int:
    if not token:
        return first
    if not token.isascii() or not token.isdigit() or len(token) > 15:
        raise ConfigError(f"{token[:60]!r} is not a page token of this listing", hint="Start again with --fresh.")
    return int(token)


def _count(value: Any, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadResponse(f"the field {field} is {type(value).__name__}, not a number")
    return value


def _text(value: Any, field: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise BadResponse(f"the field {field} is {type(value).__name__}, not a text")
    return str(value)
