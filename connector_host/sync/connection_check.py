"""A test of a connector that writes nothing: the identity of the session, and the first page of each listing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from ..errors import (
    BadResponse,
    ConnectorHostError,
    IncompleteSync,
    NotFound,
    NotPermitted,
    PluginError,
    RateLimited,
    Unavailable,
)
from ..model import Entitlement, Identity, Page, Resource, ResourceType
from ..options import Options
from ..plugins.facade import Connector
from ..run import Run
from ..wire import encode
from .guards.malformed_limit import is_above_limit
from .hook_calls import Caller, Sessions
from .listing_table import LISTINGS, ListingRequest, Subject, call_listing, missing_hook
from .page_checks import DEFECT_HINT, PageChecker
from .working.queue import Phase, QueuedListing

__all__ = ["ConnectionCheck", "ListingCheck", "check"]

GAPS_HINT = (
    "A sync would be incomplete (exit 6): use an identity with more rights, or accept the gaps with --allow-partial."
)


class ListingCheck(Struct, frozen=True, kw_only=True):
    """The first page of one listing: its number of items, whether more follow, and the problem if there was one."""

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
        self._items: list[Any] = []
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
        yield from self._check("list_resource_types")
        types = self._types
        types.update({resource_type.id: resource_type for resource_type in self._items})
        examples: dict[str, Resource] = {}
        for resource_type in types.values():
            yield from self._check_resources(resource_type, None, examples)
        for parent in list(examples.values()):
            for child in parent.child_types:
                if child in types and child not in examples:
                    yield from self._check_resources(types[child], parent, examples)
        for resource_type in types.values():
            yield from self._check("list_static_entitlements", resource_type=resource_type)
        for resource_type in types.values():
            for hook in ("list_type_entitlements", "list_type_grants"):
                if not LISTINGS[hook].skips_type(resource_type):
                    yield from self._check(hook, resource_type=resource_type)
        for resource in examples.values():
            for listing in LISTINGS.values():
                if listing.subject is Subject.RESOURCE and not (
                    listing.skips_type(types[resource.id.resource_type]) or listing.skips_resource(resource)
                ):
                    yield from self._check(listing.hook, resource=resource)

    def _check_resources(
        self, resource_type: ResourceType, parent: Resource | None, examples: dict[str, Resource]
    ) -> Iterator[ListingCheck]:
        yield from self._check("list_resources", resource_type=resource_type, parent=parent)
        for item in self._items:
            examples.setdefault(item.id.resource_type, item)

    def _check(
        self,
        hook: str,
        *,
        resource_type: ResourceType | None = None,
        parent: Resource | None = None,
        resource: Resource | None = None,
    ) -> Iterator[ListingCheck]:
        """Read and check the first page of one listing, if the connector has the hook; its items are `_items` then."""
        self._items = []
        listing = LISTINGS[hook]
        action = QueuedListing(
            phase=listing.phase,
            hook=hook,
            resource_type=resource_type.id if resource_type else resource.id.resource_type if resource else "",
            resource=resource.id.resource if resource else "",
            parent_type=parent.id.resource_type if parent else "",
            parent=parent.id.resource if parent else "",
        )
        if hook not in self._connector.hooks:
            if listing.phase in (Phase.ENTITLEMENTS, Phase.GRANTS) and resource_type is not None:
                yield _problem(action, missing_hook(self._connector.name, resource_type.id, hook))
            return
        request = ListingRequest(action=action, resource_type=resource_type, parent=parent, resource=resource)
        try:
            page, _ = self._caller.call(hook, action.subject, call_listing(self._connector, request))
            self._items = self._storable(action, page, listing.check(self._checker, action, page))
        except (RateLimited, Unavailable, BadResponse) as error:
            error.hint = "The remaining listings were not read. Run the same command again later."
            yield _problem(action, error)
            return
        except (NotPermitted, NotFound, PluginError) as error:
            self._checker.take_counters()
            self._checker.take_malformed()
            if isinstance(error, NotFound) and listing.has_subject(action):
                yield _skipped(action, error)
            else:
                yield _problem(action, error)
            return
        yield self._result(action, page)

    def _storable(self, action: QueuedListing, page: Page[Any], checked: Any) -> list[Any]:
        """Return the checked items of a page that can be written, as a sync finds out when it stores them."""
        self._checker.reject_skipped(action, page)
        if not isinstance(checked, list):
            return []  # grants, which are encoded already
        storable: list[Any] = []
        write = partial(_encode_all, self._types, storable)
        self._checker.stored(action, page, checked, write, _attempt, strict=action.phase is Phase.RESOURCE_TYPES)
        return storable

    def _result(self, action: QueuedListing, page: Page[Any]) -> ListingCheck:
        malformed, number = self._checker.take_malformed(), len(page.items) + len(page.skipped)
        is_refused = bool(malformed) and (len(malformed) == number or is_above_limit(number, len(malformed)))
        sentence = _malformed_words(action, malformed, number, skipped=not is_refused) if malformed else ""
        exit_code = PluginError.exit_code if is_refused else IncompleteSync.exit_code if page.gaps else 0
        return ListingCheck(
            hook=action.hook,
            subject=action.subject,
            items=len(page.items) - len(malformed) + len(page.skipped),
            more=bool(page.next_token or page.more_tokens),
            problem="; ".join(filter(None, (sentence, *page.gaps, self._left_out()))),
            hint=DEFECT_HINT if is_refused else GAPS_HINT if page.gaps else "",
            exit_code=exit_code,
        )

    def _left_out(self) -> str:
        """Describe the items of the page just checked that a sync would drop."""
        counters = self._checker.take_counters().items()
        dropped = [(name.partition(":")[2], number) for name, number in counters if name.startswith("dropped")]
        return "; ".join(
            f"{number} of the type {type_id!r}, which is not listed" for type_id, number in dropped if type_id
        )


def _encode_all(types: Mapping[str, ResourceType], storable: list[Any], items: Sequence[Any]) -> None:
    """Encode items as a sync does, and add them to `storable`. TypeError or ValueError for one that cannot be."""
    encoded = [_encode(item, types) for item in items]
    storable.extend(items[: len(encoded)])


def _encode(item: Any, types: Mapping[str, ResourceType]) -> bytes:
    if isinstance(item, Entitlement):
        return encode.entitlement(item, types, is_template=True)
    return encode.resource_type(item) if isinstance(item, ResourceType) else encode.resource(item)


def _attempt(write: Callable[[], None]) -> None:
    write()


def _malformed_words(action: QueuedListing, malformed: Sequence[str], items: int, *, skipped: bool) -> str:
    first = malformed[0].removeprefix(f"{action.hook} of {action.subject}").lstrip(", ")
    return f"{first} ({len(malformed)} of {items} items malformed{': a sync skips them' if skipped else ''})"


def _skipped(action: QueuedListing, error: NotFound) -> ListingCheck:
    """Return the check of a listing whose subject is gone, which a sync skips."""
    return replace(_problem(action, error), problem=f"not found, so a sync skips it: {error.message}", exit_code=0)


def _problem(action: QueuedListing, error: ConnectorHostError) -> ListingCheck:
    prefix = f"{action.hook} of {action.subject}"
    message = error.message.partition(prefix)[2].lstrip(":, ") or error.message
    if message.startswith(("failed", "returned")):
        message = f"the hook {message}"
    return ListingCheck(
        hook=action.hook, subject=action.subject, problem=message, hint=error.hint, exit_code=error.exit_code
    )
