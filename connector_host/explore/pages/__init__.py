"""The pages: one function each, from a question to a sheet. `PAGES` has them by the name in their address."""

from __future__ import annotations

from collections.abc import Callable

from ..book import Book, Opened
from ..sheet import Ask, Sheet
from . import changes, graph, lists, matrix, objects, overview, why

__all__ = ["PAGES", "Page"]

Page = Callable[[Book, Opened, Ask], Sheet]
PAGES: dict[str, Page] = {
    "overview": overview.page,
    "principals": lists.principals,
    "resources": lists.resources,
    "types": lists.types,
    "entitlements": lists.entitlements,
    "grants": lists.grants,
    "principal": objects.principal,
    "resource": objects.resource,
    "entitlement": objects.entitlement,
    "why": why.page,
    "graph": graph.page,
    "matrix": matrix.page,
    "changes": changes.page,
}
