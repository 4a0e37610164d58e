"""The pages, one function each, from request to content. `PAGES` maps the name in an address to the function."""

from __future__ import annotations

from collections.abc import Callable

from ..open_files import OpenFiles, OpenSync
from ..page_content import PageContent, PageQuery
from . import change_pages, graph_page, list_pages, matrix_page, object_pages, overview_page, path_page, violation_page

__all__ = ["PAGES", "Page"]

Page = Callable[[OpenFiles, OpenSync, PageQuery], PageContent]
PAGES: dict[str, Page] = {
    "overview": overview_page.page,
    "principals": list_pages.principals,
    "resources": list_pages.resources,
    "types": list_pages.types,
    "entitlements": list_pages.entitlements,
    "grants": list_pages.grants,
    "principal": object_pages.principal,
    "resource": object_pages.resource,
    "entitlement": object_pages.entitlement,
    "why": path_page.page,
    "graph": graph_page.page,
    "matrix": matrix_page.page,
    "changes": change_pages.page,
    "violations": violation_page.page,
}
