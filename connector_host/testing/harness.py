"""Read everything a connector lists, hook by hook, and remember what was asked and what came."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from ..errors import PluginError
from ..model import Entitlement, External, Grant, Page, Resource, ResourceType
from ..options import Options, resolve
from ..plugins.facade import Connector
from ..plugins.loading import load, make_connector
from ..run import Run
from ..sync.hook_calls import with_subject

__all__ = ["MOST_PAGES", "Asked", "Harness", "Problem", "Reading", "names"]

MOST_PAGES = 10_000
"""Pages of one listing after which it is taken for endless."""
LIST_HOOKS = ("list_resource_types", "list_resources", "list_static_entitlements", "list_entitlements", "list_grants")


class Problem(AssertionError):
    """A connector broke its contract; the text says where, how, and what to do."""

    @classmethod
    def of(cls, error: PluginError) -> Problem:
        """What the host says of a defect, without the host's lines, which would tell an author nothing."""
        hint = "" if error.hint.startswith("This is a defect") else f" {error.hint}"
        return cls(f"{error.message}.{hint}")


def short_trace(raised: Any) -> bool:
    """For pytest: whether to leave the kit's own lines out of a traceback. A `Problem` says it all in words."""
    return isinstance(raised.value, Problem)


__tracebackhide__ = short_trace


class Asked(Struct, frozen=True):
    """One page that was asked for: the hook, of what, and the answer. `call` asks again, in the session given."""

    hook: str
    subject: str
    page_token: str | None
    page: Page[Any]
    call: Callable[[Any], Page[Any]]

    def __str__(self) -> str:
        token = "" if self.page_token is None else f" at token {self.page_token[:80]!r}"
        return f"{self.hook} of {self.subject}{token}"


class Reading(Struct):
    """What a connector listed: its objects, and every page it was asked for."""

    types: list[ResourceType] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    entitlements: list[Entitlement] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def by_hook(self, hook: str) -> dict[str, Counter[str]]:
        """What a hook listed, as {subject: how often each name of an item}."""
        found: dict[str, Counter[str]] = {}
        for one in self.asked:
            if one.hook == hook:
                found.setdefault(one.subject, Counter()).update(names(one.page.items))
        return found


def names(items: Any) -> list[str]:
    """What tells each item from the others: an id, or for a grant the entitlement and the principal."""
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
    """One connector under test: loads it, opens sessions, reads what it lists.

    `connector` is the name of one that is installed, or a module or object with hooks. `options` are values as a person
    would give them.
    """

    def __init__(self, connector: str | object, options: Mapping[str, Any] | None = None) -> None:
        self.connector: Connector = (
            load(connector)
            if isinstance(connector, str)
            else make_connector(connector, "connector", version="0", distribution="under test")
        )
        self.options: Options = resolve(self.connector.options, flags=dict(options or {}), environ={})

    def open(self) -> Any:
        """A new session, with a run of its own."""
        run = Run(logging.getLogger(f"connector_host.plugins.facade.{self.connector.name}"))
        return self.connector.open_session(self.options, run) if "open_session" in self.connector.hooks else None

    def close(self, session: Any) -> None:
        """End a session."""
        close = getattr(session, "close", None)
        if close is not None:
            close()

    def takes_page_size(self, hook: str) -> bool:
        """Whether a hook declares `page_size`."""
        return self.connector.accepts(hook, "page_size")

    def read(self, session: Any, page_size: int | None = None) -> Reading:
        """Everything, each listing to its end. Problem when one has none."""
        return _ListingReader(self.connector, session, page_size).read()


class _ListingReader:
    def __init__(self, connector: Connector, session: Any, page_size: int | None) -> None:
        self._connector, self._session, self._size = connector, session, page_size
        self._reading = Reading()

    def read(self) -> Reading:
        reading, connector = self._reading, self._connector
        types: list[ResourceType] = self._pages(
            "list_resource_types", "everything", lambda token: lambda s: connector.list_resource_types(s, token)
        )
        reading.types += types
        for kind in types:
            self._resources(kind, None)
        seen = set()
        for resource in reading.resources:  # grows while it is gone through: children have children
            for name in resource.child_types:
                child = next((kind for kind in types if kind.id == name), None)
                if child is not None and (name, resource.id) not in seen:
                    seen.add((name, resource.id))
                    self._resources(child, resource)
        for kind in types:
            self._static(kind)
        skipped = {kind.id for kind in types if kind.skip_entitlements_and_grants}
        no_entitlements = skipped | {kind.id for kind in types if kind.skip_entitlements}
        for resource in list(reading.resources):
            self._held(resource, no_entitlements, skipped)
        return reading

    def _resources(self, kind: ResourceType, parent: Resource | None) -> None:
        connector, size = self._connector, self._size
        subject = f"{kind.id} under {parent.id}" if parent else kind.id
        self._reading.resources += self._pages(
            "list_resources",
            subject,
            lambda token: lambda s: connector.list_resources(s, kind, parent, token, size),
        )

    def _static(self, kind: ResourceType) -> None:
        connector, size = self._connector, self._size
        made = self._pages(
            "list_static_entitlements",
            kind.id,
            lambda token: lambda s: connector.list_static_entitlements(s, kind, token, size),
        )
        members = [one for one in self._reading.resources if one.id.resource_type == kind.id]
        self._reading.entitlements += [
            Entitlement(one, template.slug, template.purpose) for template in made for one in members
        ]

    def _held(self, resource: Resource, no_entitlements: set[str], skipped: set[str]) -> None:
        connector, size, kind = self._connector, self._size, resource.id.resource_type
        all_off = resource.skip_entitlements_and_grants
        if kind not in no_entitlements and not (all_off or resource.skip_entitlements):
            self._reading.entitlements += self._pages(
                "list_entitlements",
                str(resource.id),
                lambda token: lambda s: connector.list_entitlements(s, resource, token, size),
            )
        if kind not in skipped and not (all_off or resource.skip_grants):
            self._reading.grants += self._pages(
                "list_grants",
                str(resource.id),
                lambda token: lambda s: connector.list_grants(s, resource, token, size),
            )

    def _pages(
        self, hook: str, subject: str, question: Callable[[str | None], Callable[[Any], Page[Any]]]
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
                    f"{hook} of {subject} gave the page token {token!r} twice, so its pages would never end."
                    " Give None after the last page, and another token for each page before it."
                )
            if len(seen) >= MOST_PAGES:
                raise Problem(f"{hook} of {subject} has given {MOST_PAGES} pages and has no end in sight.")
            seen.add(token)
            call = question(token)
            try:
                page = call(self._session)
            except PluginError as error:
                error.message = with_subject(error.message, hook, subject)
                raise Problem.of(error) from None
            self._reading.asked.append(Asked(hook, subject, token, page, call))
            items += page.items
            waiting += [one for one in (page.next_token, *page.more_tokens) if one]
        return items


def is_external(grant: Grant) -> bool:
    """Whether the principal lives in another system."""
    return isinstance(grant.principal, External)
