"""Reading of everything that a connector lists, hook by hook, with a record of each call and its page."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from ..errors import PluginError
from ..model import Entitlement, External, Grant, Page, Resource, ResourceType, entitlement_id
from ..options import Options, resolve
from ..plugins.facade import Connector
from ..plugins.loading import load, make_connector
from ..run import Run
from ..sync.hook_calls import with_subject

__all__ = ["MOST_PAGES", "Harness", "ListCall", "Problem", "Reading", "names"]

MOST_PAGES = 10_000
"""Pages of one listing after which it is considered endless."""
LIST_HOOKS = (
    *("list_resource_types", "list_resources", "list_static_entitlements"),
    *("list_type_entitlements", "list_entitlements", "list_type_grants", "list_grants"),
)


class Problem(AssertionError):
    """A breach of the contract by a connector; the text says where, how, and what to do."""

    @classmethod
    def of(cls, error: PluginError) -> Problem:
        """Return the host's message for a defect as a Problem, without the traceback of the host's own code."""
        hint = "" if error.hint.startswith("This is a defect") else f" {error.hint}"
        return cls(f"{error.message}.{hint}")


def short_trace(raised: Any) -> bool:
    """Tell pytest to hide the kit's own lines in the traceback of a `Problem`, whose text is complete."""
    return isinstance(raised.value, Problem)


__tracebackhide__ = short_trace


class ListCall(Struct, frozen=True):
    """A list hook's call: the hook, its subject, the token and the page. `call(session)` repeats it."""

    hook: str
    subject: str
    page_token: str | None
    page: Page[Any]
    call: Callable[[Any], Page[Any]]

    def __str__(self) -> str:
        token = "" if self.page_token is None else f" at token {self.page_token[:80]!r}"
        return f"{self.hook} of {self.subject}{token}"


class Reading(Struct):
    """Everything that a connector listed: its objects, and each call with its page.

    `inserted` are the ids of entitlements that a sync stores with the resources of a page with `insert_resources`.
    """

    types: list[ResourceType] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    entitlements: list[Entitlement] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    calls: list[ListCall] = field(default_factory=list)
    inserted: set[str] = field(default_factory=set)

    @property
    def asked(self) -> list[ListCall]:
        """Return `calls`. Deprecated: this is its former name."""
        return self.calls

    def by_hook(self, hook: str) -> dict[str, Counter[str]]:
        """Return what a hook listed as {subject: {name of an item: count}}."""
        counts: dict[str, Counter[str]] = {}
        for call in self.calls:
            if call.hook == hook:
                counts.setdefault(call.subject, Counter()).update(names(call.page.items))
        return counts


def names(items: Any) -> list[str]:
    """Return the identity of each item: its id, or for a grant the entitlement and the principal."""
    return [_name(item) for item in items]


def _name(item: Any) -> str:
    match item:
        case Grant():
            return f"{item.entitlement.id} -> {item.principal_id}"
        case Resource():
            return str(item.id)
        case ResourceType() | Entitlement():
            return item.id
    return repr(item)


class Harness:
    """One connector under test: loads it, opens sessions, reads its listings.

    `connector` is the name of an installed connector, or a module or object with hooks. `options` maps option names to
    values as a person would type them.
    """

    def __init__(self, connector: str | object, options: Mapping[str, Any] | None = None) -> None:
        self.connector: Connector = (
            load(connector)
            if isinstance(connector, str)
            else make_connector(connector, "connector", version="0", distribution="under test")
        )
        self.options: Options = resolve(self.connector.options, flags=dict(options or {}), environ={})

    def open(self) -> Any:
        """Open a new session, with a run of its own."""
        run = Run(logging.getLogger(f"connector_host.plugins.facade.{self.connector.name}"))
        return self.connector.open_session(self.options, run) if "open_session" in self.connector.hooks else None

    def close(self, session: Any) -> None:
        """Close a session."""
        close = getattr(session, "close", None)
        if close is not None:
            close()

    def takes_page_size(self, hook: str) -> bool:
        """Return True if a hook declares `page_size`."""
        return self.connector.accepts(hook, "page_size")

    def read(self, session: Any, page_size: int | None = None) -> Reading:
        """Read every listing to its end. Raises Problem for a listing that does not end."""
        return _ListingReader(self.connector, session, page_size).read()


