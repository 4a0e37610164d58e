"""Run one connector from sign-in to a finished file.

The order of things: check the output, sign in, take the working folder, go on with what an earlier run left or begin,
collect, expand, seal. Whatever stops it, the previous output is untouched and the working state is kept; the next run
of the same command goes on.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..c1z import ksuid, seal
from ..c1z.work import SyncStart, WorkingSync
from ..errors import AuthError, IncompleteSync, Stopped
from ..model import Identity
from ..options import Options
from ..plugins import Connector
from ..run import Run
from .calls import Caller, Sessions
from .collect import Collector
from .folder import State, WorkFolder, fingerprint
from .observers import Observers
from .summary import Summary, SyncSettings
from .token import sync_token
from .words import warnings

__all__ = ["Summary", "SyncSettings", "run_sync"]


def run_sync(
    connector: Connector,
    options: Options,
    settings: SyncSettings,
    run: Run,
    observers: Sequence[object] = (),
) -> Summary:
    """Sync everything `connector` lists into `settings.file`.

    Raises one of `connector_host.errors`: among them PreconditionError (another run, foreign working state),
    IncompleteSync (parts could not be read and `allow_partial` is off), Stopped.
    """
    started = time.monotonic()
    output = settings.file.resolve()
    seal.check_output(output)
    with WorkFolder(output) as folder:
        if settings.fresh:
            folder.clear()
        sessions = Sessions(connector, options, run)
        try:
            summary = _Sync(connector, options, settings, run, Observers(observers), sessions, folder).run()
        except BaseException:
            _close_quietly(sessions, run)
            raise
        sessions.close()
    summary.seconds = time.monotonic() - started
    return summary


class _Sync:
    """One run, from an open session to the sealed file."""

    def __init__(
        self,
        connector: Connector,
        options: Options,
        settings: SyncSettings,
        run: Run,
        observers: Observers,
        sessions: Sessions,
        folder: WorkFolder,
    ) -> None:
        self._connector, self._options, self._settings, self._run = connector, options, settings, run
        self._observers, self._folder = observers, folder
        self._caller = Caller(
            sessions,
            run,
            connector=connector.name,
            max_attempts=settings.max_attempts,
            on_wait=observers.waiting,
        )

    def run(self) -> Summary:
        """Collect, expand, seal."""
        identity = self._identity()
        wanted = self._wanted_state(identity)
        found = self._folder.claim(wanted)
        state = found or wanted
        work = self._open(state, resumed=found is not None)
        summary = Summary(
            connector=self._connector.name,
            account=identity.account,
            user=identity.user,
            plan=identity.plan,
            mode=identity.mode,
            limits=identity.limits,
            sync_id=state.sync_id,
            file=str(self._settings.file),
            resumed=found is not None,
        )
        if self._folder.moved_aside:
            summary.warnings.append(self._folder.moved_aside)
        self._observers.sync_started(self._connector.name, state.sync_id, found is not None)
        try:
            if not work.sealed:
                self._collect(work, summary)
            self._seal(work, state, summary)
        finally:
            work.close()
        self._folder.remove()
        self._observers.sync_finished(self._connector.name, state.sync_id, msgspec.to_builtins(summary))
        return summary

    def _identity(self) -> Identity:
        if "check_session" not in self._connector.hooks:
            return Identity()
        return self._caller.call("check_session", "the session", self._connector.check_session)[0]

    def _wanted_state(self, identity: Identity) -> State:
        declared = {option.name: option for option in self._connector.options}
        rows = {
            name: value
            for name, value in self._options.items()
            if declared[name].affects_rows and not declared[name].secret
        }
        parts = {"version": self._connector.version, "options": rows, "sync_type": "full"}
        return State(
            connector=self._connector.name,
            account=identity.account,
            fingerprint=fingerprint(parts),
            sync_id=ksuid.new(),
            sync_type="full",
            created=time.time(),
        )

    def _open(self, state: State, *, resumed: bool) -> WorkingSync:
        if resumed:
            work = WorkingSync.open(self._folder.database, state.sync_id)
            if not work.sealed:
                with work.transaction():
                    work.queue.retry_unread()
            return work
        work = WorkingSync.create(self._folder.database, SyncStart(sync_id=state.sync_id, sync_type=state.sync_type))
        self._folder.begin(state)
        return work

    def _collect(self, work: WorkingSync, summary: Summary) -> None:
        workers = max(1, min(self._settings.workers or self._connector.info.concurrency, self._connector.info.concurrency))
        collector = Collector(
            self._connector,
            work,
            self._caller,
            self._run,
            self._observers,
            workers=workers,
            page_size=self._settings.page_size,
        )
        try:
            collector.run()
        finally:
            waits = self._caller.waits
            summary.application_seconds, summary.waiting_seconds = waits.application, waits.waiting
            summary.writing_seconds = collector.writing_seconds
        with work.transaction():
            work.count_up(waits.retries)
        summary.unread = [f"{action.subject} ({action.hook}): {problem}" for action, problem in work.queue.unread()]
        if summary.unread and not self._settings.allow_partial:
            shown = "; ".join(summary.unread[:3]) + ("; ..." if len(summary.unread) > 3 else "")
            raise IncompleteSync(
                f"{len(summary.unread)} listing(s) were not permitted, so the sync is incomplete: {shown}",
                hint="The output was not replaced and nothing is lost. Give the account the rights it lacks and run the"
                " same command again, or accept a partial file with --allow-partial.",
            )
