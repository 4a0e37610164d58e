"""The collection of everything a connector lists: phase by phase, page by page, from a queue that survives the process.

Every phase is three steps that can all be repeated: plan (queue what is to be listed), drain (work the queue off,
several pages at once), close (build the indexes, fold repeated ids). A run that resumes another's work goes through
all phases: where everything is done, it finds nothing to do.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from ..errors import ConnectorHostError, FileError, NotFound, NotPermitted, PluginError, Stopped, Unavailable
from ..model import Page, Resource, ResourceId, ResourceType
from ..plugins.facade import Connector
from ..run import Run
from .guards.endless_listings import EndlessListingGuard
from .guards.malformed_limit import check_malformed, check_nothing_but_malformed
from .hook_calls import Caller
from .listing_progress import ListingProgress
from .listing_table import LISTINGS, ListingRequest, Subject, call_listing, missing_hook
from .observers import Observers
from .page_checks import PageChecker
from .page_storing import PageStore
from .previous_grants import PreviousGrants
from .scope import Scope
from .single_resources import fetch_action
from .worker_pool import Calls, Fetched, Inline, Waiting
from .working.database import WorkingSync
from .working.queue import Phase, QueuedListing

__all__ = ["Collector", "NothingFound"]

NOT_FOUND_LIMIT, NOT_FOUND_SHARE = 10, 0.10
"""More listings than this that were not found, and a larger share of all: the connector is broken, not the data."""
UNCHANGED, TAKEN_OVER = "unchanged grant listings", "grants of the previous sync"
"""Counters of listings whose grants did not change, and of the grants that were taken over."""
FORESEEN = ("list_entitlements", "list_grants")
"""Listings that are announced to a connector process: there are many of them."""
RECENT = 256
"""Resources kept decoded."""
POLL = 0.5
"""Seconds between two checks of the stop signal, while calls take longer."""
SETTLE = 10.0
"""Seconds of listing that a power loss may cost."""
GROUP = 0.1
"""Seconds in which pages that come quickly are collected before they are written together: what a kill may cost."""
QUICK = 0.005
"""Seconds of a call from which on its page is written at once."""


class NothingFound(NotFound):
    """None of the resources that --sync-resources names exists."""


class Collector:
    """Lists everything into one working sync."""

    def __init__(
        self,
        connector: Connector,
        work: WorkingSync,
        caller: Caller,
        run: Run,
        observers: Observers,
        *,
        workers: int,
        page_size: int | None,
        scope: Scope,
        strict: bool = False,
        previous: PreviousGrants | None = None,
    ) -> None:
        self._connector, self._work, self._caller, self._run = connector, work, caller, run
        self._observers, self._workers, self._page_size = observers, workers, page_size
        self._scope, self._targets = scope, scope.target_ids
        self._types: dict[str, ResourceType] = {}
        self._known_types: dict[str, ResourceType] = {}  # those outside the scope, too
        checker = PageChecker(connector.name, self._types, strict=strict)
        found_hooks = [listing.hook for listing in LISTINGS.values() if listing.subject is Subject.RESOURCE]
        has_etags = not scope.targets and connector.accepts("list_grants", "etag")
        self._pages = PageStore(work, checker, scope, self._types, self._known_types, found_hooks, has_etags=has_etags)
        self._previous = previous if has_etags else None
        self._endless = EndlessListingGuard(connector.name)
        self._recent: dict[ResourceId, Resource | None] = {}
        self._settled = self._flushed = time.monotonic()
        self._progress: ListingProgress
        self.writing_seconds = 0.0

    def run(self) -> None:
        """Go through all phases. What may not be read stays in the queue as unread."""
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="worker") if self._workers > 1 else Inline()
        with pool:
            try:
                self._list_types(pool)
                self._list_resources(pool)
                if not self._scope.resources_only:
                    self._list_entitlements(pool)
                if self._scope.grants:
                    self._list_grants(pool)
                if not self._targets:
                    with self._work.transaction():
                        self._pages.count_unlisted_resources()
            except BaseException as error:
                self._run.stop(error if isinstance(error, ConnectorHostError) else None)
                raise

    # ----------------------------------------------------------------------------------------------- phases

    def _list_types(self, pool: Executor) -> None:
        self._plan_types("list_resource_types", [""])
        self._drain(pool, Phase.RESOURCE_TYPES)
        self._close("resource_types")
        self._types.update({item.id: item for item in self._work.resource_types()})
        self._known_types.update({item.id: item for item in self._work.kept_types()} | self._types)
        self._scope.check(self._known_types)

    def _list_resources(self, pool: Executor) -> None:
        if self._targets:
            self._plan_targets()
        else:
            self._plan_types("list_resources", list(self._types))
        self._drain(pool, Phase.RESOURCES)
        self._close("resources")
        if self._targets and not any(self._work.resource(target) for target in self._targets):
            names = ", ".join(sorted(str(target) for target in self._targets))
            raise NothingFound(
                f"nothing was synced: the application has none of the resources that --sync-resources names ({names})",
                hint="Check the ids: `connector-host resources -f FILE` lists those of an earlier sync.",
            )

    def _list_entitlements(self, pool: Executor) -> None:
        self._plan_types("list_static_entitlements", list(self._types))
        self._drain(pool, Phase.STATIC_ENTITLEMENTS)
        self._plan_by_type("list_type_entitlements")
        self._plan_resources("list_entitlements")
        self._drain(pool, Phase.ENTITLEMENTS)
        self._close("entitlements")

    def _list_grants(self, pool: Executor) -> None:
        self._plan_by_type("list_type_grants")
        self._plan_resources("list_grants")
        self._drain(pool, Phase.GRANTS)

    def _plan_types(self, hook: str, type_ids: list[str]) -> None:
        """Queue a hook once for each type, unless that was done or the connector lacks the hook."""
        key = f"planned:{hook}"
        with self._work.transaction():
            if hook in self._connector.hooks and not self._work.state(key):
                phase = LISTINGS[hook].phase
                self._work.queue.push(QueuedListing(phase=phase, hook=hook, resource_type=name) for name in type_ids)
                self._work.set_state(key, 1)

    def _plan_by_type(self, hook: str) -> None:
        """Queue a hook once for each type that is to be listed as a whole; with targets, for the types of these."""
        chosen = {target.resource_type for target in self._targets} or set(self._types)
        types = [item.id for item in self._types.values() if item.id in chosen and not LISTINGS[hook].skips_type(item)]
        if types and hook not in self._connector.hooks:
            raise missing_hook(self._connector.name, types[0], hook)
        self._plan_types(hook, types)

    def _plan_resources(self, hook: str) -> None:
        if hook in self._connector.hooks:
            listing = LISTINGS[hook]
            skipped = [item.id for item in self._types.values() if listing.skips_type(item)]
            only = [str(target) for target in self._targets] or None
            with self._work.transaction():
                self._work.plan(listing.phase, hook, skipped, only)

    def _plan_targets(self) -> None:
        with self._work.transaction():
            if not self._work.state("planned:get_resource"):
                self._work.queue.push(
                    fetch_action(Phase.RESOURCES, target.id, target.parent) for target in self._scope.targets
                )
                self._work.set_state("planned:get_resource", 1)

    def _close(self, table: str) -> None:
        folded = self._work.close_table(table)
        if folded:
            with self._work.transaction():
                self._work.count_up({f"merged {table}": folded})

    # ----------------------------------------------------------------------------------------------- the loop

    def _drain(self, pool: Executor, phase: Phase) -> None:
        """Work off the queue of a phase. The next pages are requested before the last one is written."""
        self._progress = ListingProgress(self._work, self._observers, phase, known=not self._targets)
        waiting = Waiting(self._work, phase, self._skip)
        calls = Calls(pool, self._caller, self._workers)
        try:
            while True:
                self._start_calls(calls, waiting)
                if not len(calls):
                    break
                ended = calls.next(0)
                if ended is None:
                    self._flush()  # nothing else is to be done
                    ended = calls.next(POLL)
                if self._run.stopping.is_set():
                    raise Stopped("the run was stopped")
                if ended is not None:
                    self._take(calls, waiting, *ended)
        except BaseException:
            with suppress(FileError):  # the pages that were complete; the error of the disk is known already
                self._flush()
            raise
        finally:
            calls.cancel()
            self._endless.clear()
        self._flush()
        check_nothing_but_malformed(self._connector.name, self._work, phase)
        for listing in LISTINGS.values():
            if listing.phase is phase and listing.subject is not Subject.RESOURCE_ID:
                self._observers.phase_finished(listing.hook)

    def _start_calls(self, calls: Calls, waiting: Waiting) -> None:
        while calls.have_room and (action := next(waiting, None)) is not None:
            calls.start(action, call_listing(self._connector, self._request(action)))

    def _flush(self) -> None:
        """Write the pages that wait, and now and then to the disk."""
        started = time.perf_counter()
        self._work.flush()
        self._flushed = time.monotonic()
        if self._flushed - self._settled > SETTLE:
            self._work.settle()
            self._settled = self._flushed
        self.writing_seconds += time.perf_counter() - started

    def _skip(self, action: QueuedListing) -> bool:
        """Finish the action of a resource that asks not to be listed; return whether it was one."""
        listing = LISTINGS[action.hook]
        if listing.subject is not Subject.RESOURCE:
            return False
        resource = self._resource(action)
        if resource is not None and not listing.skips_resource(resource):
            return False
        with self._work.page():
            self._work.queue.finish(action)
        self._progress.finish()
        return True

    def _take(self, calls: Calls, waiting: Waiting, action: QueuedListing, future: Future[Fetched]) -> None:
        """Store the result of a call, after the next call is submitted."""
        try:
            fetched = future.result()
        except NotFound as error:
            self._give_up(action, error)
            self._progress.finish()
            return
        except NotPermitted as error:
            with self._work.transaction():
                self._work.queue.set_unread(action, _reason(action, error))
            self._progress.finish()
            return
        page = fetched.page
        self._endless.check(action, page)
        if page.next_token:
            waiting.add_next_page(replace(action, page_token=page.next_token))
        if not calls.placement.inline:
            self._start_calls(calls, waiting)
        elif not page.next_token and self._connector.is_remote:
            self._foresee(waiting)
        started = time.perf_counter()
        if page.unchanged:
            number = self._take_over(action)
        else:
            self._store(action, page)
            number = len(page.items)
        self.writing_seconds += time.perf_counter() - started
        if fetched.cost.wall > QUICK or time.monotonic() - self._flushed > GROUP:
            self._flush()
        self._observers.page_synced(action.hook, action.resource_type, number, fetched.seconds)
        self._progress.add(len(page.more_tokens))
        if not page.next_token:
            self._progress.finish()

    def _foresee(self, waiting: Waiting) -> None:
        """Announce the next listing to a process, which makes its first page while the last page is stored."""
        action = waiting.peek()
        if action is not None and action.hook in FORESEEN and (resource := self._resource(action)) is not None:
            self._caller.foresee(action.hook, resource, self._page_size)

    def _request(self, action: QueuedListing) -> ListingRequest:
        """Return the arguments of an action's call, read from the working sync."""
        subject = LISTINGS[action.hook].subject
        if subject is Subject.TYPE:
            parent = self._work.parent(ResourceId(action.parent_type, action.parent)) if action.parent_type else None
            return ListingRequest(
                action=action,
                page_size=self._page_size,
                resource_type=self._types[action.resource_type],
                parent=parent,
            )
        if subject is not Subject.RESOURCE:
            return ListingRequest(action=action)
        resource = self._resource(action)
        if resource is None:
            raise PluginError(f"{action.subject} is queued but not stored", hint="Run again with --fresh.")
        etag = None
        if self._previous is not None and action.hook == "list_grants" and not action.page_token:
            etag = self._previous.etag(resource.id)
        return ListingRequest(action=action, page_size=self._page_size, resource=resource, etag=etag)

    def _resource(self, action: QueuedListing) -> Resource | None:
        """Return the resource an action is about; the pages of one come after each other."""
        key = ResourceId(action.resource_type, action.resource)
        if key not in self._recent:
            if len(self._recent) >= RECENT:
                self._recent.clear()
            self._recent[key] = self._work.resource(key)
        return self._recent[key]

    def _give_up(self, action: QueuedListing, error: ConnectorHostError) -> None:
        """Skip a listing whose subject was not found; without a subject, or with too many of them, the run fails."""
        listing = LISTINGS[action.hook]
        if not listing.has_subject(action):
            error.hint = error.hint or (
                "Nothing was written. A listing without a resource or parent cannot be skipped: check the options that"
                " name the organisation or address."
            )
            raise error
        if listing.subject is Subject.RESOURCE_ID:
            counter = f"missing resources:{action.resource_type}:{action.resource}"
        else:
            counter = f"not found:{action.hook}"
        with self._work.transaction():
            self._work.queue.finish(action)
            self._work.count_up({counter: 1, "actions": 1})
        counters = self._work.counters()
        missed = sum(number for name, number in counters.items() if name.startswith("not found:"))
        if missed > NOT_FOUND_LIMIT and missed > NOT_FOUND_SHARE * counters["actions"]:
            raise Unavailable(
                f"{missed} of {counters['actions']} listings were not found, the last: {error.message}",
                hint="The application or the connector does not work correctly; the checkpoint is kept.",
            ) from error

    def _store(self, action: QueuedListing, page: Page[Any]) -> None:
        """Store the rows of a page and the move of its action, all or nothing; most pages are written by `_flush`."""
        work, listing = self._work, LISTINGS[action.hook]
        reads_back = self._targets or page.insert_resources or listing.phase is Phase.STATIC_ENTITLEMENTS
        with work.transaction() if reads_back else work.page():
            listing.store(self._pages, action, page)
            if page.gaps:
                work.queue.push_unread(action, "; ".join(page.gaps))
            if page.next_token:
                work.queue.advance(action, page.next_token)
            else:
                work.queue.finish(action)
            work.queue.push(replace(action, page_token=token) for token in page.more_tokens)
            malformed = self._pages.count(action, page)
        if listing.subject is Subject.RESOURCE_ID or page.insert_resources:
            self._recent.clear()
        if malformed:
            check_malformed(self._connector.name, work, action)

    def _take_over(self, action: QueuedListing) -> int:
        """Store the grants of the previous sync on a resource whose grants are unchanged, and return their number."""
        resource, previous = self._resource(action), self._previous
        if resource is None or previous is None:
            raise PluginError(f"{action.subject} cannot be unchanged: there is no previous sync")
        number = 0
        with self._work.transaction():
            for part in previous.parts(resource):
                self._pages.grants(action, Page(part))
                self._work.flush()
                number += len(part)
            if etag := previous.etag(resource.id):
                self._work.put_etag(str(resource.id), etag)
            self._work.queue.finish(action)
            self._work.count_up({UNCHANGED: 1, TAKEN_OVER: number})
            malformed = self._pages.count(action, Page(()))
        if malformed:
            check_malformed(self._connector.name, self._work, action)
        return number


def _reason(action: QueuedListing, error: NotPermitted) -> str:
    """Return why a listing was not permitted and, if the connector says so, what to do."""
    message = error.message.removeprefix(f"{action.hook} of {action.subject}: ")
    return f"{message} ({error.hint})" if error.hint else message
