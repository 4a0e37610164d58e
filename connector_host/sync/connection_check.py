"""A test of a connector that writes nothing: the identity of the session, and the first page of each listing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct, field

from ..errors import BadResponse, ConnectorHostError, NotFound, NotPermitted, PluginError, RateLimited, Unavailable
from ..model import Identity, Page, Resource, ResourceType
from ..options import Options
from ..plugins.facade import Connector
from ..run import Run
from .hook_calls import Caller, Sessions
from .page_storing import PageChecker

__all__ = ["ConnectionCheck", "ListingCheck", "check"]


class ListingCheck(Struct, frozen=True, kw_only=True):
    """The result of reading one first page: its hook and subject, the number of items, and a problem if any."""

    hook: str
    subject: str
    items: int = 0
    more: bool = False
    problem: str = ""
    hint: str = ""
    exit_code: int = 0


class ConnectionCheck(Struct, kw_only=True):
    """The identity of the session, and the results of the first pages."""

    connector: str
    identity: Identity
    listings: list[ListingCheck] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The exit code of the first problem, 0 without one."""
        return next((listing.exit_code for listing in self.listings if listing.exit_code), 0)


def check(connector: Connector, options: Options, run: Run, *, max_attempts: int) -> ConnectionCheck:
    """Sign in, read the identity, and read a first page of each list hook.

    A listing that is not permitted, not found or breaks the contract is reported, and the check continues. When the
    application stays unavailable, that is reported and the check ends with the results so far. Waits between attempts
    are logged. Raises every other error.
    """
    sessions = Sessions(connector, options, run, max_attempts=max_attempts)
    try:
        caller = Caller(
            sessions, run, connector=connector.name, max_attempts=max_attempts, on_wait=_log_waits(run.logger)
        )
        identity = caller.call("check_session", "the session", connector.check_session)[0]
        result = ConnectionCheck(connector=connector.name, identity=identity)
        result.listings.extend(_ConnectionChecker(connector, caller).run())
    finally:
        sessions.close()
    return result


def _log_waits(log: logging.Logger) -> Callable[[str, str, float, str], None]:
    def on_wait(hook: str, subject: str, seconds: float, reason: str) -> None:
        log.warning("Waiting %.1f s: %s (%s of %s)", seconds, reason, hook, subject)

    return on_wait


class _ConnectionChecker:
    def __init__(self, connector: Connector, caller: Caller) -> None:
        self._connector, self._caller = connector, caller
        self._pages: list[Any] = []
        self._types: dict[str, ResourceType] = {}
        self._checker = PageChecker(connector.name, self._types)

    def run(self) -> Iterator[ListingCheck]:
        """Check the listings, up to the first one for which the application stays unavailable."""
        for listing in self._listings():
            yield listing
            if listing.exit_code == Unavailable.exit_code:
                return

    def _listings(self) -> Iterator[ListingCheck]:
        """Check the types, the resources of each (top level, under the first parent), and the access on one of each."""
        yield self._check_listing(
            "list_resource_types", "everything", lambda s: self._connector.list_resource_types(s, None)
        )
        types = self._types
        types.update({resource_type.id: resource_type for resource_type in self._pages})
        examples: dict[str, Resource] = {}
        for resource_type in types.values():
            yield from self._resources(resource_type, None, examples)
        for parent in list(examples.values()):
            for child in parent.child_types:
                if child in types and child not in examples:
                    yield from self._resources(types[child], parent, examples)
        if "list_static_entitlements" in self._connector.hooks:
            for resource_type in types.values():
                yield self._static(resource_type)
        for resource in examples.values():
            yield from self._access(types[resource.id.resource_type], resource)

    def _resources(
        self, resource_type: ResourceType, parent: Resource | None, examples: dict[str, Resource]
    ) -> Iterator[ListingCheck]:
        if "list_resources" not in self._connector.hooks:
            return
        subject = f"{resource_type.id} under {parent.id}" if parent else resource_type.id
        yield self._check_listing(
            "list_resources", subject, lambda s: self._connector.list_resources(s, resource_type, parent, None, None)
        )
        for item in self._pages:
            examples.setdefault(item.id.resource_type, item)

    def _static(self, resource_type: ResourceType) -> ListingCheck:
        connector = self._connector
        return self._check_listing(
            "list_static_entitlements",
            resource_type.id,
            lambda s: connector.list_static_entitlements(s, resource_type, None, None),
        )

    def _access(self, resource_type: ResourceType, resource: Resource) -> Iterator[ListingCheck]:
        if resource_type.skip_entitlements_and_grants or resource.skip_entitlements_and_grants:
            return
        connector, subject = self._connector, str(resource.id)
        if "list_entitlements" in connector.hooks and not (
            resource_type.skip_entitlements or resource.skip_entitlements
        ):
            yield self._check_listing(
                "list_entitlements", subject, lambda s: connector.list_entitlements(s, resource, None, None)
            )
        if "list_grants" in connector.hooks and not resource.skip_grants:
            yield self._check_listing("list_grants", subject, lambda s: connector.list_grants(s, resource, None, None))

    def _checked(self, hook: str, subject: str, page: Page[Any]) -> list[Any]:
        """Return the items of a page that a sync would store. PluginError for one that a sync would refuse."""
        match hook:
            case "list_resource_types":
                return self._checker.resource_types(page.items, subject)
            case "list_resources":
                return self._checker.resources(page.items, subject)
            case "list_entitlements" | "list_static_entitlements":
                return self._checker.entitlements(page.items, hook, subject)
        self._checker.grants(page.items, subject, insert_resources=page.insert_resources)
        return list(page.items)

    def _check_listing(self, hook: str, subject: str, question: Callable[[Any], Page[Any]]) -> ListingCheck:
        self._pages = []
        try:
            page, _ = self._caller.call(hook, subject, question)
            self._pages = self._checked(hook, subject, page)
        except (RateLimited, Unavailable, BadResponse) as error:
            error.hint = "The remaining listings were not read. Run the same command again later."
            return _problem(hook, subject, error)
        except (NotPermitted, NotFound, PluginError) as error:
            self._checker.take_counters()
            return _problem(hook, subject, error)
        more = bool(page.next_token or page.more_tokens)
        return ListingCheck(hook=hook, subject=subject, items=len(page.items), more=more, problem=self._left_out())

    def _left_out(self) -> str:
        """Describe the items of the page just checked that a sync would drop."""
        counted = self._checker.take_counters()
        dropped = [(name.partition(":")[2], times) for name, times in counted.items() if name.startswith("dropped")]
        return "; ".join(
            f"{times} of the type {type_id!r}, which is not listed" for type_id, times in dropped if type_id
        )


def _problem(hook: str, subject: str, error: ConnectorHostError) -> ListingCheck:
    message = error.message.partition(f"{hook} of {subject}")[2].lstrip(":, ") or error.message
    return ListingCheck(hook=hook, subject=subject, problem=message, hint=error.hint, exit_code=error.exit_code)
