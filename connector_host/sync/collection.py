"""Collect everything a connector lists: phase by phase, page by page, from a queue that survives the process.

Every phase is three steps that can all be done again: plan (queue what is to be listed), drain (work the queue off,
several pages at once), close (build the indexes, fold repeated ids). A run that takes up another's work simply goes
through all phases: what is done already finds nothing to do.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

from msgspec.structs import replace

from ..errors import ConnectorHostError, NotFound, NotPermitted, PluginError, Stopped, Unavailable
from ..model import Page, Resource, ResourceId, ResourceType
from ..plugins.loading import Connector
from ..run import Run
from .endless_listings import EndlessListingGuard
from .hook_calls import Caller
from .observers import Observers
from .page_storing import PageChecker
from .scope import Scope
from .single_resources import fetch_action, fetched
from .worker_pool import Calls, Fetched, Inline, Waiting
from .working.database import WorkingSync
from .working.queue import Action

__all__ = ["Collector", "NothingFound", "Phase"]

NOT_FOUND_LIMIT, NOT_FOUND_SHARE = 10, 0.10
"""More listings than this that were not found, and a larger share of all: the connector is broken, not the data."""
RECENT = 256
"""Resources kept decoded."""
POLL = 0.5
"""Seconds between two looks at whether the run is to stop, while calls take longer."""
SETTLE = 10.0
"""Seconds of listing that a power loss may cost."""


class NothingFound(NotFound):
    """None of the resources that were asked for exists."""


class Phase(enum.IntEnum):
    """The order in which things are listed."""

    RESOURCE_TYPES = 1
    RESOURCES = 2
    STATIC_ENTITLEMENTS = 3
    ENTITLEMENTS = 4
    GRANTS = 5


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
    ) -> None:
        self._connector, self._work, self._caller, self._run = connector, work, caller, run
        self._observers, self._workers, self._page_size = observers, workers, page_size
        self._scope, self._targets = scope, scope.target_ids
        self._types: dict[str, ResourceType] = {}
        self._known: dict[str, ResourceType] = {}  # those outside the scope, too
        self._checker = PageChecker(connector.name, self._types)
        self._tokens: dict[tuple[str, str], set[str]] = {}
        self._progressing = EndlessListingGuard(connector.name)
        self._children: set[tuple[str, str, str]] = set()
        self._asked: set[ResourceId] = set()
        self._recent: dict[ResourceId, Resource | None] = {}
        self._settled = time.monotonic()
        self.writing_seconds = 0.0

    def run(self) -> None:
        """Return all phases. What could not be read stays in the queue as unread."""
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="worker") if self._workers > 1 else Inline()
        with pool:
            try:
                self._list_types(pool)
                self._list_resources(pool)
                if not self._scope.resources_only:
                    self._list_entitlements(pool)
                if self._scope.grants:
                    self._list_grants(pool)
            except BaseException:
                self._run.stop()
                raise

    # ----------------------------------------------------------------------------------------------- phases

    def _list_types(self, pool: Executor) -> None:
        self._plan_once(Phase.RESOURCE_TYPES, "list_resource_types", [""])
        self._drain(pool, Phase.RESOURCE_TYPES, "list_resource_types")
        self._close("resource_types")
        self._types.update({item.id: item for item in self._work.resource_types()})
        self._known = {item.id: item for item in self._work.kept_types()} | self._types
        self._scope.check(self._known)

    def _list_resources(self, pool: Executor) -> None:
        if self._targets:
            self._plan_targets()
        elif "list_resources" in self._connector.hooks:
            self._plan_once(Phase.RESOURCES, "list_resources", list(self._types))
        self._drain(pool, Phase.RESOURCES, "list_resources")
        self._close("resources")
        if self._targets and not any(self._work.resource(target) for target in self._targets):
            raise NothingFound(
                "none of the resources named by --sync-resources exists",
                hint="connector-host resources -f FILE lists those of an earlier sync.",
            )

    def _list_entitlements(self, pool: Executor) -> None:
        if "list_static_entitlements" in self._connector.hooks:
            self._plan_once(Phase.STATIC_ENTITLEMENTS, "list_static_entitlements", list(self._types))
        self._drain(pool, Phase.STATIC_ENTITLEMENTS, "list_static_entitlements")
        skipped = [t.id for t in self._types.values() if t.skip_entitlements_and_grants or t.skip_entitlements]
        self._plan_resources(Phase.ENTITLEMENTS, "list_entitlements", skipped)
        self._drain(pool, Phase.ENTITLEMENTS, "list_entitlements")
        self._close("entitlements")

    def _list_grants(self, pool: Executor) -> None:
        skipped = [t.id for t in self._types.values() if t.skip_entitlements_and_grants]
        self._plan_resources(Phase.GRANTS, "list_grants", skipped)
        self._drain(pool, Phase.GRANTS, "list_grants")

    def _plan_once(self, phase: Phase, hook: str, types: list[str]) -> None:
        key = f"planned:{hook}"
        with self._work.transaction():
            if not self._work.state(key):
                self._work.queue.push(Action(phase=phase, hook=hook, resource_type=name) for name in types)
                self._work.set_state(key, 1)

    def _plan_resources(self, phase: Phase, hook: str, skipped: list[str]) -> None:
        if hook in self._connector.hooks:
            only = [str(target) for target in self._targets] or None
            with self._work.transaction():
                self._work.plan(phase, hook, skipped, only)

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

    def _drain(self, pool: Executor, phase: Phase, hook: str) -> None:
        """Work off the queue of a phase. The next page is asked for before the last one is written."""
        waiting = Waiting(self._work, phase, self._skip)
        calls = Calls(pool, self._caller)
        try:
            while True:
                while len(calls) < self._workers and (action := next(waiting, None)) is not None:
                    calls.start(action, self._question(action))
                if not len(calls):
                    break
                ended = calls.next(POLL)
                if self._run.stopping.is_set():
                    raise Stopped("the run was stopped")
                if ended is not None:
                    self._take(calls, waiting, *ended)
        finally:
            calls.cancel()
            self._tokens.clear()
            self._progressing.clear()
        self._observers.phase_finished(hook)

    def _skip(self, action: Action) -> bool:
        """Whether the resource of an action asks not to be listed; such an action is finished at once."""
        if action.hook not in ("list_entitlements", "list_grants"):
            return False
        resource = self._resource(action)
        wanted = resource is not None and not resource.skip_entitlements_and_grants
        if resource is not None and action.hook == "list_entitlements":
            wanted = wanted and not resource.skip_entitlements
        if resource is not None and action.hook == "list_grants":
            wanted = wanted and not resource.skip_grants
        if not wanted:
            with self._work.transaction():
                self._work.queue.finish(action)
        return not wanted

    def _take(self, calls: Calls, waiting: Iterator[Action], action: Action, future: Future[Fetched]) -> None:
        """Store what a call gave, after the next call is on its way."""
        try:
            page, seconds = future.result()
        except NotFound as error:
            self._give_up(action, error)
            return
        except NotPermitted as error:
            with self._work.transaction():
                self._work.queue.set_unread(action, _why(action, error))
            return
        self._check_tokens(action, page)
        self._progressing.look(action, page)
        following = replace(action, page_token=page.next_token) if page.next_token else next(waiting, None)
        if following is not None:
            calls.start(following, self._question(following))
        started = time.perf_counter()
        self._store(action, page)
        if time.monotonic() - self._settled > SETTLE:
            self._work.settle()
            self._settled = time.monotonic()
        self.writing_seconds += time.perf_counter() - started
        self._observers.page_synced(action.hook, action.resource_type, len(page.items), seconds)

    def _question(self, action: Action) -> Callable[[Any], Page[Any]]:
        """Return the hook call of an action, as a function of the session."""
        connector, token, size = self._connector, action.page_token, self._page_size
        match action.hook:
            case "list_resource_types":
                return lambda session: connector.list_resource_types(session, token)
            case "list_resources":
                kind, parent = self._types[action.resource_type], self._parent(action)
                return lambda session: connector.list_resources(session, kind, parent, token, size)
            case "list_static_entitlements":
                kind = self._types[action.resource_type]
                return lambda session: connector.list_static_entitlements(session, kind, token, size)
            case "get_resource":
                return lambda session: fetched(connector, session, action)
        resource = self._resource(action)
        if resource is None:
            raise PluginError(f"{action.subject} is queued but not stored", hint="Run again with --fresh.")
        if action.hook == "list_entitlements":
            return lambda session: connector.list_entitlements(session, resource, token, size)
        return lambda session: connector.list_grants(session, resource, token, size)

    def _resource(self, action: Action) -> Resource | None:
        """Return the resource an action is about; the pages of one come after each other."""
        key = ResourceId(action.resource_type, action.resource)
        if key not in self._recent:
            if len(self._recent) >= RECENT:
                self._recent.clear()
            self._recent[key] = self._work.resource(key)
        return self._recent[key]

    def _parent(self, action: Action) -> Resource | None:
        return self._work.parent(ResourceId(action.parent_type, action.parent)) if action.parent_type else None

    def _check_tokens(self, action: Action, page: Page[Any]) -> None:
        """Return a token that comes back would list for ever."""
        new = [token for token in (page.next_token, *page.more_tokens) if token]
        if not new:
            return
        seen = self._tokens.setdefault((action.hook, action.subject), set())
        if action.page_token:
            seen.add(action.page_token)
        for token in new:
            if token in seen:
                raise PluginError(
                    f"connector {self._connector.name!r}: {action.hook} of {action.subject} gave the page token"
                    f" {token[:200]!r} a second time, so its pages would never end",
                    hint="Give None after the last page, and another token for each page before it.",
                )
            seen.add(token)

    def _give_up(self, action: Action, error: ConnectorHostError) -> None:
        """Return a listing whose subject is gone is left out; too many of them fail the run."""
        if action.hook == "list_resource_types":
            raise error
        if action.hook == "get_resource":
            with self._work.transaction():
                self._work.queue.finish(action)
                self._work.count_up({f"missing resources:{action.resource_type}:{action.resource}": 1, "actions": 1})
            return
        with self._work.transaction():
            self._work.queue.finish(action)
            self._work.count_up({f"not found:{action.hook}": 1, "actions": 1})
        counters = self._work.counters()
        missed = sum(number for name, number in counters.items() if name.startswith("not found:"))
        if missed > NOT_FOUND_LIMIT and missed > NOT_FOUND_SHARE * counters["actions"]:
            raise Unavailable(
                f"{missed} of {counters['actions']} listings were not found, the last: {error.message}",
                hint="The application or the connector is not in order; the checkpoint is kept.",
            ) from error

    # ----------------------------------------------------------------------------------------------- storing

    def _store(self, action: Action, page: Page[Any]) -> None:
        """Return the rows of a page and the move of its action, all or nothing."""
        work, checker, subject = self._work, self._checker, action.subject
        with work.transaction():
            match action.hook:
                case "list_resource_types":
                    types = checker.resource_types(page.items, subject)
                    checker.store(action.hook, subject, types, self._put_types)
                case "list_resources":
                    self._store_resources(action, page)
                case "get_resource":
                    self._store_fetched(action, page)
                case "list_static_entitlements":
                    self._store_static(action, page)
                case "list_entitlements":
                    self._store_entitlements(action, page)
                case "list_grants":
                    self._store_grants(action, page)
            if page.next_token:
                work.queue.advance(action, page.next_token)
            else:
                work.queue.finish(action)
                checker.counters["actions"] += 1
            work.queue.push(replace(action, page_token=token) for token in page.more_tokens)
            work.count_up(checker.take_counters())

    def _put_types(self, types: Sequence[ResourceType]) -> None:
        self._work.put_resource_types([item for item in types if item.id in self._scope])
        self._work.keep_types(item for item in types if item.id not in self._scope)

    def _store_resources(self, action: Action, page: Page[Any]) -> None:
        resources = self._checker.resources(page.items, action.subject)
        self._checker.store(action.hook, action.subject, resources, self._work.put_resources)
        self._work.keep_parents(resource for resource in resources if resource.child_types)
        self._work.queue.push(self._child_actions(resources))

    def _store_fetched(self, action: Action, page: Page[Any]) -> None:
        """Store one resource that was fetched by its id; its parents follow, and the children of one that was named."""
        resources = self._checker.resources(page.items, action.subject)
        if not resources:
            return  # of a type that is left out
        resource = resources[0]
        if resource.id in self._targets:
            self._store_resources(action, page)
        else:
            self._checker.store(action.hook, action.subject, resources, self._work.put_resources)
            self._recent.clear()
        if resource.parent is not None and resource.parent.resource_type in self._types:
            self._fetch_once(Phase(action.phase), resource.parent)

    def _fetch_once(self, phase: Phase, wanted: ResourceId) -> None:
        """Queue the reading of a resource that others lead to, unless it is there or was asked for."""
        if wanted not in self._targets and wanted not in self._asked and self._work.resource(wanted) is None:
            self._asked.add(wanted)
            self._work.queue.push([fetch_action(phase, wanted, None)])

    def _child_actions(self, resources: list[Resource]) -> Iterator[Action]:
        for resource in resources:
            for name in resource.child_types:
                key = (name, resource.id.resource_type, resource.id.resource)
                if name not in self._types:
                    self._checker.counters[f"unlisted child types:{name}"] += name not in self._known
                elif key not in self._children:
                    self._children.add(key)
                    yield Action(
                        phase=Phase.RESOURCES,
                        hook="list_resources",
                        resource_type=name,
                        parent_type=resource.id.resource_type,
                        parent=resource.id.resource,
                    )

    def _store_static(self, action: Action, page: Page[Any]) -> None:
        for template in self._checker.entitlements(page.items, action.hook, action.subject):
            resources = self._work.resources(action.resource_type)
            wanted = (one for one in resources if one.id in self._targets) if self._targets else resources
            made = self._checker.static(template, wanted)
            self._work.put_entitlements(made, self._known)

    def _store_entitlements(self, action: Action, page: Page[Any]) -> None:
        kept = self._checker.entitlements(page.items, action.hook, action.subject)
        self._checker.store(
            action.hook, action.subject, kept, lambda items: self._work.put_entitlements(items, self._known)
        )

    def _store_grants(self, action: Action, page: Page[Any]) -> None:
        grants = self._checker.grants(page.items, action.subject, insert_resources=page.insert_resources)
        self._work.put_grants(grants.rows)
        if grants.resources:
            self._work.put_found_resources(grants.resources)
            self._recent.clear()
        if grants.expandable:
            self._work.set_state("expandable", 1)
        if self._targets:
            for kind, name in {(row[0], row[1]) for row in grants.rows}:
                self._fetch_once(Phase.GRANTS, ResourceId(kind, name))


def _why(action: Action, error: NotPermitted) -> str:
    """What stood in the way of a listing and, if the connector says so, what to do."""
    message = error.message.removeprefix(f"{action.hook} of {action.subject}: ")
    return f"{message} ({error.hint})" if error.hint else message
