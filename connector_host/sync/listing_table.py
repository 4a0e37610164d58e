"""The listings of a sync: one row for each list hook, with its phase, its call, its check and its storing.

A new list hook is a row here, a method of `plugins.facade.Connector`, and where its items are new to us a check in
`page_checks` and a store in `page_storing`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from ..errors import PluginError
from ..model import Page, Resource, ResourceType
from ..plugins.facade import Connector
from .page_checks import PageChecker
from .page_storing import PageStore
from .single_resources import fetched
from .working.queue import Phase, QueuedListing

__all__ = ["LISTINGS", "ListHook", "ListingRequest", "Subject", "call_listing", "missing_hook"]


class Subject(enum.Enum):
    """The object that a list hook is called about."""

    NOTHING = enum.auto()
    TYPE = enum.auto()
    RESOURCE_ID = enum.auto()
    RESOURCE = enum.auto()


class ListingRequest(Struct, frozen=True, kw_only=True):
    """The arguments of one call of a list hook; those that the hook has no use for are None."""

    action: QueuedListing
    page_size: int | None = None
    resource_type: ResourceType | None = None
    parent: Resource | None = None
    resource: Resource | None = None
    etag: str | None = None


class ListHook(Struct, frozen=True, kw_only=True):
    """One list hook. `skips_type` and `skips_resource` tell which ones ask not to be listed by it."""

    hook: str
    phase: Phase
    subject: Subject
    call: Callable[[Connector, Any, Any], Page[Any]]
    check: Callable[[PageChecker, QueuedListing, Page[Any]], Any]
    store: Callable[[PageStore, QueuedListing, Page[Any]], None]
    skips_type: Callable[[ResourceType], bool] = lambda _type: False
    skips_resource: Callable[[Resource], bool] = lambda _resource: False

    def has_subject(self, action: QueuedListing) -> bool:
        """Return True for a listing about a resource or under a parent, which may be gone without harm."""
        return self.subject is not Subject.NOTHING and (self.subject is not Subject.TYPE or bool(action.parent_type))


def missing_hook(connector: str, resource_type: str, hook: str) -> PluginError:
    """Return the error about a type that asks for a hook that the connector lacks."""
    return PluginError(
        f"connector {connector!r}: the type {resource_type!r} is to be listed by {hook}, which it lacks",
        hint="Implement the hook, or leave entitlements_by_type and grants_by_type out of the type.",
    )


def call_listing(connector: Connector, request: ListingRequest) -> Callable[[Any], Page[Any]]:
    """Return the hook call of a request as a function of the session."""
    call = LISTINGS[request.action.hook].call
    return lambda session: call(connector, session, request)


LISTINGS: Mapping[str, ListHook] = {
    listing.hook: listing
    for listing in (
        ListHook(
            hook="list_resource_types",
            phase=Phase.RESOURCE_TYPES,
            subject=Subject.NOTHING,
            call=lambda connector, session, r: connector.list_resource_types(session, r.action.page_token),
            check=PageChecker.resource_types,
            store=PageStore.resource_types,
        ),
        ListHook(
            hook="list_resources",
            phase=Phase.RESOURCES,
            subject=Subject.TYPE,
            call=lambda connector, session, r: connector.list_resources(
                session, r.resource_type, r.parent, r.action.page_token, r.page_size
            ),
            check=PageChecker.resources,
            store=PageStore.resources,
        ),
        ListHook(
            hook="get_resource",
            phase=Phase.RESOURCES,
            subject=Subject.RESOURCE_ID,
            call=lambda connector, session, r: fetched(connector, session, r.action),
            check=PageChecker.resources,
            store=PageStore.fetched_resource,
        ),
        ListHook(
            hook="list_static_entitlements",
            phase=Phase.STATIC_ENTITLEMENTS,
            subject=Subject.TYPE,
            call=lambda connector, session, r: connector.list_static_entitlements(
                session, r.resource_type, r.action.page_token, r.page_size
            ),
            check=PageChecker.entitlements,
            store=PageStore.static_entitlements,
        ),
        ListHook(
            hook="list_entitlements",
            phase=Phase.ENTITLEMENTS,
            subject=Subject.RESOURCE,
            call=lambda connector, session, r: connector.list_entitlements(
                session, r.resource, r.action.page_token, r.page_size
            ),
            check=PageChecker.entitlements,
            store=PageStore.entitlements,
            skips_type=lambda item: (
                item.skip_entitlements_and_grants or item.skip_entitlements or item.entitlements_by_type
            ),
            skips_resource=lambda item: item.skip_entitlements_and_grants or item.skip_entitlements,
        ),
        ListHook(
            hook="list_type_entitlements",
            phase=Phase.ENTITLEMENTS,
            subject=Subject.TYPE,
            call=lambda connector, session, r: connector.list_type_entitlements(
                session, r.resource_type, r.action.page_token, r.page_size
            ),
            check=PageChecker.entitlements,
            store=PageStore.type_entitlements,
            skips_type=lambda item: not item.entitlements_by_type,
        ),
        ListHook(
            hook="list_type_grants",
            phase=Phase.GRANTS,
            subject=Subject.TYPE,
            call=lambda connector, session, r: connector.list_type_grants(
                session, r.resource_type, r.action.page_token, r.page_size
            ),
            check=PageChecker.grants,
            store=PageStore.type_grants,
            skips_type=lambda item: not item.grants_by_type,
        ),
        ListHook(
            hook="list_grants",
            phase=Phase.GRANTS,
            subject=Subject.RESOURCE,
            call=lambda connector, session, r: connector.list_grants(
                session, r.resource, r.action.page_token, r.page_size, r.etag
            ),
            check=PageChecker.grants,
            store=PageStore.grants,
            skips_type=lambda item: item.skip_entitlements_and_grants or item.grants_by_type,
            skips_resource=lambda item: item.skip_entitlements_and_grants or item.skip_grants,
        ),
    )
}
"""The listings by hook, in the order of their phases."""
