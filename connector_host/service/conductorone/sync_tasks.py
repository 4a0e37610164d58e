"""Tasks that sync: heartbeats from the beginning, the sync in a thread, the upload of its file."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import msgspec
from grpclib.const import Status

from ...errors import PreconditionError, Stopped
from ...model import ResourceId
from ...options import Options
from ...plugins.facade import Connector
from ...run import Run
from ...sync.engine import RunSummary, SyncSettings, run_sync
from ...sync.targeted_resources import Target, spell_target
from ...sync.working.folder import WorkFolder
from ...wire.pb.c1.connector.v2 import objects_pb2
from ...wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb
from .api_calls import ApiCalls
from .asset_upload import upload
from .debug_log import DebugLogs
from .empty_sync import write_empty_sync
from .heartbeats import Heartbeats
from .sync_files import SyncFiles
from .task_results import TaskFailed, success

__all__ = ["SyncTasks"]

WAIT_SECONDS = 0.5
"""Seconds between two checks that a sync of the same scope has ended."""

log = logging.getLogger(__name__)


class SyncTasks:
    """Performer of the tasks `sync_full`. `settings` are those of the host; a task adds its scope.

    `skip` uploads empty syncs. `new_run` makes the run of one sync. `debug_logs` writes the log of a task that asks for
    one; it is uploaded after the file. `keep_previous` keeps the last file of each scope, from which the next sync
    takes grants that the application says are unchanged.
    """

    def __init__(
        self,
        connector: Connector,
        options: Options,
        settings: SyncSettings,
        files: SyncFiles,
        calls: ApiCalls,
        executor: Executor,
        *,
        new_run: Callable[[], Run],
        observers: Sequence[object] = (),
        skip: bool = False,
        debug_logs: DebugLogs | None = None,
        keep_previous: bool = False,
    ) -> None:
        self._connector, self._options, self._settings, self._files = connector, options, settings, files
        self._calls, self._executor, self._new_run, self._observers = calls, executor, new_run, observers
        self._skip, self._debug_logs, self._keep_previous = skip, debug_logs, keep_previous
        self._runs: dict[str, Run] = {}
        self._outputs: set[Path] = set()
        self._stopped: Stopped | None = None

    def stop(self, reason: Stopped) -> None:
        """Stop every sync that runs; their checkpoints are kept."""
        self._stopped = reason
        for run in list(self._runs.values()):
            run.stop(reason)

    async def perform(self, task: pb.Task) -> pb.BatonServiceFinishTaskRequest:
        """Sync and upload. Raises TaskFailed, or what the heartbeat, the sync or the upload raised."""
        run = self._new_run()
        self._runs[task.id] = run
        if self._stopped:
            run.stop(self._stopped)
        heartbeats = Heartbeats(self._calls, task.id, run.stop)
        beating = None
        try:
            beating = asyncio.create_task(heartbeats.beat(await heartbeats.first()))
            log_path = self._files.debug_log(task.id) if task.debug and self._debug_logs else None
            with self._debug_logs.written(log_path) if self._debug_logs and log_path else nullcontext():
                path = await self._file(task, run)
                await self._upload(task.id, path, run)
            self._dispose(path, self._task_settings(task.sync_full))
            if log_path is not None:
                await self._upload(task.id, log_path, run)
        finally:
            if beating is not None:
                beating.cancel()
            self._runs.pop(task.id, None)
            self._files.debug_log(task.id).unlink(missing_ok=True)
        return success(task.id)

    async def _file(self, task: pb.Task, run: Run) -> Path:
        """Return the finished file of a task: that of an earlier attempt if it is still there."""
        ready = self._files.ready(task.id)
        if ready.exists():
            log.info("Task %s was synced before; its file is uploaded.", task.id)
            return ready
        self._files.remove_old(self._runs)
        settings = self._task_settings(task.sync_full)
        while settings.file in self._outputs:  # of a task that ConductorOne gave up, perhaps: two would undo each other
            if run.stopping.is_set():
                raise run.reason or Stopped("the sync was stopped before it began")
            await asyncio.sleep(WAIT_SECONDS)
        self._outputs.add(settings.file)
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._executor, self._sync, settings, run)
            settings.file.rename(ready)
        except Stopped as error:
            raise (run.reason or error) from error
        finally:
            self._outputs.discard(settings.file)
        return ready

    def _dispose(self, path: Path, settings: SyncSettings) -> None:
        """Remove an uploaded file, or keep it for the next sync of its scope."""
        if self._keep_previous and settings.previous_file is not None:
            path.replace(settings.previous_file)
        else:
            path.unlink(missing_ok=True)

    async def _upload(self, task_id: str, path: Path, run: Run) -> None:
        """Upload the file, and stop doing so when the run is stopped."""
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        run.on_stop(partial(_set_in, loop, stopped))
        uploading = asyncio.ensure_future(upload(self._calls, task_id, path, stopped.is_set))
        waiting = asyncio.ensure_future(stopped.wait())
        await asyncio.wait((uploading, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not uploading.done():
            uploading.cancel()
            raise run.reason or Stopped("the upload was stopped")
        await uploading

    def _task_settings(self, task: pb.Task.SyncFullTask) -> SyncSettings:
        """Return the settings of the sync that a task asks for."""
        targets = [_target(resource) for resource in task.targeted_sync_resources]
        scope = {
            "skip_grant_expansion": task.skip_expand_grants or self._settings.skip_grant_expansion,
            "skip_entitlements_and_grants": task.skip_entitlements_and_grants
            or self._settings.skip_entitlements_and_grants,
            "resource_types": tuple(task.sync_resource_type_ids) or self._settings.resource_types,
            "resources": tuple(spell_target(target) for target in targets),
            "skip_grants": task.skip_grants and bool(targets),
            "without_grants": task.skip_grants and not targets,
            "storage_engine": self._settings.storage_engine or task.storage_engine or None,
        }
        file = self._files.unfinished(self._connector.name, [*scope.items(), self._skip])
        previous = self._files.previous(file) if self._keep_previous and not (targets or self._skip) else None
        return msgspec.structs.replace(self._settings, file=file, previous_file=previous, **scope)

    def _sync(self, settings: SyncSettings, run: Run) -> None:
        """Write the file of a task, in a thread of its own."""
        if self._skip:
            return write_empty_sync(settings.file, settings.storage_engine)
        settings.file.unlink(missing_ok=True)
        try:
            summary = self._run(settings, run)
        except PreconditionError as error:
            log.warning("The unfinished sync cannot be resumed and is removed: %s", error)
            with WorkFolder(settings.file) as folder:
                folder.clear()
            summary = self._run(settings, run)
        for warning in summary.warnings:
            log.warning("%s", warning)
        totals = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in summary.totals.items())
        log.info("Synced %s in %.1f s%s: %s", summary.sync_id, summary.seconds, " (resumed)" * summary.resumed, totals)
        return None

    def _run(self, settings: SyncSettings, run: Run) -> RunSummary:
        return run_sync(self._connector, self._options, settings, run, self._observers)


def _set_in(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Set an event from another thread."""
    loop.call_soon_threadsafe(event.set)


def _target(resource: objects_pb2.Resource) -> Target:
    """Return the target that a resource of a task names."""
    own, parent = resource.id, resource.parent_resource_id
    if not own.resource_type or not own.resource:
        raise TaskFailed(Status.INVALID_ARGUMENT, "malformed sync task: a resource without id", retryable=False)
    return Target(
        ResourceId(own.resource_type, own.resource),
        ResourceId(parent.resource_type, parent.resource) if parent.resource else None,
    )
