"""One run of a connector, from sign-in to a finished file.

Its steps: check the output, sign in, take the working folder, resume the work of an earlier run or begin,
collect, expand, seal. Whatever stops it, the previous output is untouched and the working state is kept; the next run
of the same command resumes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import msgspec

from ..c1z import ksuid, transactions
from ..c1z.publish import sealing
from ..c1z.publish.background_copy import UnpackedOutput, prepared_in_background
from ..c1z.publish.output_file import PEBBLE, check_alone, check_output, engine_of
from ..c1z.sync_stats import Stats
from ..errors import ConfigError, ConnectorHostError, IncompleteSync, Stopped
from ..model import Identity
from ..options import Options
from ..plugins.facade import Connector
from ..run import Run
from .collection import Collector, NothingFound
from .expansion.checkpoint import expand_sync, restart_expansion
from .guards.shrink_guard import check_shrink
from .hook_calls import Caller, Sessions
from .limits import Pace, deadline
from .observers import Observers
from .option_fingerprint import option_fingerprint
from .outcome.origin_record import origin
from .outcome.run_summary import RunSummary, SyncSettings
from .outcome.run_warnings import warnings
from .outcome.sync_token import sync_token
from .page_storing import EXAMPLES, MALFORMED
from .previous_grants import PreviousGrants, SyncSource, opened_previous
from .scope import Scope, UnknownType
from .targeted_resources import parse_targets
from .working.database import COLLECTED, SyncStart, WorkingSync
from .working.folder import State, WorkFolder, fingerprint
from .working.log_flushing import flushed_early
from .working.store_database import kept_store

__all__ = ["RunSummary", "SyncSettings", "run_sync"]

RESUME = "The checkpoint is kept: run the same command again to resume."
STORE_NAME = "session.db"
NOTHING_YET = "Nothing was stored yet; the output is as it was."


def run_sync(
    connector: Connector,
    options: Options,
    settings: SyncSettings,
    run: Run,
    observers: Sequence[object] = (),
    summary: RunSummary | None = None,
) -> RunSummary:
    """Sync everything `connector` lists into `settings.file`.

    `summary` is filled and returned; after an error it holds what was known by then. Raises one of
    `connector_host.errors`: among them PreconditionError (another run, foreign working state), IncompleteSync (parts
    could not be read and `allow_partial` is off), ShrinkGuard, BudgetSpent, Stopped.
    """
    started = time.monotonic()
    output = settings.file.resolve()
    scope = _scope(connector, settings)
    summary = summary or RunSummary(connector=connector.name)
    summary.file = str(settings.file)
    try:
        check_output(output)
        with deadline(run, settings.deadline), WorkFolder(output) as folder:
            if settings.fresh:
                folder.clear()
            if scope.targets and not folder.begun and engine_of(output, settings.storage_engine) == PEBBLE:
                check_alone(output)
            sessions = Sessions(connector, options, run, max_attempts=settings.max_attempts)
            try:
                _Sync(connector, options, settings, scope, run, Observers(observers), sessions, folder).run(summary)
            except BaseException as error:
                _close_quietly(sessions, run)
                if isinstance(error, Stopped):
                    error.hint = error.hint or (RESUME if folder.begun else NOTHING_YET)
                if isinstance(error, (UnknownType, NothingFound)):
                    folder.remove()  # there is nothing to resume
                raise
            sessions.close()
    finally:
        summary.seconds = time.monotonic() - started
    return summary


def _scope(connector: Connector, settings: SyncSettings) -> Scope:
    """Return the scope that the settings ask for; ConfigError where the connector or common sense forbids it."""
    targets = parse_targets(settings.resources)
    if targets and "get_resource" not in connector.hooks:
        raise ConfigError(
            f"the connector {connector.name} cannot read single resources: it has no hook get_resource",
            hint="Leave --sync-resources out; --sync-resource-types reads whole types.",
        )
    return Scope(
        resource_types=frozenset(settings.resource_types),
        targets=targets,
        resources_only=settings.skip_entitlements_and_grants,
        skip_grants=settings.skip_grants,
        without_grants=settings.without_grants,
    )


class _Sync:
    """One run, from an open session to the sealed file."""

    def __init__(
        self,
        connector: Connector,
        options: Options,
        settings: SyncSettings,
        scope: Scope,
        run: Run,
        observers: Observers,
        sessions: Sessions,
        folder: WorkFolder,
    ) -> None:
        self._connector, self._options, self._settings, self._run = connector, options, settings, run
        self._observers, self._folder, self._scope = observers, folder, scope
        self._sessions = sessions
        self._began, self._account = 0.0, ""
        self._has_etags = not scope.targets and scope.grants and connector.accepts("list_grants", "etag")
        self._options_digest = SyncSource.digest(self._row_options()) if self._has_etags else ""
        self._caller = Caller(
            sessions,
            run,
            connector=connector.name,
            max_attempts=settings.max_attempts,
            on_wait=observers.waiting,
            pace=Pace(connector.info.rate_limits if settings.rate_limits is None else settings.rate_limits, run),
        )

    def run(self, summary: RunSummary) -> None:
        """Collect, expand, seal; fill `summary`."""
        identity = self._caller.call("check_session", "the session", self._connector.check_session)[0]
        new_state = self._wanted(identity)
        earlier_state = self._folder.claim(new_state)
        state = earlier_state or new_state
        self._began, self._account = state.created, identity.account
        summary.account, summary.user, summary.plan = identity.account, identity.user, identity.plan
        summary.mode, summary.limits = identity.mode, identity.limits
        summary.sync_id, summary.resumed = state.sync_id, earlier_state is not None
        self._run.sync_id = state.sync_id
        if self._folder.moved_aside:
            summary.warnings.append(self._folder.moved_aside)
        with transactions.on_disk_errors(f"the working database of {self._settings.file}"):
            work = self._open(state, resumed=earlier_state is not None)
            if self._connector.is_remote:
                from ..wire.services.remote_pages import stored_resource  # noqa: PLC0415 - most connectors do not need it

                work.read_resource = stored_resource
            self._observers.sync_started(self._connector.name, state.sync_id, earlier_state is not None)
            try:
                store = kept_store(self._run, self._folder.path / STORE_NAME)
                with (
                    store,
                    self._output_read(work.sync_id) as unpacked,
                    self._previous_read(unpacked) as previous,
                ):
                    ending = self._collect(work, summary, previous)
            finally:
                work.close()
        self._sessions.finish_reading()
        self._seal(ending, summary)
        self._folder.remove()
        self._observers.sync_finished(self._connector.name, state.sync_id, msgspec.to_builtins(summary))

    def _wanted(self, identity: Identity) -> State:
        """Return the state of the sync that was asked for, if it had to be begun."""
        rows = {name: option_fingerprint(value) for name, value in self._row_options().items()}
        parts = {
            "version": self._connector.version,
            "source": identity.source,
            "options": rows,
            "sync_type": self._scope.sync_type,
            "resource_types": sorted(self._scope.resource_types),
            "resources": [str(target.id) for target in self._scope.targets],
            "grants": self._scope.grants,
            "expansion": not self._settings.skip_grant_expansion,
        }
        return State(
            connector=self._connector.name,
            account=identity.account,
            fingerprint=fingerprint(parts),
            sync_id=ksuid.new(),
            sync_type=self._scope.sync_type,
            created=time.time(),
        )

    def _row_options(self) -> dict[str, Any]:
        """Return the options of the connector that its rows depend on."""
        declared = {option.name: option for option in self._connector.options}
        return {
            name: value
            for name, value in self._options.items()
            if name in declared and declared[name].affects_rows and not declared[name].secret
        }

    def _open(self, state: State, *, resumed: bool) -> WorkingSync:
        if not resumed:
            start = SyncStart(sync_id=state.sync_id, sync_type=state.sync_type)
            work = WorkingSync.create(self._folder.database, start)
            self._folder.begin(state)
            return work
        work = WorkingSync.open(self._folder.database, state.sync_id)
        with work.transaction():
            if work.queue.retry_unread():
                restart_expansion(work)
        return work

    def _collect(self, work: WorkingSync, summary: RunSummary, previous: PreviousGrants | None) -> Ending:
        """List everything and expand it; what is known only from the queue goes into the summary and the token."""
        declared = self._connector.info.concurrency
        collector = Collector(
            self._connector,
            work,
            self._caller,
            self._run,
            self._observers,
            workers=max(1, min(self._settings.workers or declared, declared)),
            page_size=self._settings.page_size,
            scope=self._scope,
            strict=self._settings.strict,
            previous=previous,
        )
        try:
            with flushed_early(self._folder.database):
                collector.run()
        finally:
            waits = self._caller.waits
            summary.application_seconds, summary.waiting_seconds = waits.application, waits.waiting
            summary.writing_seconds = collector.writing_seconds
            with work.transaction():
                work.count_up(waits.retries)
            summary.counters = work.counters()
            summary.malformed = work.remarks(MALFORMED)
        if remaining := work.queue.remaining():
            raise ConnectorHostError(
                f"{remaining} listings were left undone; nothing was written", hint="This is a defect."
            )
        summary.unread = [f"{action.subject} ({action.hook}): {problem}" for action, problem in work.queue.unread()]
        if summary.unread and not self._settings.allow_partial:
            raise _incomplete(summary.unread)
        expanded = self._scope.sync_type == "full" and not self._settings.skip_grant_expansion
        if expanded:
            started = time.monotonic()
            expand_sync(work, self._run, self._observers)
            summary.expansion_seconds = time.monotonic() - started
        with work.transaction():
            etags = work.stamp_etags()
            work.set_state(COLLECTED, 1)
        return Ending(
            supports_diff=expanded,
            expandable=bool(work.state("expandable")),
            counters=work.counters(),
            examples={counter: work.remarks(counter) for counter in EXAMPLES},
            unread=tuple(summary.unread),
            etags=etags,
        )

    def _output_read(self, sync_id: str) -> AbstractContextManager[UnpackedOutput]:
        """Copy the retained syncs of the output in the background."""
        if engine_of(self._folder.output, self._settings.storage_engine) == PEBBLE:
            return nullcontext(UnpackedOutput())
        expected_size = 0 if self._scope.targets else None  # a few resources are small
        return prepared_in_background(
            self._folder.output, self._folder.path, sync_id, self._tell_early, expected_size=expected_size
        )

    def _previous_read(self, unpacked: UnpackedOutput) -> AbstractContextManager[PreviousGrants | None]:
        """Open the previous sync, if the connector can say that grants have not changed."""
        if not self._has_etags or self._settings.read_all:
            return nullcontext()
        source = SyncSource(
            connector=self._connector.name,
            connector_version=self._connector.version,
            account=self._account,
            options=self._options_digest,
        )
        is_slim = engine_of(self._folder.output, self._settings.storage_engine) == PEBBLE
        path = (self._settings.previous_file or self._folder.output).resolve()
        find_unpacked = partial(unpacked.wait_for, path, partial(self._watch, "unpacking"))
        return opened_previous(path, source, slim=is_slim, find_unpacked=find_unpacked, watch=self._watch)

    def _tell_early(self, error: ConnectorHostError) -> None:
        """Report that the output cannot be added to, while there is still time to move it away."""
        self._run.logger.warning("%s", error.message)

    def _judge(self, stats: Stats, before: Stats | None) -> None:
        """Apply the shrink guard, when everything is done but the replacement of the output."""
        settings = self._settings
        if self._scope.targets:
            return  # a few resources say nothing about all
        if before is not None and not settings.allow_shrink:
            with_grants = not (settings.skip_grant_expansion or self._scope.resources_only)
            tables = ("resources", "grants") if with_grants else ("resources",)
            check_shrink(_totals(stats), _totals(before), tables, settings.shrink_threshold)

    def _seal(self, ending: Ending, summary: RunSummary) -> None:
        """Put the sync into the output, and count its objects."""
        started = time.monotonic()
        counters = dict(ending.counters)
        sealed = sealing.seal(
            self._folder.database,
            self._folder.output,
            self._folder.path,
            sync_id=summary.sync_id,
            token=sync_token(
                actions=counters.pop("actions", 0),
                expandable=ending.expandable,
                origin=origin(
                    self._connector,
                    summary,
                    self._scope,
                    self._settings,
                    began=self._began,
                    options=self._options_digest if ending.etags else "",
                ),
            ),
            supports_diff=ending.supports_diff,
            expanded=ending.supports_diff and ending.expandable,
            engine=engine_of(self._folder.output, self._settings.storage_engine),
            watch=self._watch,
            judge=self._judge,
        )
        summary.sealing_seconds = time.monotonic() - started
        if sealed.folded:
            counters["merged grants"] = counters.get("merged grants", 0) + sealed.folded
        stats = sealed.stats
        summary.totals = _totals(stats) | {"expanded": counters.pop("expanded", 0)}
        if sealed.previous is not None and not self._scope.targets:  # a few resources against all say nothing
            summary.previous = _totals(sealed.previous)
        summary.counts = {
            name: {
                "resources": resources,
                "entitlements": stats.entitlements_by_resource_type.get(name, 0),
                "grants": stats.grants_by_resource_type.get(name, 0),
            }
            for name, resources in sorted(stats.resources_by_resource_type.items())
        }
        summary.counters = counters
        summary.warnings += [*warnings(counters, self._scope, ending.examples), *sealed.notes]
        summary.dropped_syncs = [f"{dropped.sync.sync_id}: {dropped.reason}" for dropped in sealed.dropped]
        summary.bytes = sealed.file_size

    def _watch(self, step: str) -> None:
        """Report a step of sealing and stop when the run is stopping; called between steps and often during them."""
        if self._run.stopping.is_set():
            raise Stopped("the run was stopped")
        self._observers.working(step)


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about a collected sync that its rows do not hold."""

    supports_diff: bool
    expandable: bool
    counters: dict[str, int]
    examples: dict[str, list[str]]
    unread: tuple[str, ...]
    etags: int


def _incomplete(unread: Sequence[str]) -> IncompleteSync:
    shown = "; ".join(unread[:3]) + ("; ..." if len(unread) > 3 else "")
    return IncompleteSync(
        f"{len(unread)} listing(s) were not permitted or not fully reported, so the sync is incomplete: {shown}",
        hint="The output was not replaced and nothing is lost. Give the account the rights it lacks and run the same"
        " command again, or accept a partial file with --allow-partial.",
    )


def _totals(stats: Stats) -> dict[str, int]:
    return {
        "resource_types": stats.resource_types,
        "resources": stats.resources,
        "entitlements": stats.entitlements,
        "grants": stats.grants,
    }


def _close_quietly(sessions: Sessions, run: Run) -> None:
    """Close the session after an error, which must stay the one that is reported."""
    try:
        sessions.close()
    except ConnectorHostError as error:
        run.logger.warning("closing the session: %s", error)