class _ListingReader:
    def __init__(self, connector: Connector, session: Any, page_size: int | None) -> None:
        self._connector, self._session, self._size = connector, session, page_size
        self._reading = Reading()
        self._templates: dict[str, list[Entitlement]] = {}

    def read(self) -> Reading:
        reading, connector = self._reading, self._connector
        types: list[ResourceType] = self._pages(
            "list_resource_types", "everything", lambda token: lambda s: connector.list_resource_types(s, token)
        )
        reading.types += types
        for resource_type in types:
            self._read_resources(resource_type, None)
        seen = set()
        for resource in reading.resources:  # grows during the loop: children have children
            for name in resource.child_types:
                child = next((resource_type for resource_type in types if resource_type.id == name), None)
                if child is not None and (name, resource.id) not in seen:
                    seen.add((name, resource.id))
                    self._read_resources(child, resource)
        for resource_type in types:
            self._read_static(resource_type)
            self._read_by_type(resource_type)
        skipped = {item.id for item in types if item.skip_entitlements_and_grants or item.grants_by_type}
        no_entitlements = {
            item.id
            for item in types
            if item.skip_entitlements_and_grants or item.skip_entitlements or item.entitlements_by_type
        }
        for resource in list(reading.resources):
            self._read_access(resource, no_entitlements, skipped)
        return reading

    def _read_resources(self, resource_type: ResourceType, parent: Resource | None) -> None:
        connector, size = self._connector, self._size
        subject = f"{resource_type.id} under {parent.id}" if parent else resource_type.id
        self._reading.resources += self._pages(
            "list_resources",
            subject,
            lambda token: lambda s: connector.list_resources(s, resource_type, parent, token, size),
        )

    def _read_static(self, resource_type: ResourceType) -> None:
        connector, size = self._connector, self._size
        templates = self._pages(
            "list_static_entitlements",
            resource_type.id,
            lambda token: lambda s: connector.list_static_entitlements(s, resource_type, token, size),
        )
        self._templates[resource_type.id] = templates
        members = [member for member in self._reading.resources if member.id.resource_type == resource_type.id]
        self._reading.entitlements += [
            Entitlement(member, template.slug, template.purpose) for template in templates for member in members
        ]

    def _read_by_type(self, resource_type: ResourceType) -> None:
        connector, size = self._connector, self._size
        if resource_type.entitlements_by_type:
            self._reading.entitlements += self._pages(
                "list_type_entitlements",
                resource_type.id,
                lambda token: lambda s: connector.list_type_entitlements(s, resource_type, token, size),
            )
        if resource_type.grants_by_type:
            self._reading.grants += self._pages(
                "list_type_grants",
                resource_type.id,
                lambda token: lambda s: connector.list_type_grants(s, resource_type, token, size),
            )

    def _read_access(self, resource: Resource, no_entitlements: set[str], skipped: set[str]) -> None:
        connector, size, type_id = self._connector, self._size, resource.id.resource_type
        all_off = resource.skip_entitlements_and_grants
        if type_id not in no_entitlements and not (all_off or resource.skip_entitlements):
            self._reading.entitlements += self._pages(
                "list_entitlements",
                str(resource.id),
                lambda token: lambda s: connector.list_entitlements(s, resource, token, size),
            )
        if type_id not in skipped and not (all_off or resource.skip_grants):
            before = len(self._reading.calls)
            self._reading.grants += self._pages(
                "list_grants",
                str(resource.id),
                lambda token: lambda s: connector.list_grants(s, resource, token, size),
            )
            for call in self._reading.calls[before:]:
                if call.page.insert_resources:
                    self._insert(call.page.items)

    def _insert(self, grants: Sequence[Grant]) -> None:
        """Add the entitlements that a sync stores with the resources of a page with `insert_resources`."""
        for grant in grants:
            entitlement = grant.entitlement
            if isinstance(entitlement, Entitlement):
                self._reading.inserted.add(entitlement.id)
            resource = entitlement.resource
            self._reading.inserted.update(
                entitlement_id(resource.id, template.slug)
                for template in self._templates.get(resource.id.resource_type, ())
            )

    def _pages(
        self, hook: str, subject: str, call_for: Callable[[str | None], Callable[[Any], Page[Any]]]
    ) -> list[Any]:
        if hook not in self._connector.hooks:
            return []
        items: list[Any] = []
        waiting: list[str | None] = [None]
        seen: set[str | None] = set()
        while waiting:
            token = waiting.pop(0)
            if token in seen:
                raise Problem(
                    f"{hook} of {subject} returned the page token {token!r} twice, so its pages would never end."
                    " Return None after the last page, and a new token after each page before it."
                )
            if len(seen) >= MOST_PAGES:
                raise Problem(f"{hook} of {subject} has returned {MOST_PAGES} pages and does not end.")
            seen.add(token)
            call = call_for(token)
            try:
                page = call(self._session)
            except PluginError as error:
                error.message = with_subject(error.message, hook, subject)
                raise Problem.of(error) from None
            self._reading.calls.append(ListCall(hook, subject, token, page, call))
            items += page.items
            waiting += [next_token for next_token in (page.next_token, *page.more_tokens) if next_token]
        return items


def is_external(grant: Grant) -> bool:
    """Return True if the principal lives in another system."""
    return isinstance(grant.principal, External)
